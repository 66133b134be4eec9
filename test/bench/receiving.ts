/** Whether a driver hears a million frames that come as fast as this machine can send them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openWire } from '../../src/wire/open.js';
import { counters } from '../lab/namespace.js';

export interface Reception {
  readonly driver: 'libpcap' | 'cap';
  readonly offered: number;
  readonly offeredPerSecond: number;
  readonly received: number;
  /** Offered, and not received. */
  readonly lost: number;
  /** Lost ones that the driver knows of; null where it can't. */
  readonly counted: number | null;
}

const sender = fileURLToPath(new URL('./sender.js', import.meta.url));

export async function receive(
  driver: 'libpcap' | 'cap',
  from: string,
  to: string,
  frames: number,
): Promise<Reception> {
  const wire = await openWire(driver, { port: 'bench', nic: to });
  const before = counters(to).receivedFrames;
  let received = 0;
  let firstNs = 0n;
  let lastNs = 0n;
  wire.subscribe(({ timeNs }) => {
    if (received++ === 0) firstNs = timeNs;
    lastNs = timeNs;
  });
  const child = spawn(process.execPath, [sender, 'libpcap-burst', from, String(frames)], { stdio: 'ignore' });
  await once(child, 'exit');
  await wire.flush();
  const offered = counters(to).receivedFrames - before;
  const { dropped = null } = await wire.statistics();
  await wire.close();
  const seconds = Number(lastNs - firstNs) / 1e9;
  return {
    driver,
    offered,
    offeredPerSecond: Math.round(offered / seconds),
    received,
    lost: offered - received,
    counted: dropped,
  };
}
