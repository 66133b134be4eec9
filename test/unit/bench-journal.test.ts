import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshAccess } from '../../src/bench/bench.js';
import { type Change, openJournal, type Remote, restore, staleJournals } from '../../src/bench/journal.js';
import { lockNics, nicHolders } from '../../src/bench/lock.js';
import { stateFolder } from '../../src/bench/state.js';

const ssh: SshAccess = { host: 'h1', port: 22, user: 'lab', knownHosts: '/k' };
const neighbour = (address: string): Change => ({ kind: 'neighbour', ssh, address, interface: 'eth0' });
const nothing = async () => undefined;

let state: string;
let calls: string[];
const remote: Remote = async (access, argv) => {
  calls.push(`${access.host}: ${argv.join(' ')}`);
};
const flush = (address: string) => `h1: ip neigh flush to ${address} dev eth0 nud all`;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'state-'));
  calls = [];
});
afterEach(() => rmSync(state, { recursive: true }));

const journals = () => readdirSync(join(state, 'journal')).map((name) => join(state, 'journal', name));

/** A process of its own that evaluates `code` with the modules at hand; killed when the test ends. */
async function inChild(code: string): Promise<{ child: ChildProcess; said: string }> {
  const imports = ['journal', 'lock'].map(
    (name) =>
      `import * as ${name} from ${JSON.stringify(new URL(`../../src/bench/${name}.js`, import.meta.url).href)};`,
  );
  const script = `${imports.join('')} const state = ${JSON.stringify(state)}; ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said).trim() };
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('the state folder', () => {
  it('is TAKEOVER_STATE, else below XDG_STATE_HOME, else below the home folder', () => {
    assert.equal(stateFolder({ TAKEOVER_STATE: '/t', XDG_STATE_HOME: '/x' }), '/t');
    assert.equal(stateFolder({ XDG_STATE_HOME: '/x' }), '/x/takeover');
    assert.match(stateFolder({ XDG_STATE_HOME: 'relative' }), /\/\.local\/state\/takeover$/);
  });
});

describe('the undo journal', () => {
  it('has a change on disk before it is made', async () => {
    const journal = await openJournal('r1', { state, remote });
    await journal.change(neighbour('192.0.2.1'), async () => {
      assert.match(readFileSync(journals()[0] ?? '', 'utf8'), /"address":"192\.0\.2\.1"/);
      calls.push('made');
    });
    assert.deepEqual(calls, ['made']);
    await journal.undoAll();
  });

  it('undoes the last change first, once, and leaves no file', async () => {
    const journal = await openJournal('r1', { state, remote });
    for (const n of [1, 2, 3]) await journal.change(neighbour(`192.0.2.${n}`), nothing);
    const report = await journal.undoAll();
    assert.deepEqual(calls, [flush('192.0.2.3'), flush('192.0.2.2'), flush('192.0.2.1')]);
    assert.equal(report.undone.length, 3);
    assert.equal(await journal.undoAll(), report);
    assert.equal(calls.length, 3);
    assert.deepEqual(journals(), []);
    await assert.rejects(journal.change(neighbour('192.0.2.4'), nothing), /the run is ending/);
  });

  it('undoes a change whose making failed, for it may have been half made', async () => {
    const journal = await openJournal('r1', { state, remote });
    const broken = journal.change(neighbour('192.0.2.1'), () => Promise.reject(new Error('cut off')));
    await assert.rejects(broken, /cut off/);
    await journal.undoAll();
    assert.deepEqual(calls, [flush('192.0.2.1')]);
  });

  it('lets a change that is under way land before it undoes it', async () => {
    const journal = await openJournal('r1', { state, remote });
    let land: () => void = () => undefined;
    const landed = new Promise<void>((resolve) => {
      land = resolve;
    });
    const change = journal.change(neighbour('192.0.2.1'), async () => {
      await landed;
      calls.push('made');
    });
    const undone = journal.undoAll();
    land();
    await Promise.all([change, undone]);
    assert.deepEqual(calls, ['made', flush('192.0.2.1')]);
  });

  it('goes on past what it cannot undo, and a restore does the rest', async () => {
    const down: Remote = (access, argv) =>
      argv.includes('192.0.2.2') ? Promise.reject(new Error('h1 is unreachable.')) : remote(access, argv);
    const journal = await openJournal('r1', { state, remote: down });
    for (const n of [1, 2, 3]) await journal.change(neighbour(`192.0.2.${n}`), nothing);
    const report = await journal.undoAll();
    assert.deepEqual(report.kept, [
      'The neighbour entry 192.0.2.2 of h1 was not put back: h1 is unreachable. Mend that, then run `takeover restore`.',
    ]);
    assert.deepEqual(calls, [flush('192.0.2.3'), flush('192.0.2.1')]);
    assert.deepEqual(await staleJournals(state), ['Run r1 left the neighbour entry 192.0.2.2 of h1.']);

    calls = [];
    assert.equal((await restore({ state })).kept.length, 1, 'without SSH the entry stays');
    assert.deepEqual((await restore({ state, remote })).undone, [
      'Put back: the neighbour entry 192.0.2.2 of h1.',
    ]);
    assert.deepEqual(calls, [flush('192.0.2.2')]);
    assert.deepEqual(await restore({ state, remote }), { undone: [], dropped: [], kept: [], live: [] });
    assert.deepEqual(journals(), []);
  });

  it('removes an entry with what made it, by the same way, and is content where it has gone', async () => {
    const jump = { ...ssh, host: 'gate' };
    const change = { kind: 'neighbour', ssh: { ...ssh, jump }, address: '192.0.2.1' } as const;
    const by = (complaint: string): Remote => {
      return async (access, argv) => {
        calls.push(`${access.jump?.host} ${argv.join(' ')}`);
        throw new Error(complaint);
      };
    };
    for (const [tool, complaint, kept] of [
      ['arp', 'h1 said: No ARP entry for 192.0.2.1', 0],
      ['arp', 'h1 said: arp: Operation not permitted', 1],
      ['arp', 'h1 said: sh: arp: not found', 1],
      ['ndp', 'h1 said: ndp: delete: cannot locate 192.0.2.1', 0],
    ] as const) {
      calls = [];
      const journal = await openJournal('r1', { state });
      await journal.change({ ...change, tool }, nothing);
      assert.equal((await journal.undoAll()).kept.length, 1, 'without SSH it stays');
      const report = await restore({ state, remote: by(complaint) });
      assert.equal(report.kept.length, kept, complaint);
      assert.deepEqual(calls, [`gate ${tool} -d 192.0.2.1`]);
      await restore({ state, remote });
    }
  });

  it("restores what a killed run left, newest run first, and not a live run's", async () => {
    const make = (run: string, n: number) => `
      const made = await journal.openJournal('${run}', { state });
      await made.change({ kind: 'neighbour', ssh: ${JSON.stringify(ssh)}, address: '192.0.2.${n}', interface: 'eth0' }, async () => {});
      console.log('made'); process.stdin.resume(); globalThis.keep = made;`;
    const start = (run: string, n: number) => inChild(`${make(run, n)}`);
    const first = await start('first', 1);
    const second = await start('second', 2);
    const third = await start('third', 3);
    await killed(first.child);
    await killed(third.child);
    const report = await restore({ state, remote });
    assert.deepEqual(calls, [flush('192.0.2.3'), flush('192.0.2.1')]);
    assert.deepEqual(report.live, [`Run second (process ${second.child.pid}) is alive; left alone.`]);
    await killed(second.child);
    await restore({ state, remote });
    assert.equal(calls.at(-1), flush('192.0.2.2'));
  });

  it('does not mind a last line that a dying run left unfinished, nor writes on behind it', async () => {
    const journal = await openJournal('r1', { state });
    for (const n of [1, 2]) await journal.change(neighbour(`192.0.2.${n}`), nothing);
    assert.equal((await journal.undoAll()).kept.length, 2);
    appendFileSync(journals()[0] ?? '', '{"id":7,"ifin');
    const half: Remote = (access, argv) =>
      argv.includes('192.0.2.1') ? Promise.reject(new Error('Down.')) : remote(access, argv);
    assert.equal((await restore({ state, remote: half })).undone.length, 1);
    const rest = await restore({ state, remote });
    assert.deepEqual(rest.undone, ['Put back: the neighbour entry 192.0.2.1 of h1.']);
  });

  it('keeps a file that is no journal, and says so', async () => {
    await (await openJournal('r1', { state })).undoAll();
    const path = join(state, 'journal', 'x.jsonl');
    writeFileSync(path, '{"version":1}\n');
    const { kept } = await restore({ state, remote });
    assert.deepEqual(kept, [
      `${path} can't be read as a journal; put its changes back by hand, then remove it.`,
    ]);
    assert.deepEqual(await staleJournals(state), [`${path} can't be read as a journal.`]);
  });

  it('drops changes to NICs that a restart of the machine undid, but not those of a remote host', async () => {
    const journal = await openJournal('r1', { state });
    await journal.change({ kind: 'mtu', nic: 'lo', before: 1234 }, nothing);
    await journal.change(neighbour('192.0.2.1'), nothing);
    const [path = ''] = journals();
    const before = readFileSync(path, 'utf8').replace(/"bootId":"[^"]*"/, '"bootId":"another"');
    rmSync(path);
    writeFileSync(path, before);
    const report = await restore({ state, remote });
    assert.deepEqual(report.undone, ['Put back: the neighbour entry 192.0.2.1 of h1.']);
    assert.deepEqual(report.dropped, ['Nothing to undo for the MTU of lo: the machine has restarted since.']);
  });

  it('takes nothing from its file that could be more than an address in a command', async () => {
    const journal = await openJournal('r1', { state });
    await journal.change(neighbour('192.0.2.1'), nothing);
    await journal.undoAll();
    const [path = ''] = journals();
    for (const [from, to] of [
      ['192.0.2.1', '-force'],
      ['eth0', '$(id)'],
    ] as const) {
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.replace(from, to));
      assert.equal((await restore({ state, remote })).kept.length, 1);
      writeFileSync(path, text);
    }
    assert.deepEqual(calls, []);
  });
});

describe('the lock of a NIC', () => {
  it('is for one run at a time, and names its holder', async () => {
    const lock = await lockNics(['lo'], 'run-1', state);
    const other = await inChild(
      `await lock.lockNics(['lo'], 'run-2', state).catch((e) => console.log(e.message));`,
    );
    assert.match(
      other.said,
      new RegExp(
        `^NIC lo is held by run run-1 \\(process ${process.pid}, since [-0-9T:.]+Z\\)\\. Wait for it to end`,
      ),
    );
    assert.equal((await nicHolders(['lo'], state)).length, 1);
    lock.release();
    lock.release();
    assert.deepEqual(await nicHolders(['lo'], state), []);
    (await lockNics(['lo'], 'run-3', state)).release();
  });

  it('falls to the next when its holder is killed', async () => {
    const { child } = await inChild(
      `await lock.lockNics(['lo'], 'run-1', state); console.log('held'); process.stdin.resume();`,
    );
    await assert.rejects(lockNics(['lo'], 'run-2', state), /held by run run-1/);
    await killed(child);
    (await lockNics(['lo'], 'run-2', state)).release();
  });

  it('goes to exactly one of several that want it at once', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => lockNics(['lo'], `run-${n}`, state)),
    );
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    assert.equal(won.length, 1);
    for (const { value } of won) value.release();
  });

  it('of a NIC that is not there is a sentence', async () => {
    await assert.rejects(lockNics(['nosuch0'], 'r', state), {
      message: 'There is no NIC nosuch0 here; `ip link` lists those that are.',
    });
  });
});
