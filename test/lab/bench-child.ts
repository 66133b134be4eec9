/** What the tests of src/bench run inside a namespace: `node bench-child.js ACTION ARGUMENT…`, a value out. */

import { command } from '../../src/bench/command.js';
import { doctor } from '../../src/bench/doctor.js';
import { parseBench, readBench } from '../../src/bench/file.js';
import { initBench } from '../../src/bench/init.js';
import { openJournal, restore, staleJournals } from '../../src/bench/journal.js';
import { lockNics } from '../../src/bench/lock.js';
import { takeNicDown } from '../../src/bench/nic-link.js';
import { prepareNics } from '../../src/bench/nics.js';
import { checkSafety } from '../../src/bench/safety.js';
import { main } from '../../src/cli.js';
import { holdBench } from '../../src/engine/hold.js';

const [, , action = '', ...args] = process.argv;
const print = (value: unknown) => console.log(JSON.stringify(value));
const bench = () => parseBench(args[0] ?? '', { file: 'bench.yaml', directory: '/' });
const message = (error: unknown) => print({ error: error instanceof Error ? error.message : String(error) });
/** Keeps the process alive, and what it holds, until it is killed or its standard input ends. */
const stay = () => new Promise((resolve) => process.stdin.once('end', resolve).resume());

const actions: Record<string, () => Promise<void>> = {
  safety: () => checkSafety(bench()).then(() => print('safe'), message),
  init: async () => print(await initBench()),
  parse: async () => print(bench()),
  doctor: async () =>
    print(await doctor(bench(), { ssh: () => Promise.reject(new Error('Nobody answers.')) })),
  restore: async () => print(await restore()),
  stale: async () => print(await staleJournals()),

  /** A run that has prepared its NICs and changed some more, and is in the middle of its work. */
  run: async () => {
    const nic = bench().ports.a.nic;
    const lock = await lockNics([nic], 'test-run');
    const journal = await openJournal('test-run');
    const set = (...to: string[]) => command('ip', ['link', 'set', 'dev', nic, ...to]).then(() => undefined);
    const notes = await prepareNics(bench(), journal);
    await journal.change({ kind: 'mtu', nic, before: 1500 }, () => set('mtu', '1400'));
    await journal.change({ kind: 'mac', nic, before: args[1] ?? '' }, () =>
      set('address', '00:00:5e:00:53:99'),
    );
    await journal.change({ kind: 'promiscuity', nic, before: 'off' }, () => set('promisc', 'on'));
    print(notes);
    await stay();
    print(await journal.undoAll());
    lock.release();
  },

  /** Prepares only, and puts back at once. */
  prepare: async () => {
    const journal = await openJournal('test-run');
    await prepareNics(bench(), journal, { linkDeadlineMs: 300 }).then(print, message);
    await journal.undoAll();
  },

  /** A run that has taken a link down and is in the middle of its case. */
  'link-down': async () => {
    const journal = await openJournal('test-run');
    await takeNicDown({ name: 'a', nic: args[0] ?? '' }, journal);
    print('down');
    await stay();
    print(await journal.undoAll());
  },

  /** A run from the command line, which is in the middle of its work when its first case has begun. */
  command: async () => {
    print('begun');
    process.exitCode = await main(args);
  },

  /** Takes the bench of a file, and gives it back. */
  'hold-bench': async () => {
    const options = {
      run: 'test-run',
      driver: 'libpcap',
      seed: 1,
      stop: new AbortController().signal,
    } as const;
    await holdBench(await readBench(args[0] ?? ''), options, async () => undefined).then(
      () => print('held'),
      message,
    );
  },

  hold: async () => {
    const lock = await lockNics(args, 'holding-run');
    print('held');
    await stay();
    lock.release();
  },

  /** One change after another until the journal is full: prints how many were made, and why no more. */
  fill: async () => {
    const journal = await openJournal('test-run');
    let made = 0;
    try {
      for (;;) {
        await journal.change({ kind: 'mtu', nic: args[0] ?? '', before: 1500 }, async () => {
          made++;
        });
      }
    } catch (error) {
      const report = await journal.undoAll();
      print({ made, undone: report.undone.length, error: (error as Error).message });
    }
  },
};

await (actions[action] ?? (() => Promise.reject(new Error(`No action ${action}.`))))();
