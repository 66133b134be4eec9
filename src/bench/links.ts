/**
 * What the kernel says of this machine's NICs. Asked of `ip`, since a new network namespace keeps the old
 * /sys until someone mounts another.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { command, ipJson } from './command.js';

const AddressSchema = v.object({
  family: v.string(),
  local: v.string(),
  prefixlen: v.number(),
  scope: v.string(),
});

const LinkSchema = v.object({
  ifindex: v.number(),
  ifname: v.string(),
  altnames: v.optional(v.array(v.string()), []),
  flags: v.array(v.string()),
  mtu: v.number(),
  link_type: v.string(),
  address: v.optional(v.string(), ''),
  /** The one that it was made with, where it is known and another is set. */
  permaddr: v.exactOptional(v.string()),
  /** How many ask it to hand over frames for other stations as well. */
  promiscuity: v.optional(v.number(), 0),
  master: v.exactOptional(v.string()),
  /** The NIC that this one is stacked on or paired with. */
  link: v.exactOptional(v.string()),
  linkinfo: v.optional(v.object({ info_kind: v.exactOptional(v.string()) }), {}),
  // A link without an address of a family lists an empty object in its place.
  addr_info: v.pipe(
    v.array(v.unknown()),
    v.transform((rows) => rows.filter((row) => v.is(AddressSchema, row))),
  ),
});

export type Link = v.InferOutput<typeof LinkSchema>;

export async function readLinks(): Promise<Link[]> {
  const rows = await ipJson(['-details', 'address', 'show']);
  return rows.map((row) => v.parse(LinkSchema, row));
}

/** Finds a NIC by its index, which survives a change of its name. */
export async function linkByIndex(ifindex: number): Promise<Link | undefined> {
  return (await readLinks()).find((link) => link.ifindex === ifindex);
}

export const isUp = (link: Link): boolean => link.flags.includes('UP');
/** Carrier; only known of a NIC that is up. */
export const hasLink = (link: Link): boolean => link.flags.includes('LOWER_UP');

/** The operator's addresses of a NIC. An IPv6 link-local one is the kernel's own. */
export function ownAddresses(link: Link): string[] {
  return link.addr_info
    .filter(({ family, scope }) => !(family === 'inet6' && scope === 'link'))
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

/** NICs that a default route of any table leads out of, IPv4 and IPv6. */
export async function defaultRouteNics(): Promise<Set<string>> {
  const families = await Promise.all(
    ['-4', '-6'].map((family) => ipJson([family, 'route', 'show', 'default', 'table', 'all'])),
  );
  // A route over several paths names its NICs in `nexthops`.
  const hops = families.flat().flatMap((route) => [route, ...((route.nexthops as { dev?: string }[]) ?? [])]);
  return new Set(hops.flatMap(({ dev }) => (typeof dev === 'string' ? [dev] : [])));
}

const stackedKinds = new Set(['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec', 'vxlan']);

function isWireless(link: Link): boolean {
  const folder = `/sys/class/net/${link.ifname}`;
  try {
    // Only believed when it speaks of this very NIC, not of its namesake in the namespace of /sys.
    const same = readFileSync(`${folder}/address`, 'utf8').trim() === link.address;
    return same && (existsSync(`${folder}/phy80211`) || existsSync(`${folder}/wireless`));
  } catch {
    return false;
  }
}

/** Why a NIC is somebody else's to use, each as what follows its name; empty: it is free. */
export function reasonsAgainst(
  link: Link,
  links: readonly Link[],
  defaultRoutes: ReadonlySet<string>,
): string[] {
  const addresses = ownAddresses(link);
  const kind = link.linkinfo.info_kind;
  const stacked = links.filter((l) => l.link === link.ifname && stackedKinds.has(l.linkinfo.info_kind ?? ''));
  return [
    ...(defaultRoutes.has(link.ifname) ? ['carries the default route'] : []),
    ...(addresses.length > 0 ? [`carries the address ${addresses.join(' and ')}`] : []),
    ...(link.master ? [`is a port of ${link.master}`] : []),
    ...(stacked.length > 0 ? [`carries ${stacked.map((l) => l.ifname).join(' and ')}`] : []),
    ...(kind === 'bridge' || kind === 'bond' || kind === 'team' ? [`is a ${kind}, not a NIC`] : []),
    ...(isWireless(link) ? ['is wireless, where a station has but one MAC address'] : []),
  ];
}

/** What NICs a bench can use at all: Ethernet, and not the loopback. */
export const isEthernet = (link: Link): boolean => link.link_type === 'ether';

/**
 * The offloads that change frames between this process and the wire: checksums, segmentation, coalescing,
 * VLAN tags. By ethtool's names.
 */
const offloads =
  /^(rx-checksumming|tx-checksum-.*|tx-scatter-gather.*|tx-.*-segmentation|generic-segmentation-offload|generic-receive-offload|large-receive-offload|rx-gro-.*|tx-gso-list|[rt]x-vlan-offload|tx-vlan-stag-hw-insert|rx-vlan-stag-hw-parse)$/;

/** Names of the offloads that are on, or asked for, and that the driver lets one turn off. */
export async function activeOffloads(nic: string): Promise<string[]> {
  // Lines like `	tx-checksum-sctp: off [requested on]`, which every version of ethtool prints alike.
  const lines = (await command('ethtool', ['-k', nic])).split('\n');
  return lines.flatMap((line) => {
    const [, name = '', state, note] = /^\s*([\w-]+): (on|off)(?: \[(.*)\])?$/.exec(line) ?? [];
    const on = note === 'requested on' || (state === 'on' && note !== 'fixed');
    return on && offloads.test(name) ? [name] : [];
  });
}
