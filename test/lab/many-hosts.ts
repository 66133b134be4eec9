/**
 * Hosts that are not Linux, many at one NIC: each is a stack of its own (unit/virtual-host.ts) with its own habits.
 *
 *     node many-hosts.js NIC HOSTS    HOSTS is JSON, a list of ManyHost; says so when it answers for them
 */
import { fileURLToPath } from 'node:url';
import { bytesToMac, isGroupMac } from '../../src/frame/index.js';
import { openWire } from '../../src/wire/open.js';
import { createVirtualHost, type Habits, type HostAddresses } from '../unit/virtual-host.js';

export interface ManyHost extends HostAddresses {
  readonly habits: Habits;
  /** How long it thinks before it answers. Default 0. */
  readonly delayMs?: number;
  /** It is switched off after so long. Default never. */
  readonly livesMs?: number;
}

export const manyHosts = fileURLToPath(import.meta.url);
export const answering = 'answering';

if (process.argv[1] === manyHosts) {
  const [nic = '', list = '[]'] = process.argv.slice(2);
  const wire = await openWire('libpcap', { port: 'hosts', nic });
  const hosts = (JSON.parse(list) as ManyHost[]).map((host) => ({
    ...host,
    ...createVirtualHost(host.habits, host),
    /** Of its first question: a host is switched off in the middle of a survey, not before. */
    bornMs: undefined as number | undefined,
  }));
  const byMac = new Map(hosts.map((host) => [host.mac, host]));
  wire.subscribe(({ bytes, direction }) => {
    if (direction === 'out') return;
    const destination = bytesToMac(bytes.subarray(0, 6));
    const one = byMac.get(destination);
    for (const host of one ? [one] : isGroupMac(destination) ? hosts : []) {
      host.bornMs ??= performance.now();
      if (performance.now() - host.bornMs > (host.livesMs ?? Number.POSITIVE_INFINITY)) continue;
      host.node(bytes, (frame) => {
        if (host.delayMs === undefined) wire.inject?.(frame);
        else setTimeout(() => wire.inject?.(frame), host.delayMs);
      });
    }
  });
  console.log(answering);
}
