/** What every driver promises (src/wire/wire.ts), as tests: each driver runs all of them. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { transmit } from '../../src/wire/transmit.js';
import { type CapturedFrame, type Wire, WireError } from '../../src/wire/wire.js';

export type End = 'a' | 'b';

/** Two ports with a cable between them. */
export interface Cable {
  /** Opens a wire at one end, named as the end is; a test may open several. */
  open(end: End, options?: { bufferBytes?: number }): Promise<Wire>;
  /** Takes the end's link administratively down. */
  linkDown(end: End): void | Promise<void>;
  /** Removes the end's interface from the system. */
  removeLink(end: End): void | Promise<void>;
  /** Opens a wire to an interface that isn't there. */
  openMissing(): Promise<Wire>;
  /** Takes the cable away; the wires are closed by then. */
  dispose(): void | Promise<void>;
}

/** What a driver need not do: it has no interfaces of the system, or doesn't know what it lost. */
export type Exemption = 'interfaces' | 'drop counter';

/** A broadcast frame of the local experimental EtherType 88-B5 (IEEE 802, 9.2.4), told apart by `seq`. */
export function numberedFrame(seq: number, length = 60): Uint8Array {
  const frame = new Uint8Array(length).map((_, index) => index);
  frame.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x5e, 0x00, 0x53, 0x01, 0x88, 0xb5]);
  new DataView(frame.buffer).setUint32(14, seq);
  return frame;
}

export const seqOf = ({ bytes }: { bytes: Uint8Array }): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(14);

const burst = (count: number, firstSeq = 0) =>
  Array.from({ length: count }, (_, index) => numberedFrame(firstSeq + index));

const only = (direction: 'in' | 'out', frames: readonly CapturedFrame[]) =>
  frames.filter((frame) => frame.direction === direction);

const counting = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Whether this process comes to rest soon: what spins never does, while a compiler or a collector is done in the end. */
async function comesToRest(): Promise<boolean> {
  const forMs = 200;
  for (let n = 0; n < 15; n += 1) {
    const before = process.cpuUsage();
    await sleep(forMs);
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / (forMs * 1_000) < 0.3) return true;
  }
  return false;
}

export function contract(
  name: string,
  layCable: () => Promise<Cable>,
  exemptions: readonly Exemption[] = [],
): void {
  describe(`wire contract: ${name}`, function () {
    this.timeout(20_000);

    let cable: Cable;
    let opened: Wire[];

    async function open(end: End, options?: { bufferBytes?: number }) {
      const wire = await cable.open(end, options);
      opened.push(wire);
      return wire;
    }

    /** Opens an end and collects what it captures. */
    async function listen(end: End, options?: { bufferBytes?: number }) {
      const wire = await open(end, options);
      const frames: CapturedFrame[] = [];
      wire.subscribe((frame) => frames.push(frame));
      return { wire, frames };
    }

    const flush = (...ends: { wire: Wire }[]) => Promise.all(ends.map(({ wire }) => wire.flush()));

    beforeEach(async () => {
      opened = [];
      cable = await layCable();
    });

    afterEach(async () => {
      for (const wire of opened) await wire.close();
      await cable.dispose();
    });

    it('names its port and says what it can', async () => {
      const wire = await open('a');
      assert.equal(wire.port, 'a');
      assert.notEqual(wire.nic, '');
      assert.equal(typeof wire.abilities.kernelTimestamps, 'boolean');
      assert.ok(wire.abilities.timestampErrorNs >= 0);
    });

    it('carries a frame unchanged, once out and once in', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      const frame = numberedFrame(7, 100);
      await a.wire.send(frame);
      await flush(a, b);
      for (const [{ frames }, direction, port] of [
        [a, 'out', 'a'],
        [b, 'in', 'b'],
      ] as const) {
        assert.equal(frames.length, 1);
        const [seen] = frames as [CapturedFrame];
        assert.equal(seen.direction, direction);
        assert.equal(seen.port, port);
        assert.equal(seen.originalLength, 100);
        assert.deepEqual([...seen.bytes], [...frame]);
      }
    });

    it('carries both ways at once', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      await Promise.all([a.wire.sendBurst(burst(200)), b.wire.sendBurst(burst(200, 1_000))]);
      await flush(a, b);
      for (const [end, sentFrom, heardFrom] of [
        [a, 0, 1_000],
        [b, 1_000, 0],
      ] as const) {
        assert.deepEqual(
          only('out', end.frames).map(seqOf),
          counting(200).map((n) => n + sentFrom),
        );
        assert.deepEqual(
          only('in', end.frames).map(seqOf),
          counting(200).map((n) => n + heardFrom),
        );
      }
    });

    it('carries frames of 60 to 1,518 octets', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      const lengths = [60, 61, 64, 123, 512, 1_023, 1_024, 1_513, 1_514];
      // A frame of 1,518 octets is one of 1,500 octets of payload with an 802.1Q tag.
      const tagged = numberedFrame(99, 1_518);
      tagged.set([0x81, 0x00, 0x00, 0x64, 0x88, 0xb5], 12);
      const frames = [...lengths.map((length, seq) => numberedFrame(seq, length)), tagged];
      await a.wire.sendBurst(frames);
      await a.wire.send(frames[0] as Uint8Array);
      await flush(a, b);
      const expected = [...frames, frames[0] as Uint8Array].map((frame) =>
        Buffer.from(frame).toString('hex'),
      );
      for (const { frames: seen } of [a, b]) {
        assert.deepEqual(
          seen.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
          expected,
        );
      }
    });

    it('keeps 20,000 frames of a burst, in order, with times that never run back', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      const beforeNs = BigInt(Date.now()) * 1_000_000n;
      await a.wire.sendBurst(burst(20_000));
      await flush(a, b);
      const afterNs = BigInt(Date.now() + 1) * 1_000_000n;
      const slackNs = BigInt(Math.max(a.wire.abilities.timestampErrorNs, 2_000_000));
      for (const { frames } of [a, b]) {
        assert.deepEqual(frames.map(seqOf), counting(20_000));
        let lastNs = beforeNs - slackNs;
        for (const { timeNs } of frames) {
          assert.ok(timeNs >= lastNs, `${timeNs} is before ${lastNs}`);
          lastNs = timeNs;
        }
        assert.ok(lastNs <= afterNs + slackNs, `${lastNs} is after ${afterNs}`);
      }
    });

    it('counts what it sent and what it delivered', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      await a.wire.sendBurst(burst(500));
      await a.wire.send(numberedFrame(500));
      await flush(a, b);
      for (const [{ wire }, sent] of [
        [a, 501],
        [b, 0],
      ] as const) {
        const dropped = wire.abilities.dropCounter ? 0 : undefined;
        assert.deepEqual(await wire.statistics(), { received: 501, dropped, sent });
      }
    });

    it('spaces a burst evenly', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      await a.wire.sendBurst(burst(100), { spacingNs: 500_000 });
      await flush(a, b);
      const times = only('out', a.frames).map(({ timeNs }) => timeNs);
      assert.equal(times.length, 100);
      const tookMs = Number((times[99] as bigint) - (times[0] as bigint)) / 1e6;
      assert.ok(tookMs > 45, `99 gaps of 0.5 ms took ${tookMs} ms`);
    });

    it('transmits across ports in the exact order', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      await transmit(
        counting(40).map((seq) => ({ wire: seq % 2 ? b.wire : a.wire, frame: numberedFrame(seq) })),
      );
      await flush(a, b);
      const crossed = [...only('out', a.frames), ...only('out', b.frames)];
      crossed.sort((x, y) => seqOf(x) - seqOf(y));
      assert.deepEqual(crossed.map(seqOf), counting(40));
      // Without the kernel's one clock, ports may disagree by what both are off.
      const { kernelTimestamps, timestampErrorNs } = a.wire.abilities;
      const oneClock = kernelTimestamps && a.wire.driver !== 'remote';
      const slackNs = oneClock ? 0n : BigInt(Math.ceil(2 * timestampErrorNs));
      for (const [index, { timeNs }] of crossed.slice(1).entries()) {
        const beforeNs = (crossed[index] as CapturedFrame).timeNs;
        assert.ok(timeNs >= beforeNs - slackNs, `frame ${index + 1} left ${beforeNs - timeNs} ns too early`);
      }
      assert.deepEqual(
        only('in', a.frames).map(seqOf),
        counting(40).filter((seq) => seq % 2 === 1),
      );
    });

    it('stops calling a listener that left, and calls one that came from then on', async () => {
      const [a, b] = [await listen('a'), await open('b')];
      const early: number[] = [];
      const late: number[] = [];
      const leave = b.subscribe((frame) => early.push(seqOf(frame)));
      await a.wire.send(numberedFrame(1));
      await b.flush();
      leave();
      await a.wire.send(numberedFrame(2));
      await b.flush();
      b.subscribe((frame) => late.push(seqOf(frame)));
      await a.wire.send(numberedFrame(3));
      await b.flush();
      assert.deepEqual([early, late], [[1], [3]]);
    });

    it('leaves the bytes to the subscriber', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      const frame = numberedFrame(1);
      await a.wire.send(frame);
      frame.fill(0);
      await a.wire.sendBurst(burst(3_000, 2));
      await flush(a, b);
      for (const { frames } of [a, b])
        assert.deepEqual(
          frames.map(seqOf),
          counting(3_001).map((n) => n + 1),
        );
    });

    it('answers from within a listener', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      b.wire.subscribe((frame) => {
        if (frame.direction === 'in') void b.wire.send(numberedFrame(seqOf(frame) + 1_000));
      });
      for (const frame of burst(50)) await a.wire.send(frame);
      for (let turn = 0; only('in', a.frames).length < 50 && turn < 500; turn++) await flush(a, b);
      assert.deepEqual(
        only('in', a.frames).map(seqOf),
        counting(50).map((n) => n + 1_000),
      );
    });

    it('shares an interface: each frame once, with its direction, at both wires', async () => {
      const [a, a2, b] = [await listen('a'), await listen('a'), await listen('b')];
      await a.wire.sendBurst(burst(30));
      await a2.wire.sendBurst(burst(30, 30));
      await b.wire.sendBurst(burst(30, 60));
      await flush(a, a2, b);
      for (const { frames } of [a, a2]) {
        assert.deepEqual(
          only('out', frames)
            .map(seqOf)
            .sort((x, y) => x - y),
          counting(60),
        );
        assert.deepEqual(
          only('in', frames).map(seqOf),
          counting(30).map((n) => n + 60),
        );
      }
      assert.deepEqual(only('in', b.frames).map(seqOf), counting(60));
    });

    it('refuses what is no frame', async () => {
      const a = await open('a');
      await assert.rejects(a.send(new Uint8Array(13)), WireError);
      await assert.rejects(a.sendBurst([numberedFrame(1), new Uint8Array(0)]), /frame/);
      await a.send(numberedFrame(2));
    });

    it('closes twice, quietly, and then refuses to send', async () => {
      const { wire } = await listen('a');
      await wire.close();
      await wire.close();
      await wire.flush();
      await assert.rejects(
        wire.send(numberedFrame(1)),
        (error) => error instanceof WireError && /closed/.test(error.message),
      );
      await assert.rejects(wire.sendBurst([numberedFrame(1)]), WireError);
    });

    it('closes in the middle of traffic', async () => {
      const [a, b] = [await listen('a'), await listen('b')];
      const sending = a.wire.sendBurst(burst(20_000)).catch((error) => assert.ok(error instanceof WireError));
      await sleep(2);
      await Promise.all([b.wire.close(), a.wire.close(), sending]);
    });

    /** Lets frames flow from a to b, breaks something, and expects `end` to fail with `sentence`. */
    async function breaks(breakIt: () => void | Promise<void>, end: End, sentence: RegExp): Promise<void> {
      const ends = { a: await listen('a'), b: await listen('b') };
      const failures: WireError[] = [];
      const { wire } = ends[end];
      let isOver = false;
      const traffic = (async () => {
        while (!isOver) {
          await ends.a.wire.send(numberedFrame(0)).catch(() => {});
          await sleep(1);
        }
      })();
      await sleep(20);
      wire.onFailure((error) => failures.push(error));
      const brokenAt = performance.now();
      await breakIt();
      while (failures.length === 0 && performance.now() - brokenAt < 5_000) await sleep(2);
      isOver = true;
      await traffic;
      const [failure] = failures;
      assert.ok(failure instanceof WireError, `no failure within 5 s`);
      assert.match(failure.message, sentence);
      assert.equal(failure.port, end);
      assert.equal(failure.nic, wire.nic);
      await assert.rejects(wire.send(numberedFrame(1)), failure);
      await assert.rejects(wire.sendBurst([numberedFrame(1)]), WireError);
      const late: WireError[] = [];
      wire.onFailure((error) => late.push(error));
      assert.deepEqual([failures, late], [[failure], [failure]]);
      await wire.flush();
      assert.ok(await comesToRest(), 'the process keeps a processor busy');
      await Promise.race([
        Promise.all([ends.a.wire.close(), ends.b.wire.close()]),
        sleep(2_000).then(() => assert.fail('close() hangs')),
      ]);
    }

    for (const end of ['a', 'b'] as const) {
      it(`says that the link of ${end} went down`, () =>
        breaks(() => cable.linkDown(end), end, /^Port . \(.+\) went down during the run: check the cable/));

      if (exemptions.includes('interfaces')) continue;
      it(`says that the interface of ${end} disappeared`, () =>
        breaks(() => cable.removeLink(end), end, /^Port . \(.+\) disappeared during the run: /));
    }

    if (!exemptions.includes('interfaces')) {
      it('refuses an interface that is not there, and one that is down', async () => {
        const isRefusal = (sentence: RegExp) => (error: unknown) =>
          error instanceof WireError && sentence.test(error.message);
        await assert.rejects(cable.openMissing(), isRefusal(/does not exist/));
        await cable.linkDown('a');
        await assert.rejects(cable.open('a'), isRefusal(/is down: run/));
      });
    }

    if (!exemptions.includes('drop counter')) {
      it('counts what a small buffer lost', async () => {
        const [a, b] = [await listen('a'), await listen('b', { bufferBytes: 65_536 })];
        // How many it takes depends on what else the machine does: a slow sender leaves the reader time.
        let sent = 0;
        let counts = await b.wire.statistics();
        for (; counts.dropped === 0 && sent < 600_000; sent += 20_000) {
          await a.wire.sendBurst(burst(20_000));
          counts = await b.wire.statistics();
        }
        await flush(a, b);
        const { received, dropped } = await b.wire.statistics();
        assert.ok(dropped !== undefined && dropped > 0, `nothing was dropped of ${sent}`);
        assert.equal(received + dropped, sent);
        assert.equal(b.frames.length, received);
      });
    }
  });
}
