/** Checks of a router before its first case: where its far side is, and whether it forwards. */
import type { BenchDevice, BenchFar } from '../bench/bench.js';
import { bytesToIpv6, encodeTag, ipToBytes, isIpv4, readTag, udpFrame } from '../frame/index.js';
import type { Context, FarSide, HostUnderTest } from '../probe.js';
import { boundsOf } from './host-capacity.js';
import { findHost, resolve } from './host-preflight.js';
import type { Check, Preflight } from './preflight.js';

/** The other station of the smallest network that holds the address, a /30 or /126: so no prefix length is asked for. An
 *  address that is at the edge of such a network has its neighbour in a /31 or a /127. */
function farNeighbour(address: string): string {
  const octets = Uint8Array.from(ipToBytes(address));
  const last = octets.length - 1;
  const own = octets[last] ?? 0;
  const place = own & 3;
  octets[last] = own ^ (place === 1 || place === 2 ? 3 : 1);
  return isIpv4(address) ? octets.join('.') : bytesToIpv6(octets);
}

/** A router is a host that also forwards. It need not answer ping: the client's packets show where it sends them. */
export async function routerPreflight(context: Context<null>, device: BenchDevice): Promise<Preflight> {
  const { checks, host: found } = await findHost(context, device);
  if (!found) return { checks, sideBySide: 1 };
  const { checks: bounds, answers, sideBySide, few, ...how } = await boundsOf(context, found);
  const host = { ...found, ...how };
  const entries = answers ? bounds : [];
  if (!device.far) {
    return { checks: [...checks, ...entries, ...(await forwards(context, host))], host, sideBySide, few };
  }
  const side = await findFarSide(context, device.far);
  const all = [...checks, ...entries, ...side.checks];
  if (!side.far) return { checks: all, sideBySide, few };
  const router = { ...host, far: side.far };
  return { checks: [...all, ...(await forwards(context, router))], host: router, sideBySide, few };
}

/** Finds the router's link-layer address at its far side. */
async function findFarSide(
  context: Context<null>,
  { port, ...addresses }: BenchFar,
): Promise<{ checks: Check[]; far?: FarSide }> {
  const known = Object.values(addresses);
  const found = await Promise.all(
    known.map((address) => resolve(context, address, { port, ip: farNeighbour(address) })),
  );
  const checks = known.map((address, index): Check => {
    const mac = found[index];
    const mend = 'check its cable, and that the address is the router’s there';
    return {
      id: isIpv4(address) ? 'far-ipv4' : 'far-ipv6',
      ok: mac !== undefined,
      text: mac
        ? `${address} is at ${mac}, on port ${port}`
        : `${address} does not answer on port ${port}: ${mend}`,
    };
  });
  const mac = found.find((answer) => answer !== undefined);
  if (mac === undefined) return { checks };
  const { ipv4, ipv6 } = addresses;
  return {
    checks,
    far: { port, mac, ...(ipv4 && { ipv4: farNeighbour(ipv4) }), ...(ipv6 && { ipv6: farNeighbour(ipv6) }) },
  };
}

const tries = 3;
const answerMs = 700;

/** Whether what a client sends by way of the router comes out of it, in each family that it has an address of. */
async function forwards(context: Context<null>, host: HostUnderTest): Promise<Check[]> {
  return Promise.all(
    (['ipv4', 'ipv6'] as const).flatMap((family) => (host[family] ? forwardsIn(family, context, host) : [])),
  );
}

async function forwardsIn(
  family: 'ipv4' | 'ipv6',
  context: Context<null>,
  { mac, far }: HostUnderTest,
): Promise<Check> {
  const address = (role: string) =>
    family === 'ipv4' ? context.ipv4(`${role}-ipv4`) : context.ipv6(`${role}-ipv6`);
  const station = context.mac('beyond');
  const beyond = address('beyond');
  const port = far?.port ?? (context.has('world') ? 'world' : 'a');
  const client = far?.[family] ?? address('client');
  context.own(beyond, station, 'a');
  if (!far) context.own(client, context.portMac(port), port);
  const token = context.random(2 ** 32);
  const cameOut = () =>
    context.frames.some(
      ({ direction, label, bytes }) =>
        direction === 'in' && label === undefined && readTag(bytes)?.token === token,
    );
  for (let seq = 1; seq <= tries && !cameOut(); seq += 1) {
    const packet = udpFrame({
      destination: far?.mac ?? mac,
      source: context.portMac(port),
      ipSource: client,
      ipDestination: beyond,
      payload: encodeTag({ token, stream: 0, seq }),
    });
    await context.send(port, packet, `forwards-${family}`);
    await context.until(cameOut, answerMs);
  }
  const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
  return {
    id: `forwards-${family}`,
    ok: cameOut(),
    text: cameOut()
      ? `forwards ${name} from port ${port}${far ? ', at its far side' : ', back into the network under test'}`
      : `forwards no ${name} packet from port ${port}: ${far ? farMend : armMend}`,
  };
}

const farMend = 'turn forwarding on, and let it pass UDP to port 9 (discard)';
const armMend =
  'turn forwarding on, and let it send packets back out of the interface that they came in at, which firewalls refuse; or give it a far side, like `far: {port: world, ipv4: 203.0.113.1}`';
