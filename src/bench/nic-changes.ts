/** What is done to a NIC under test: to its addresses, and to what it lets through. Every change is in the undo journal
 *  before it is made; a second one of the same kind needs no second entry. */
import { writeFile } from 'node:fs/promises';
import { BenchError } from './bench.js';
import { CommandError, command } from './command.js';
import type { Change, Journal } from './journal.js';
import { type Link, readLinks } from './links.js';
import { disableIpv6Path, removeAddress, removeMacvlan } from './undo.js';

/** An IPv4 address of this machine, and the one other that is reached through the same NIC. */
export interface AddressPair {
  readonly local: string;
  readonly peer: string;
}

/** What came of giving a NIC an address. */
export type AddressOutcome =
  | { readonly taken: true }
  /** @property busy it might take it while it is down */
  | { readonly taken: false; readonly busy: boolean; readonly reason: string };

export interface NicChanges {
  readonly nic: string;
  read(): Promise<Link>;
  /** Gives it a MAC address. A refusal is an outcome; rejects where it is not permitted, or the NIC has gone. */
  setMac(mac: string): Promise<AddressOutcome>;
  /** Switches its own promiscuous mode, which is not that of a capture. */
  setPromiscuous(on: boolean): Promise<void>;
  addAddress(pair: AddressPair): Promise<void>;
  removeAddress(pair: AddressPair): Promise<void>;
  /** Puts a macvlan on it, with an IPv4 address, and takes it up. A refusal is an outcome. */
  addMacvlan(mac: string, pair: AddressPair): Promise<AddressOutcome>;
  removeMacvlan(): Promise<void>;
}

/** Short enough for a NIC's name, and unlike any that a system gives. */
const macvlanName = 'takeover-second';

/** What `ip` says of an address that is refused for what it is (EADDRNOTAVAIL). */
const refusedForItself = /Cannot assign requested address/;

/** @param own the MAC address that it goes back to */
export function nicChanges(nic: string, own: string, journal: Journal): NicChanges {
  const written = new Set<string>();
  const ip = (...args: string[]) => command('ip', args);

  async function journaled(change: Change, apply: () => Promise<unknown>): Promise<void> {
    const key = JSON.stringify(change);
    const make = async () => {
      await apply();
    };
    if (written.has(key)) return make();
    await journal.change(change, () => {
      written.add(key);
      return make();
    });
  }

  async function read(): Promise<Link> {
    const link = (await readLinks()).find(({ ifname }) => ifname === nic);
    if (!link)
      throw new BenchError(`There is no NIC ${nic} here any more; \`ip link\` lists those that are.`);
    return link;
  }

  return {
    nic,
    read,
    setMac: (mac) =>
      outcome(
        journaled({ kind: 'mac', nic, before: own }, () => ip('link', 'set', 'dev', nic, 'address', mac)),
      ),
    async setPromiscuous(on) {
      const isOn = (await read()).flags.includes('PROMISC');
      if (isOn === on) return;
      await journaled({ kind: 'promiscuity', nic, before: isOn ? 'on' : 'off' }, () =>
        ip('link', 'set', 'dev', nic, 'promisc', on ? 'on' : 'off'),
      );
    },
    async addAddress({ local, peer }) {
      // With its peer it needs no prefix: only the way to that one address leads through the NIC, so that strict
      // reverse-path filters and arp_filter are content, and no route of the operator's changes.
      await journaled({ kind: 'address', nic, local, peer }, () =>
        ip('address', 'add', local, 'peer', peer, 'dev', nic),
      );
    },
    removeAddress: (pair) => removeAddress({ nic, ...pair }),
    async addMacvlan(mac, { local, peer }) {
      const name = macvlanName;
      const made = await outcome(
        journaled({ kind: 'macvlan', nic, name }, () =>
          ip('link', 'add', 'link', nic, 'name', name, 'address', mac, 'type', 'macvlan', 'mode', 'bridge'),
        ),
      );
      if (!made.taken) return made;
      // So that the kernel says nothing of its own when it comes up. Without IPv6 there is nothing to switch off.
      await writeFile(disableIpv6Path(name), '1').catch(() => undefined);
      await ip('address', 'add', local, 'peer', peer, 'dev', name);
      return outcome(ip('link', 'set', 'dev', name, 'up'));
    },
    removeMacvlan: () => removeMacvlan(macvlanName),
  };
}

async function outcome(change: Promise<unknown>): Promise<AddressOutcome> {
  try {
    await change;
    return { taken: true };
  } catch (error) {
    if (!(error instanceof CommandError) || error.reason !== 'failed') throw error;
    return { taken: false, busy: !refusedForItself.test(error.message), reason: said(error.message) };
  }
}

/** What `ip` complained of, without the command. */
const said = (message: string) => /` failed: (.*?)\.?$/s.exec(message)?.[1] ?? message;
