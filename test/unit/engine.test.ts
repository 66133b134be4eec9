/** What the engine does with probes, whatever they claim: deadlines, failures, repeats, order, addresses. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { addressPools } from '../../src/engine/addresses.js';
import { seededRandom } from '../../src/engine/random.js';
import { answerTo } from '../../src/engine/responder.js';
import { readEvidence } from '../../src/evidence/store.js';
import { resolutionFrame } from '../../src/frame/index.js';
import {
  type Context,
  defineProbe,
  fail,
  inconclusive,
  markDetail,
  type Need,
  type Probe,
  pass,
  type Recording,
} from '../../src/probe.js';
import type { CaseResult, Judgement } from '../../src/result.js';
import { bench, type MemoryBench, openMemoryBench, prepare, runOn, suiteOn } from './memory-bench.js';

const said = { expected: 'one thing', observed: 'another', reason: 'It was so.' };

interface Act {
  readonly control?: (context: Context<null>) => Promise<void>;
  readonly stimulus?: (context: Context<null>) => Promise<void>;
  readonly judge?: () => Judgement;
  readonly sideBySide?: boolean;
  readonly confirmAlone?: boolean;
  readonly deadlineMs?: number;
  readonly needs?: readonly Need[];
  readonly cases?: readonly string[];
}

/** A probe that does nothing and passes, but for what is given. */
function probe(name: string, act: Act = {}): Probe {
  return defineProbe<null>({
    id: `nic/${name}`,
    device: 'nic',
    title: 'a thing holds',
    failureTitle: 'it does not',
    why: 'no reason',
    requirement: { level: 'must', document: 'practice', clause: 'none' },
    needs: act.needs ?? [],
    ...(act.sideBySide && { sideBySide: true }),
    ...(act.confirmAlone && { confirmAlone: true }),
    ...(act.deadlineMs !== undefined && { deadlineMs: act.deadlineMs }),
    cases: (act.cases ?? ['only']).map((id) => ({ id, title: id, params: null })),
    control: act.control ?? (async () => undefined),
    controlHolds: () => true,
    stimulus: act.stimulus ?? (async () => undefined),
    judge: act.judge ?? (() => pass(said)),
  }) as Probe;
}

const outcomes = (results: readonly CaseResult[]) => results.map(({ outcome }) => outcome);
/** Judges in turn as told, the last for ever. */
const inTurn = (...judgements: Judgement[]) => {
  const left = [...judgements];
  return () => (left.length > 1 ? (left.shift() as Judgement) : (left[0] as Judgement));
};

describe('engine', () => {
  let on: MemoryBench;
  beforeEach(async () => {
    on = await openMemoryBench({ relearnMs: 20 });
  });
  afterEach(() => on.close());
  const run = (probes: readonly Probe[], options = {}) => runOn(on, { probes, ...options });

  it('a probe that throws is an error, and the run goes on', async () => {
    const results = await run([
      probe('broken', { stimulus: async () => Promise.reject(new Error('Its cable is a rope.')) }),
      probe('sound'),
    ]);
    assert.deepEqual(outcomes(results), ['error', 'pass']);
    assert.equal(results[0]?.reason, 'Its cable is a rope.');
  });

  it('a condition that throws ends its case, not the recording', async () => {
    const stimulus = async (context: Context<null>) => {
      const asked = context.until(() => {
        if (context.frames.length > 0) throw new Error('The question was wrong.');
        return false;
      }, 1000);
      await context.send('a', context.numbered('a', 'ff:ff:ff:ff:ff:ff'), 'hello');
      await asked;
    };
    const results = await run([
      probe('wrong', { stimulus }),
      probe('sound', { stimulus: (c) => c.sentinel() }),
    ]);
    assert.deepEqual(outcomes(results), ['error', 'pass']);
    assert.equal(results[0]?.reason, 'The question was wrong.');
  });

  it('a probe that hangs ends at its deadline, whatever it waits for', async () => {
    const forEver: Record<string, Act['stimulus']> = {
      waits: (context) => context.wait(1e6),
      asks: async (context) => void (await context.until(() => false, 1e6)),
      'waits-for-another': () => new Promise(() => undefined),
      sends: async (context) => {
        for (;;) {
          await context.send('a', context.numbered('a', context.portMac('b')), 'again');
          await context.wait(1);
        }
      },
    };
    const hung = Object.entries(forEver).map(([name, stimulus]) =>
      probe(name, { deadlineMs: 50, ...(stimulus && { stimulus }) }),
    );
    const results = await run([...hung, probe('sound')]);
    assert.deepEqual(outcomes(results), ['error', 'error', 'error', 'error', 'pass']);
    for (const { reason } of results.slice(0, -1))
      assert.match(reason, /The case took longer than its 0.13 s/);
    assert.ok(results.every(({ attempts }) => attempts[0]?.evidence));
  });

  describe('a failure beside other cases', () => {
    const beside = { sideBySide: true, confirmAlone: true } as const;
    const cases = ['one', 'two', 'three', 'four', 'five'];
    const attemptsOf = (results: readonly CaseResult[]) => results.map(({ attempts }) => attempts.length);

    it('counts when it happens alone too; three of them vouch for the others', async () => {
      const results = await run([probe('broken', { ...beside, cases, judge: () => fail(said) })], {
        sideBySide: 5,
      });
      assert.deepEqual(
        outcomes(results),
        cases.map(() => 'fail'),
      );
      assert.deepEqual(attemptsOf(results).sort(), [1, 1, 2, 2, 2]);
    });

    it('does not count when it passes alone, and is told', async () => {
      let running = 0;
      const stimulus = async (context: Context<null>) => {
        running += 1;
        await context.wait(20);
        context.mark('beside', String(running));
        running -= 1;
        await context.sentinel();
      };
      const crowded = {
        ...probe('crowded', { ...beside, cases, stimulus }),
        judge: (recording: Recording) =>
          Number(markDetail(recording, 'beside')) > 1 ? fail(said) : pass(said),
      } as Probe;
      const results = await run([crowded], { sideBySide: 5 });
      assert.deepEqual(
        outcomes(results),
        cases.map(() => 'pass'),
      );
      const told = results.filter(({ qualifiers }) => qualifiers.some((text) => /not alone/.test(text)));
      assert.ok(told.length >= 3, `${told.length} were told`);
    });

    it('counts at once where nothing runs beside it', async () => {
      const results = await run([probe('broken', { ...beside, cases, judge: () => fail(said) })], {
        sideBySide: 1,
      });
      assert.deepEqual(attemptsOf(results), [1, 1, 1, 1, 1]);
    });
  });

  it('a port that fails ends the run with its sentence, and the rest is not run', async () => {
    const results = await run([
      probe('first'),
      probe('unlucky', {
        stimulus: async (context) => {
          on.network.fail('b');
          await context.wait(1e6);
        },
      }),
      probe('rest', { cases: ['one', 'two'] }),
      probe('beside', { cases: ['one', 'two'], sideBySide: true }),
    ]);
    assert.deepEqual(outcomes(results), ['pass', 'not-run', 'not-run', 'not-run', 'not-run', 'not-run']);
    for (const { reason, attempts } of results.slice(1)) {
      assert.match(reason, /^Port b \(memory-b\) went down during the run/);
      assert.deepEqual(attempts, []);
    }
  });

  it('cases that wait for their place when the run is stopped are not run', async () => {
    const suite = suiteOn(on, {
      probes: [
        probe('beside', {
          sideBySide: true,
          cases: ['one', 'two', 'three', 'four'],
          stimulus: async (context) => {
            on.stop(new Error('The operator has gone home.'));
            await context.wait(1e6);
          },
        }),
      ],
      sideBySide: 1,
    });
    await suite.result('nic/beside/one');
    await suite.idle();
    assert.deepEqual(outcomes(suite.results()), ['not-run', 'not-run', 'not-run', 'not-run']);
    assert.ok(suite.results().every(({ reason }) => reason === 'The operator has gone home.'));
    assert.ok(!existsSync(join(on.folder, 'evidence/nic/beside/two')));
  });

  it('repeats tell how often a case failed', async () => {
    const judge = inTurn(pass(said), fail(said), pass(said));
    const [result] = await run([probe('moody', { judge })], { repeat: 3 });
    assert.equal(result?.outcome, 'fail');
    assert.deepEqual(result.qualifiers, ['flaky 1/3']);
    assert.equal(result.attempts.length, 3);
    const [steady] = await run([probe('steady', { judge: () => fail(said) })], { repeat: 3 });
    assert.deepEqual(steady?.qualifiers, []);
  });

  it('an attempt that settled nothing is tried once more, alone', async () => {
    let together = 0;
    const beside: number[] = [];
    let tries = 0;
    const stimulus = async (context: Context<null>) => {
      together += 1;
      await context.wait(20);
      beside.push(together);
      together -= 1;
    };
    const open = probe('open', {
      sideBySide: true,
      stimulus,
      judge: () => (++tries === 1 ? inconclusive(said) : pass(said)),
    });
    const others = probe('others', { sideBySide: true, stimulus, cases: ['one', 'two'] });
    const results = await run([open, others], { sideBySide: 3 });
    assert.deepEqual(outcomes(results), ['pass', 'pass', 'pass']);
    assert.deepEqual(
      results[0]?.attempts.map(({ outcome }) => outcome),
      ['inconclusive', 'pass'],
    );
    assert.ok(Math.max(...beside.slice(0, 3)) > 1, 'the first round overlaps');
    assert.equal(beside.at(-1), 1, 'the retry runs alone');
    const [twice] = await run([probe('never', { judge: () => inconclusive(said) })]);
    assert.deepEqual(
      twice?.attempts.map(({ outcome }) => outcome),
      ['inconclusive', 'inconclusive'],
    );
  });

  it('what one lost frame could have brought about is believed when it happens twice', async () => {
    const outcomes = [fail, pass, fail, fail];
    let judged = 0;
    const judge = () => {
      const say = outcomes[judged] ?? pass;
      judged += 1;
      return say({ ...said, doubt: 'lost' as const });
    };
    const [once, twice] = await run([probe('doubtful', { cases: ['once', 'twice'], judge })]);
    assert.equal(once?.outcome, 'pass');
    assert.match(once?.qualifiers.join() ?? '', /came out otherwise before/);
    assert.equal(twice?.outcome, 'fail');
    assert.deepEqual(
      [once, twice].map((result) => result?.attempts.length),
      [2, 2],
    );
  });

  it('a case that stayed open alone too vouches for those that did for the same reason', async () => {
    const cases = ['one', 'two', 'three'];
    const results = await run([probe('never', { cases, judge: () => inconclusive(said) })]);
    assert.deepEqual(
      results.map(({ attempts }) => attempts.length),
      [2, 1, 1],
    );
  });

  it('cases run side by side up to the limit, and an exclusive one alone', async () => {
    const running = new Set<string>();
    const seen = new Map<string, string[]>();
    const act =
      (name: string): Act['stimulus'] =>
      async (context) => {
        const id = `${name}-${seen.size}`;
        seen.set(id, []);
        running.add(id);
        for (const one of running) seen.get(one)?.push(...running);
        await context.wait(30);
        running.delete(id);
      };
    const beside = act('beside');
    const alone = act('alone');
    await run(
      [
        probe('beside', {
          sideBySide: true,
          cases: ['one', 'two', 'three', 'four', 'five'],
          ...(beside && { stimulus: beside }),
        }),
        probe('alone', { ...(alone && { stimulus: alone }) }),
      ],
      { sideBySide: 3 },
    );
    for (const [id, others] of seen) {
      const company = new Set(others).size;
      assert.ok(
        id.startsWith('alone') ? company === 1 : company > 1,
        `${id} ran beside ${[...new Set(others)]}`,
      );
    }
    assert.equal(seen.size, 6);
  });

  it('an unmet need is not-applicable, with the reason', async () => {
    const started: string[] = [];
    const suite = suiteOn(on, {
      probes: [probe('needy', { needs: ['monitor', 'ssh'] }), probe('modest')],
      unmet: (need) => (need === 'ssh' ? 'Nobody gave it SSH.' : undefined),
    });
    suite.events.on('start', (id) => started.push(id));
    const result = await suite.result('nic/needy/only');
    await suite.result('nic/modest/only');
    assert.deepEqual([result.outcome, result.reason], ['not-applicable', 'Nobody gave it SSH.']);
    assert.deepEqual(started, ['nic/modest/only']);
  });

  it('what was left out by name is told', () => {
    const suite = suiteOn(on, { probes: [probe('one'), probe('two')], selected: (id) => id.includes('one') });
    assert.deepEqual(
      suite.deselected.map(({ id }) => id),
      ['nic/two/only'],
    );
  });

  it('judges what it stored: the evidence is on disk, and equals what was seen', async () => {
    await prepare(on);
    const stimulus = async (context: Context<null>) => {
      await context.send('a', context.numbered('a', context.portMac('b')), 'hello');
      await context.sentinel();
    };
    const [result] = await run([probe('sound', { stimulus })]);
    const path = result?.attempts[0]?.evidence?.capture.path ?? '';
    const recording = await readEvidence(join(on.folder, path, '..'));
    const hello = recording.frames.filter(({ label }) => label === 'hello');
    assert.deepEqual(
      hello.map(({ port, direction, seq }) => [port, direction, seq]),
      [
        ['a', 'out', 1],
        ['b', 'in', 1],
      ],
    );
  });

  it('answers for the addresses that a case owns, at the owner’s port, until it disowns them', async () => {
    await prepare(on);
    let answers: string[] = [];
    const stimulus = async (context: Context<null>) => {
      const service = context.ipv4('service');
      const asker = context.mac('asker');
      const { arpFrame, arpOperations, broadcastMac, decodeFrame, zeroMac } = await import(
        '../../src/frame/index.js'
      );
      const ask = (n: number) =>
        arpFrame({
          destination: broadcastMac,
          source: asker,
          operation: arpOperations.request,
          sha: asker,
          spa: context.ipv4(`asker-${n}`),
          tha: zeroMac,
          tpa: service,
        });
      const replies = () =>
        context.frames.flatMap(({ bytes, port, direction }) => {
          const { arp } = decodeFrame(bytes);
          return direction === 'in' && arp?.operation === arpOperations.reply ? `${arp.sha} at ${port}` : [];
        });
      context.own(service, context.portMac('b'), 'b');
      await context.send('world', ask(1), 'ask');
      await context.until(() => replies().length > 0, 1000);
      context.disown(service);
      await context.send('world', ask(2), 'ask');
      await context.sentinel();
      answers = replies();
    };
    await run([probe('owner', { stimulus })]);
    assert.deepEqual(answers, [`${on.instrument.addresses.portMac('b')} at world`]);
  });

  it('leaves what crossed a port before it was the owner, and is read only then', () => {
    const [mac, asker, service] = ['00:00:5e:00:53:0b', '00:00:5e:00:53:0a', '192.0.2.9'];
    const bytes = resolutionFrame({ mac: asker, ip: '192.0.2.1', target: service });
    const seen = { number: 1, port: 'b', direction: 'in', bytes, originalLength: bytes.length } as const;
    const owners = new Map([[service, { mac, port: 'b', sinceNs: 1_000 } as const]]);
    assert.equal(answerTo({ ...seen, atNs: 999 }, owners), undefined);
    assert.equal(answerTo({ ...seen, atNs: 1_000 }, owners)?.port, 'b');
  });
});

describe('address pools', () => {
  const pools = () => addressPools(bench, seededRandom(1));

  it('hand out the address that was free for longest', () => {
    const { mac, ipv4, release } = pools();
    const first = [mac(), ipv4()];
    release(first);
    const between = new Set(Array.from({ length: 200 }, mac));
    assert.ok(!between.has(first[0] ?? ''));
    release(between);
    const rest = Array.from({ length: 256 - 24 - 200 }, mac);
    assert.equal(rest.at(-1), first[0]);
  });

  it('run dry with a sentence that says what to do', () => {
    const { ipv4, neverSpokenMac } = pools();
    assert.throws(
      () => Array.from({ length: 300 }, ipv4),
      /^Error: All \d+ IPv4 addresses are in use at once: lower/,
    );
    assert.throws(() => Array.from({ length: 17 }, neverSpokenMac), /All 16 never-spoken addresses/);
  });

  it('never hand out an address twice at once, nor one of another kind', () => {
    const { portMac, portIpv4 } = pools();
    const ports = (['a', 'b', 'world', 'monitor'] as const).flatMap((port) => [
      portMac(port),
      portIpv4(port),
    ]);
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.constantFrom('mac', 'neverSpokenMac', 'ipv4', 'unheardIpv4', 'ipv6'), fc.nat(60)),
        ),
        (steps) => {
          const pool = pools();
          const held: string[] = [];
          const silent = new Set<string>();
          for (const step of steps) {
            if (typeof step === 'number') {
              pool.release(held.splice(step % (held.length + 1), 1));
              continue;
            }
            if (step === 'neverSpokenMac' && held.filter((address) => silent.has(address)).length === 16)
              continue;
            const address = pool[step as 'mac']();
            assert.ok(!held.includes(address) && !ports.includes(address), address);
            if (step === 'neverSpokenMac') silent.add(address);
            else assert.ok(!silent.has(address));
            held.push(address);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('ignore what they never handed out, and what is given back twice', () => {
    const { mac, release } = pools();
    const one = mac();
    release([one, one, '02:00:00:00:00:01']);
    const all = Array.from({ length: 256 - 24 }, mac);
    assert.equal(new Set(all).size, all.length);
    // Several hosts at once need more than documentation has: nobody’s, then, but locally administered.
    assert.match(mac(), /^02:/);
  });

  it('keep the device’s own address out, and all inside the blocks', () => {
    const small = {
      ...bench,
      addresses: { ...bench.addresses, ipv4: '192.0.2.128/28', ipv6: '2001:db8::/120' },
      devices: [
        {
          kind: 'host',
          vendor: '',
          model: '',
          firmware: '',
          conditions: {},
          declared: {},
          ipv4: '192.0.2.133',
        },
      ] as const,
    };
    const { ipv4, unheardIpv4, ipv6 } = addressPools(small, seededRandom(3));
    // Of 14 hosts, the first and last are left alone, one is the device's, four are the ports'.
    const four = [...Array.from({ length: 5 }, ipv4), ...Array.from({ length: 2 }, unheardIpv4)];
    assert.equal(new Set(four).size, 7);
    assert.ok(!four.includes('192.0.2.133'));
    assert.ok(
      four.every((address) => Number(address.split('.')[3]) > 128 && Number(address.split('.')[3]) < 143),
    );
    const six = Array.from({ length: 20 }, ipv6);
    assert.ok(
      six.every((address) => /^2001:db8::[0-9a-f]{1,2}$/.test(address)),
      six.join(),
    );
  });

  it('name a block of station addresses that is too small', () => {
    const small = {
      ...bench,
      addresses: { ...bench.addresses, mac: { first: '00:00:5e:00:53:00', count: 30 } },
    };
    assert.throws(() => addressPools(small, seededRandom(1)), /count is 30; a run needs at least 40/);
  });
});

describe('preflight', () => {
  it('waits for a deaf port until the run is stopped', async () => {
    const on = await openMemoryBench({
      behaviour: () => ({ forward: (_arrival, ports) => ports.filter((port) => port !== 'monitor') }),
    });
    try {
      // Ends the wait for a spanning tree, which is longer than a test may take.
      setTimeout(() => on.stop(new Error('Enough.')), 1_000);
      await assert.rejects(prepare(on), /Enough/);
    } finally {
      await on.close();
    }
  });

  it('finds that every port hears', async () => {
    const on = await openMemoryBench();
    try {
      const { checks, sideBySide } = await prepare(on);
      assert.deepEqual(
        checks.map(({ id, ok }) => [id, ok]),
        [
          ['port-a', true],
          ['port-b', true],
          ['port-world', true],
          ['port-monitor', true],
        ],
      );
      assert.equal(sideBySide, 8);
    } finally {
      await on.close();
    }
  });
});
