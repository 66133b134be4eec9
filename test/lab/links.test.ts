/** Taking links down: end to end in the lab, and what a killed run leaves. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RestoreReport } from '../../src/bench/journal.js';
import { runBench } from '../../src/engine/run.js';
import { broadcastMac } from '../../src/frame/index.js';
import { type Context, defineProbe, pass, type Recording } from '../../src/probe.js';
import { kill, makeNamespace, type Namespace } from './bench-namespace.js';
import { ip } from './namespace.js';
import { openTestLab, type TestLab, told } from './run-lab.js';

/** A probe of two cases: what it is given, and whether the ports hear each other afterwards. */
function flapping(stimulus: (context: Context<boolean>) => Promise<void>, heard: readonly string[]) {
  return defineProbe<boolean>({
    id: 'switch/flapping',
    device: 'switch',
    title: 'a link goes down and up',
    failureTitle: 'it does not',
    why: 'for the sake of the test',
    requirement: { level: 'must', document: 'practice', clause: 'none' },
    needs: ['a', 'b', 'world', 'link'],
    cases: [
      { id: 'flap', title: 'a flap', params: true },
      { id: 'after', title: 'after it', params: false },
    ],
    control: (context) => context.sentinel(),
    controlHolds: () => true,
    async stimulus(context) {
      if (context.params) await stimulus(context);
      await context.sentinel();
    },
    judge(recording: Recording, first) {
      const seen = recording.frames.filter((f) => f.direction === 'in' && f.label === 'said');
      const at = [...new Set(seen.map((frame) => frame.port))].sort();
      assert.deepEqual(at, first ? heard : []);
      return pass({ expected: '', observed: '', reason: 'It went down and up.' });
    },
  });
}

const said = (context: Context<boolean>, port: 'a' | 'b' | 'world') =>
  context.send(port, context.numbered(port, broadcastMac), 'said');

describe('taking links down', () => {
  let lab: TestLab;
  afterEach(() => lab.close());

  async function outcome(
    stimulus: (context: Context<boolean>) => Promise<void>,
    heard: readonly string[],
    driver: 'libpcap' | 'cap' = 'libpcap',
  ) {
    lab = await openTestLab({ switch: 'linux-bridge' });
    const { results, notes, cutShort } = await runBench({
      bench: { ...lab.bench, devices: lab.bench.devices.filter(({ kind }) => kind === 'switch') },
      probes: [flapping(stimulus, heard)],
      driver,
      repeat: 1,
      seed: 1,
      out: join(lab.directory, 'run'),
      selected: () => true,
      slow: false,
      bail: false,
      resume: false,
      listener: { begin() {}, start() {}, finish() {}, wait() {} },
      stop: new AbortController().signal,
    });
    const [first, second] = results[0]?.result.cases ?? [];
    assert.ok(first && second);
    return { first, second, notes, cutShort };
  }
  const isUp = (nic: string) => /[<,]UP[,>]/.test(ip('link', 'show', 'dev', nic));

  for (const driver of ['libpcap', 'cap'] as const) {
    it(`loses what is sent meanwhile, and nothing else: ${driver}`, async () => {
      const { first, second, notes } = await outcome(
        async (context) => {
          await context.setLink('b', 'down');
          await said(context, 'world');
          await context.sentinel();
          await context.setLink('b', 'up');
          await context.setLink('a', 'down');
          await context.setLink('a', 'up');
          await said(context, 'a');
        },
        ['a', 'b', 'monitor', 'world'],
        driver,
      );
      for (const entry of [first, second]) assert.equal(entry.outcome, 'pass', told(entry));
      assert.deepEqual(notes, []);
    });
  }

  it('puts the link up when the case ends with an error, before the next case', async () => {
    const { first, second } = await outcome(async (context) => {
      await context.setLink('b', 'down');
      await said(context, 'b');
    }, []);
    assert.equal(first.outcome, 'error');
    assert.match(first.reason, /was taken down on purpose/);
    assert.equal(second.outcome, 'pass', told(second));
    assert.ok(isUp('tko-b'));
  });

  it('ends the run when a link goes down by itself, also after one was taken down', async () => {
    const { first, cutShort } = await outcome(async (context) => {
      await context.setLink('b', 'down');
      await context.setLink('b', 'up');
      ip('link', 'set', 'tko-b', 'down');
      await context.until(() => false, 3_000);
    }, []);
    assert.match(cutShort ?? '', /Port b \(tko-b\) went down during the run/);
    assert.equal(first.outcome, 'not-run', told(first));
  });

  it('ends the run when the NIC is pulled while it is down', async () => {
    const { second, cutShort } = await outcome(async (context) => {
      await context.setLink('b', 'down');
      ip('link', 'delete', 'tko-b');
      await context.setLink('b', 'up');
    }, []);
    assert.match(cutShort ?? '', /Port b \(tko-b\) disappeared during the run/);
    assert.equal(second.outcome, 'not-run', told(second));
  });
});

describe('a run that is killed while a link is down', () => {
  let state: string;
  let net: Namespace;
  beforeEach(async () => {
    state = mkdtempSync(join(tmpdir(), 'takeover-links-'));
    net = await makeNamespace(state);
    await net.sh('ip link add tp-a type veth peer name far-a; ip link set tp-a up; ip link set far-a up');
  });
  afterEach(async () => {
    await net.close();
    rmSync(state, { recursive: true, force: true });
  });

  it('has it up again after a restore', async () => {
    const { process } = await net.start('link-down', 'tp-a');
    assert.match(await net.sh('ip link show dev far-a'), /NO-CARRIER/);
    await kill(process);
    const report = (await net.ask('restore')) as RestoreReport;
    assert.deepEqual(report.undone, ['Put back: the link state of tp-a.']);
    assert.doesNotMatch(await net.sh('ip link show dev far-a'), /NO-CARRIER/);
  });
});
