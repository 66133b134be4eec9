import assert from 'node:assert/strict';
import { openWire } from '../../src/wire/open.js';
import { openSuspendable, type SuspendableWire } from '../../src/wire/suspendable.js';
import type { WireError } from '../../src/wire/wire.js';
import { ip, makeVethPair, removeLink, until } from './namespace.js';
import { contract, numberedFrame, seqOf } from './wire-contract.js';

const nics = { a: 'wire-sa', b: 'wire-sb' };
const link = (nic: string, state: 'up' | 'down') => void ip('link', 'set', nic, state);

/** A wire whose NIC was down once already. */
async function openFlapped(...[driver, options]: Parameters<typeof openWire>): Promise<SuspendableWire> {
  const wire = await openSuspendable(() => openWire(driver, options));
  await wire.suspend();
  link(options.nic, 'down');
  link(options.nic, 'up');
  await wire.resume();
  return wire;
}

for (const driver of ['libpcap', 'cap'] as const) {
  contract(
    `${driver}, taken down and up once`,
    async () => {
      makeVethPair(nics.a, nics.b);
      return {
        open: (end, options) => openFlappedOnce(driver, end, options),
        openMissing: () => openSuspendable(() => openWire(driver, { port: 'a', nic: 'wire-none' })),
        linkDown: (end) => link(nics[end], 'down'),
        removeLink: (end) => removeLink(nics[end]),
        dispose() {
          flapped.clear();
          removeLink(nics.a);
        },
      };
    },
    driver === 'cap' ? ['drop counter'] : [],
  );

  describe(`a wire whose NIC is taken down on purpose: ${driver}`, () => {
    let a: SuspendableWire;
    let b: SuspendableWire;
    beforeEach(async () => {
      makeVethPair(nics.a, nics.b);
      a = await openSuspendable(() => openWire(driver, { port: 'a', nic: nics.a }));
      b = await openSuspendable(() => openWire(driver, { port: 'b', nic: nics.b }));
    });
    afterEach(async () => {
      await Promise.all([a.close(), b.close()]);
      removeLink(nics.a);
    });

    async function flap(): Promise<void> {
      await b.suspend();
      link(nics.b, 'down');
      link(nics.b, 'up');
      await b.resume();
    }

    it('keeps its subscribers and counts, and does not fail', async () => {
      const heard: number[] = [];
      const failures: WireError[] = [];
      b.onFailure((error) => failures.push(error));
      b.subscribe((frame) => heard.push(seqOf(frame)));
      for (const seq of [1, 2, 3]) {
        await a.send(numberedFrame(seq));
        await b.send(numberedFrame(seq + 10));
        await flap();
      }
      await b.flush();
      // The two directions are captured each by itself.
      assert.deepEqual(
        heard.sort((x, y) => x - y),
        [1, 2, 3, 11, 12, 13],
      );
      const { sent, received } = await b.statistics();
      assert.deepEqual({ sent, received, failures }, { sent: 3, received: 6, failures: [] });
    });

    it('takes a subscriber while it is suspended, and lets go of one', async () => {
      const heard: number[] = [];
      const leave = b.subscribe(() => assert.fail('it has left'));
      await b.suspend();
      leave();
      b.subscribe((frame) => heard.push(seqOf(frame)));
      await b.resume();
      await a.send(numberedFrame(7));
      await b.flush();
      assert.deepEqual(heard, [7]);
    });

    it('refuses to send while its NIC is down, and says why', async () => {
      await b.suspend();
      await assert.rejects(b.send(numberedFrame(1)), /was taken down on purpose/);
      await assert.rejects(b.sendBurst([numberedFrame(1)]), /was taken down on purpose/);
      await b.flush();
      await b.resume();
      await b.send(numberedFrame(2));
    });

    it('fails when the NIC goes down by itself afterwards', async () => {
      await flap();
      const failures: WireError[] = [];
      b.onFailure((error) => failures.push(error));
      const noise = setInterval(() => void a.send(numberedFrame(0)).catch(() => undefined), 5);
      link(nics.b, 'down');
      await until('the failure', () => failures.length > 0).finally(() => clearInterval(noise));
      assert.match(failures[0]?.message ?? '', /went down during the run/);
    });

    it('says that the NIC disappeared while it was down', async () => {
      const failures: WireError[] = [];
      b.onFailure((error) => failures.push(error));
      await b.suspend();
      link(nics.b, 'down');
      removeLink(nics.b);
      await assert.rejects(b.resume(), /Port b \(wire-sb\) disappeared during the run/);
      assert.match(failures[0]?.message ?? '', /disappeared during the run/);
      await assert.rejects(b.send(numberedFrame(1)), /disappeared/);
    });

    it('closes while it is suspended', async () => {
      await b.suspend();
      await b.close();
      await b.resume();
      await b.close();
    });
  });
}

/** The ends that a test has opened already: a flap would take the NIC from the wires that are open there. */
const flapped = new Set<string>();
function openFlappedOnce(
  driver: 'libpcap' | 'cap',
  end: 'a' | 'b',
  options?: { bufferBytes?: number },
): Promise<SuspendableWire> {
  const wanted = { port: end, nic: nics[end], ...options };
  if (flapped.has(end)) return openSuspendable(() => openWire(driver, wanted));
  flapped.add(end);
  return openFlapped(driver, wanted);
}
