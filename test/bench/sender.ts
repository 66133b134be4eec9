/** Sends numbered frames in one of the ways that are compared: `node sender.js WAY NIC COUNT`. */
import { loadCap } from '../../src/wire/cap/binding.js';
import { openWire } from '../../src/wire/open.js';
import type { Wire } from '../../src/wire/wire.js';
import { numberedFrame } from '../lab/wire-contract.js';

const [way = '', nic = '', countText = '0'] = process.argv.slice(2);
const count = Number(countText);
/** Frames that exist at a time; the count is sent in so many rounds of them. */
const roundFrames = 20_000;
const frames = Array.from({ length: Math.min(roundFrames, count) }, (_, seq) => numberedFrame(seq));
const rounds = Math.ceil(count / roundFrames);

async function sendThroughDriver(driver: 'libpcap' | 'cap', send: (wire: Wire) => unknown): Promise<void> {
  const wire = await openWire(driver, { port: 'bench', nic });
  for (let round = 0; round < rounds; round++) await send(wire);
  await wire.close();
}

const ways: Readonly<Record<string, () => Promise<void>>> = {
  'libpcap-burst': () => sendThroughDriver('libpcap', (wire) => wire.sendBurst(frames)),
  /** With a listener, so that the kernel stamps every frame that leaves and it is read back. */
  'libpcap-recorded': () => {
    let isHeard = false;
    return sendThroughDriver('libpcap', (wire) => {
      if (!isHeard) wire.subscribe(() => {});
      isHeard = true;
      return wire.sendBurst(frames);
    });
  },
  'libpcap-inject': () =>
    sendThroughDriver('libpcap', (wire) => {
      for (const frame of frames) wire.inject?.(frame);
    }),
  'cap-driver': () => sendThroughDriver('cap', (wire) => wire.sendBurst(frames)),
  'cap-bare': async () => {
    const handle = new (loadCap().Cap)();
    handle.open(nic, '', 1 << 20, Buffer.alloc(65_535));
    for (let round = 0; round < rounds; round++) for (const frame of frames) handle.send(frame, frame.length);
    handle.close();
  },
};

const run = ways[way];
if (run === undefined) throw new Error(`sender.js knows ${Object.keys(ways).join(', ')}, not ${way}.`);
await run();
