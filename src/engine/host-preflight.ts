/** Checks of a host before its first case: does it answer, and how much can it be asked side by side. */
import type { BenchDevice, PortName } from '../bench/bench.js';
import { arpOperations, decodeFrame, resolutionFrame } from '../frame/index.js';
import type { Context, HostUnderTest } from '../probe.js';
import { boundsOf } from './host-capacity.js';
import type { Check, Preflight } from './preflight.js';

const hostAnswerMs = 3_000;

/** Where the host is, and what it can be asked. Without an answer to ping or TCP its belief can't be seen from outside. */
export async function hostPreflight(context: Context<null>, device: BenchDevice): Promise<Preflight> {
  const { checks, host } = await findHost(context, device);
  if (!host) return { checks, sideBySide: 1 };
  const { answers, checks: bounds, sideBySide, few, ...how } = await boundsOf(context, host);
  return { checks: [...checks, ...bounds], sideBySide, few, ...(answers && { host: { ...host, ...how } }) };
}

/** The host's link-layer address, by each of its addresses. */
export async function findHost(
  context: Context<null>,
  device: BenchDevice,
): Promise<Pick<Preflight, 'checks' | 'host'>> {
  const addresses = [device.ipv4, device.ipv6].flatMap((address) => address ?? []);
  const found = await Promise.all(addresses.map((address) => resolve(context, address)));
  const checks = addresses.map((address, index): Check => {
    const six = address.includes(':');
    const mac = found[index];
    const asked = six ? 'neighbour solicitations' : 'ARP requests';
    const text =
      mac !== undefined
        ? `${address} is at ${mac}`
        : `${address} does not answer ${asked} on port a: check the cable, the address, and that the host is up`;
    return { id: six ? 'host-ipv6' : 'host-ipv4', ok: mac !== undefined, text };
  });
  const mac = found.find((address) => address !== undefined);
  if (mac === undefined) return { checks };
  const host: HostUnderTest = {
    mac,
    ...(device.ipv4 !== undefined && { ipv4: device.ipv4 }),
    ...(device.ipv6 !== undefined && { ipv6: device.ipv6 }),
  };
  return { checks, host };
}

/** The link-layer address that the host gives for itself. @param as who asks, where it is not a station at port a */
export async function resolve(
  context: Context<null>,
  address: string,
  as?: { readonly port: PortName; readonly ip: string },
): Promise<string | undefined> {
  const { port = 'a' } = as ?? {};
  const source = context.portMac(port);
  const six = address.includes(':');
  const family = six ? '6' : '';
  const spa = as
    ? context.claim(`asker-${port}${family}`, as.ip)
    : six
      ? context.ipv6('asker6')
      : context.claim('asker', context.portIpv4(port));
  const question = resolutionFrame({ mac: source, ip: spa, target: address });
  context.own(spa, source, port);
  const answer = () => {
    for (const frame of context.frames) {
      if (frame.direction !== 'in') continue;
      const { arp, neighbourAdvertisement, ethernet } = decodeFrame(frame.bytes);
      if (arp?.operation === arpOperations.reply && arp.spa === address) return arp.sha;
      if (neighbourAdvertisement?.target === address) {
        const option = neighbourAdvertisement.options.find(({ type }) => type === 'target-link-layer');
        return option?.type === 'target-link-layer' ? option.mac : ethernet?.source;
      }
    }
    return undefined;
  };
  for (let askedMs = 0; askedMs < hostAnswerMs && answer() === undefined; askedMs += 500) {
    await context.send(port, question, six ? 'solicitation' : 'request');
    await context.until(() => answer() !== undefined, 500);
  }
  return answer();
}
