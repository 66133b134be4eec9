/** Cisco IOS and IOS XE. An age of `-` is an entry that was configured, or the router's own. */
import { entriesOf, type Parser, rowsOf } from '../neighbour-entry.js';

/** Reads `show ip arp`: `Internet  192.0.2.9  4  0000.5e00.5309  ARPA  GigabitEthernet0/1`. */
export const parseIosArp: Parser = (text, nic) =>
  entriesOf(
    rowsOf(
      text,
      ([protocol, address = '', age, mac, _type, shown]) =>
        protocol === 'Internet'
          ? { address, mac, interface: shown, state: age === '-' ? 'PERMANENT' : undefined }
          : undefined,
      /^Protocol\s+Address/,
    ),
    nic,
  );

const states: Readonly<Record<string, string>> = { INCMP: 'INCOMPLETE', REACH: 'REACHABLE' };

/** Reads `show ipv6 neighbors`: `2001:DB8::9  0 0000.5e00.5309  REACH Gi0/1`. */
export const parseIosNeighbors: Parser = (text, nic) =>
  entriesOf(
    rowsOf(
      text,
      ([address = '', age, mac, state = '', shown]) => ({
        address,
        mac,
        interface: shown,
        state: age === '-' ? 'PERMANENT' : (states[state] ?? state),
      }),
      /^IPv6 Address\s+Age/,
    ),
    nic,
  );
