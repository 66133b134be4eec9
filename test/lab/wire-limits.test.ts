import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openWire } from '../../src/wire/open.js';
import { transmit } from '../../src/wire/transmit.js';
import type { CapturedFrame } from '../../src/wire/wire.js';
import { ip, makeVethPair, removeLink } from './namespace.js';
import { numberedFrame, seqOf } from './wire-contract.js';

const run = promisify(execFile);

describe('wires at their limits', function () {
  this.timeout(20_000);

  const nics = { a: 'wire-la', b: 'wire-lb' };
  beforeEach(() => makeVethPair(nics.a, nics.b));
  afterEach(() => removeLink(nics.a));

  for (const driver of ['libpcap', 'cap'] as const) {
    it(`${driver}: a user without the right to capture is told what to do`, async () => {
      const program = `
        const { openWire } = await import(${JSON.stringify(new URL('../../src/wire/open.js', import.meta.url).href)});
        await openWire('${driver}', { port: 'a', nic: '${nics.a}' }).catch((error) => console.log(error.name, error.message));
        process.exit();`;
      const { stdout } = await run('setpriv', [
        '--inh-caps=-all',
        '--bounding-set=-all',
        process.execPath,
        '--input-type=module',
        '--eval',
        program,
      ]);
      assert.match(
        stdout,
        /^WireError Port a \(wire-la\) may not be opened by this user: run as root, or .*setcap/,
      );
    });
  }

  it('a frame beyond the MTU is refused, wherever it stands in a burst, and the port works on', async () => {
    const a = await openWire('libpcap', { port: 'a', nic: nics.a });
    const b = await openWire('libpcap', { port: 'b', nic: nics.b });
    const arrived: number[] = [];
    b.subscribe((frame) => arrived.push(seqOf(frame)));
    const jumbo = numberedFrame(99, 1_700);
    const refusal = /cannot send 1700 octets: that is more than its MTU allows/;
    await assert.rejects(a.send(jumbo), refusal);
    await assert.rejects(
      a.sendBurst([numberedFrame(0), numberedFrame(1), jumbo, numberedFrame(2)]),
      (error: Error) => {
        assert.match(error.message, refusal);
        assert.match(error.message, /2 of the burst's 4 frames went out/);
        return true;
      },
    );
    await a.sendBurst(Array.from({ length: 600 }, (_, index) => numberedFrame(index + 2)));
    await b.flush();
    assert.deepEqual(
      arrived,
      Array.from({ length: 602 }, (_, seq) => seq),
    );
    for (const nic of Object.values(nics)) ip('link', 'set', nic, 'mtu', '9000');
    await a.sendBurst([numberedFrame(602, 9_014), numberedFrame(603)]);
    await b.flush();
    assert.deepEqual(arrived.slice(602), [602, 603]);
    await Promise.all([a.close(), b.close()]);
  });

  it('transmit puts ports within microseconds of each other', async () => {
    const a = await openWire('libpcap', { port: 'a', nic: nics.a });
    const b = await openWire('libpcap', { port: 'b', nic: nics.b });
    const left: CapturedFrame[] = [];
    for (const wire of [a, b]) wire.subscribe((frame) => frame.direction === 'out' && left.push(frame));
    const schedule = Array.from({ length: 20_000 }, (_, seq) => ({
      wire: seq % 2 ? b : a,
      frame: numberedFrame(seq),
    }));
    await transmit(schedule);
    await Promise.all([a.flush(), b.flush()]);
    left.sort((x, y) => Number(x.timeNs - y.timeNs));
    assert.equal(left.length, schedule.length);
    const gapsNs = left
      .slice(1)
      .map((frame, index) => Number(frame.timeNs - (left[index] as CapturedFrame).timeNs));
    gapsNs.sort((x, y) => x - y);
    const medianNs = gapsNs[gapsNs.length >> 1] as number;
    assert.ok(medianNs < 10_000, `median gap ${medianNs} ns`);
    assert.deepEqual(
      left.map(({ port }) => port),
      schedule.map(({ wire }) => wire.port),
    );
    await Promise.all([a.close(), b.close()]);
  });

  it('what the kernel itself sends is seen going out', async () => {
    const wire = await openWire('libpcap', { port: 'a', nic: nics.a });
    const seen: CapturedFrame[] = [];
    wire.subscribe((frame) => seen.push(frame));
    ip('address', 'add', '192.0.2.1/24', 'dev', nics.a);
    await run('ping', ['-c1', '-W1', '192.0.2.9']).catch(() => {});
    await wire.flush();
    // The kernel's ARP requests for 192.0.2.9.
    assert.ok(
      seen.length > 0 && seen.every(({ direction, bytes }) => direction === 'out' && bytes[13] === 0x06),
    );
    await wire.close();
  });
});
