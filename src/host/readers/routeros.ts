/** MikroTik RouterOS: `/ip arp print terse` and `/ipv6 neighbor print terse`. */
import { entriesOf, type Parser, type Row, rowsOf } from '../neighbour-entry.js';

/** Reads both: ` 0 DC address=192.0.2.9 mac-address=00:00:5E:00:53:09 interface=ether2 published=no status="reachable"`. */
export const parseRouterOs: Parser = (text, nic) => entriesOf(rowsOf(text, parseLine, /^Flags:/), nic);

function parseLine(_words: readonly string[], line: string): Row | undefined {
  const [, flags = ''] = /^\s*\d+\s+([A-Z]*)/.exec(line) ?? [];
  const value = (key: string) => {
    const [, quoted, plain] = new RegExp(`(?:^|\\s)${key}=(?:"([^"]*)"|(\\S+))`).exec(line) ?? [];
    return quoted ?? plain;
  };
  const address = value('address');
  // X: disabled, I: invalid: configured, and not in use.
  if (address === undefined || /[XI]/.test(flags)) return undefined;
  // An entry of the ARP table that is not dynamic was configured; neighbours of IPv6 have no such flag.
  const configured = !address.includes(':') && !flags.includes('D') && value('mac-address') !== undefined;
  return {
    address,
    mac: value('mac-address'),
    interface: value('interface'),
    state: configured ? 'PERMANENT' : value('status'),
  };
}
