/** Changes to a NIC of this machine, and how each is undone. */
import { writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { CommandError, command, permissionMend } from './command.js';
import { readLinks } from './links.js';

const nic = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/));

const ipv4 = v.pipe(v.string(), v.ipv4());

/** `before` is what the NIC goes back to. */
export const NicChangeSchema = v.variant('kind', [
  v.object({ kind: v.literal('link'), nic, before: v.picklist(['up', 'down']) }),
  v.object({ kind: v.literal('mtu'), nic, before: v.pipe(v.number(), v.integer()) }),
  v.object({ kind: v.literal('mac'), nic, before: v.pipe(v.string(), v.mac48()) }),
  /** Offloads that were on, by ethtool's names. */
  v.object({
    kind: v.literal('offload'),
    nic,
    before: v.array(v.pipe(v.string(), v.regex(/^[a-z0-9_-]+$/))),
  }),
  /** net.ipv6.conf.NIC.disable_ipv6. */
  v.object({ kind: v.literal('ipv6'), nic, before: v.picklist(['0', '1']) }),
  v.object({ kind: v.literal('promiscuity'), nic, before: v.picklist(['on', 'off']) }),
  /** An address that was not there before, with the one other that is reached through the NIC by it. */
  v.object({ kind: v.literal('address'), nic, local: ipv4, peer: ipv4 }),
  /** A macvlan that was not there before. */
  v.object({ kind: v.literal('macvlan'), nic, name: nic }),
]);

export type NicChange = v.InferOutput<typeof NicChangeSchema>;

/** Says where the setting lies; it isn't there when the kernel has no IPv6. */
export const disableIpv6Path = (nic: string): string => `/proc/sys/net/ipv6/conf/${nic}/disable_ipv6`;

/** Sets net.ipv6.conf.NIC.disable_ipv6. Rejects with a CommandError. */
export async function setDisableIpv6(nic: string, value: '0' | '1'): Promise<void> {
  try {
    await writeFile(disableIpv6Path(nic), value);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    throw new CommandError(
      `${disableIpv6Path(nic)} can't be set to ${value} (${code})${denied ? `: ${permissionMend}` : ''}.`,
      denied ? 'not-permitted' : 'failed',
    );
  }
}

const ipLink = (nic: string, ...args: string[]) => command('ip', ['link', 'set', 'dev', nic, ...args]);

/** Puts the NIC back. Idempotent. Rejects with a sentence. */
export async function undoNicChange(change: NicChange): Promise<void> {
  const { nic } = change;
  switch (change.kind) {
    case 'link':
      await ipLink(nic, change.before);
      return;
    case 'mtu':
      await ipLink(nic, 'mtu', String(change.before));
      return;
    case 'mac':
      return undoMac(nic, change.before);
    case 'offload':
      if (change.before.length > 0) await setOffloads(nic, change.before, 'on');
      return;
    case 'ipv6':
      return setDisableIpv6(nic, change.before);
    case 'promiscuity':
      await ipLink(nic, 'promisc', change.before);
      return;
    case 'address':
      return removeAddress(change);
    case 'macvlan':
      return removeMacvlan(change.name);
  }
}

/** Turns offloads on or off, all at once, since some depend on others. */
export async function setOffloads(nic: string, names: readonly string[], to: 'on' | 'off'): Promise<void> {
  await command('ethtool', ['-K', nic, ...names.flatMap((name) => [name, to])]);
}

async function undoMac(nic: string, mac: string): Promise<void> {
  const now = (await readLinks()).find(({ ifname }) => ifname === nic);
  // Where that needs the link down, it shall not go down for nothing.
  if (now?.address === mac) return;
  try {
    await ipLink(nic, 'address', mac);
  } catch (error) {
    if (error instanceof CommandError && error.reason === 'not-permitted') throw error;
    // Many drivers take another address only while the NIC is down.
    await ipLink(nic, 'down');
    try {
      await ipLink(nic, 'address', mac);
    } finally {
      await ipLink(nic, 'up');
    }
  }
}

/** Removes an address of the NIC, if it is still there. */
export async function removeAddress(address: {
  readonly nic: string;
  readonly local: string;
  readonly peer: string;
}): Promise<void> {
  const { nic, local, peer } = address;
  const link = (await readLinks()).find(({ ifname }) => ifname === nic);
  if (!link?.addr_info.some((info) => info.local === local)) return;
  await command('ip', ['address', 'delete', local, 'peer', peer, 'dev', nic]);
}

/** Removes a macvlan, if it is still there. */
export async function removeMacvlan(name: string): Promise<void> {
  const link = (await readLinks()).find(({ ifname }) => ifname === name);
  if (link?.linkinfo.info_kind === 'macvlan') await command('ip', ['link', 'delete', 'dev', name]);
}
