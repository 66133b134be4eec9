import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMemorySwitch, type SwitchBehaviour } from '../../src/wire/memory/switch.js';
import type { CapturedFrame } from '../../src/wire/wire.js';

const broadcast = 'ff:ff:ff:ff:ff:ff';
const station = '00:00:5e:00:53:01';
const server = '00:00:5e:00:53:02';

const octets = (address: string) => address.split(':').map((each) => Number.parseInt(each, 16));

function frame(source: string, destination: string, seq = 0, tag: number[] = []): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.set([...octets(destination), ...octets(source), ...tag, 0x88, 0xb5]);
  new DataView(bytes.buffer).setUint32(40, seq);
  return bytes;
}

const seqOf = ({ bytes }: CapturedFrame) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(40);

/** A switch with three ports, and what arrived at each. */
function threePorts(behaviour: SwitchBehaviour = {}, seed = 1) {
  const ports = ['a', 'b', 'world'] as const;
  const memory = createMemorySwitch({ ports, seed, behaviour });
  const wires = { a: memory.wire('a'), b: memory.wire('b'), world: memory.wire('world') };
  const arrived = { a: [] as CapturedFrame[], b: [] as CapturedFrame[], world: [] as CapturedFrame[] };
  for (const port of ports) {
    wires[port].subscribe((each) => {
      if (each.direction === 'in') arrived[port].push(each);
    });
  }
  /** Sends, and says at which ports the frame arrived. */
  async function send(from: (typeof ports)[number], bytes: Uint8Array): Promise<string[]> {
    for (const port of ports) arrived[port].length = 0;
    await wires[from].send(bytes);
    await wires[from].flush();
    return ports.filter((port) => arrived[port].length > 0);
  }
  return { memory, wires, arrived, send };
}

describe('memory switch', () => {
  it('floods what it does not know, and learns', async () => {
    const { send, memory } = threePorts();
    assert.deepEqual(await send('a', frame(station, broadcast)), ['b', 'world']);
    assert.deepEqual(await send('world', frame(server, station)), ['a']);
    assert.deepEqual(await send('a', frame(station, server)), ['world']);
    assert.deepEqual(
      [...memory.stations()],
      [
        [`0/${station}`, 'a'],
        [`0/${server}`, 'world'],
      ],
    );
  });

  it('relearns a station that moved, and forgets when told', async () => {
    const { send, memory } = threePorts();
    await send('a', frame(station, broadcast));
    await send('b', frame(station, broadcast));
    assert.deepEqual(await send('world', frame(server, station)), ['b']);
    memory.forget(`0/${station}`);
    assert.deepEqual(await send('world', frame(server, station)), ['a', 'b']);
  });

  it('does not send a frame back out of the port it came from', async () => {
    const { send } = threePorts();
    await send('a', frame(station, broadcast));
    assert.deepEqual(await send('a', frame(server, station)), []);
  });

  it('keeps reserved addresses to itself', async () => {
    const { send } = threePorts();
    assert.deepEqual(await send('a', frame(station, '01:80:c2:00:00:00')), []);
    assert.deepEqual(await send('a', frame(station, '01:80:c2:00:00:10')), ['b', 'world']);
  });

  it('learns per VLAN, and never a group address', async () => {
    const { send } = threePorts();
    await send('a', frame(station, broadcast, 0, [0x81, 0x00, 0x00, 0x0a]));
    assert.deepEqual(await send('world', frame(server, station)), ['a', 'b']);
    assert.deepEqual(await send('world', frame(server, station, 0, [0x81, 0x00, 0x20, 0x0a])), ['a']);
    await send('a', frame('01:00:5e:00:00:12', broadcast));
    assert.deepEqual(await send('world', frame(server, '01:00:5e:00:00:12')), ['a', 'b']);
  });

  it('ages', async () => {
    const { send, memory } = threePorts({ ageingMs: 20 });
    await send('a', frame(station, broadcast));
    assert.deepEqual(await send('world', frame(server, station)), ['a']);
    await sleep(25);
    assert.deepEqual(await send('world', frame(server, station)), ['a', 'b']);
    memory.behaviour.ageingMs = 0;
    await send('a', frame(station, broadcast));
    assert.deepEqual(await send('world', frame(server, station)), ['a', 'b']);
  });

  it('can be deaf at a port, refuse to move, flood less, forward wrongly', async () => {
    const deaf = threePorts({ learns: ({ port }) => port !== 'b' });
    await deaf.send('a', frame(station, broadcast));
    await deaf.send('b', frame(station, broadcast));
    assert.deepEqual(await deaf.send('world', frame(server, station)), ['a']);

    const storm = threePorts({ floods: (_, to) => to !== 'b' });
    assert.deepEqual(await storm.send('a', frame(station, broadcast)), ['world']);

    const mirror = threePorts({ forward: ({ port }) => [port] });
    assert.deepEqual(await mirror.send('a', frame(station, broadcast)), ['a']);
  });

  it('relearns late when told to', async () => {
    const { send } = threePorts({ relearnDelayMs: 30 });
    await send('a', frame(station, broadcast));
    await send('b', frame(station, broadcast));
    assert.deepEqual(await send('world', frame(server, station)), ['a']);
    await sleep(35);
    assert.deepEqual(await send('world', frame(server, station)), ['b']);
  });

  it('loses and reorders the same frames for the same seed', async () => {
    async function outcome(seed: number): Promise<number[]> {
      const { wires, arrived } = threePorts({ loss: 0.2, reorder: 0.2 }, seed);
      await wires.a.sendBurst(Array.from({ length: 200 }, (_, seq) => frame(station, broadcast, seq)));
      await wires.b.flush();
      return arrived.b.map(seqOf);
    }
    const [first, again, other] = [await outcome(7), await outcome(7), await outcome(8)];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
    assert.ok(first.length > 120 && first.length < 195, `${first.length} of 200 arrived`);
    assert.notDeepEqual(
      first,
      first.toSorted((x, y) => x - y),
    );
  });

  it('delays in order', async () => {
    const { wires, arrived } = threePorts({ delayMs: 15, jitterMs: 10 });
    await wires.a.sendBurst(Array.from({ length: 50 }, (_, seq) => frame(station, broadcast, seq)));
    await wires.b.flush();
    assert.equal(arrived.b.length, 0);
    const deadline = performance.now() + 1_000;
    while (arrived.b.length < 50 && performance.now() < deadline) await sleep(2);
    assert.deepEqual(
      arrived.b.map(seqOf),
      Array.from({ length: 50 }, (_, seq) => seq),
    );
  });

  it('lets a function play a host', async () => {
    const { memory, wires, arrived } = threePorts();
    const leave = memory.attach('world', (question, reply) => {
      if (question[0] === 0xff) reply(frame(server, station, 42));
    });
    await wires.a.send(frame(station, broadcast));
    await wires.a.flush();
    assert.deepEqual(arrived.a.map(seqOf), [42]);
    leave();
    await wires.a.send(frame(station, broadcast));
    await wires.a.flush();
    assert.equal(arrived.a.length, 1);
  });

  it('names the ports it has when asked for another', () => {
    assert.throws(() => threePorts().memory.wire('c'), /no port c: it has a, b, world/);
  });
});
