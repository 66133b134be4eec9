/** Cisco NX-OS, whose long IPv6 addresses stand on a line of their own. */
import { entriesOf, type Parser, rowsOf } from '../neighbour-entry.js';

const heading = /Address\s+Age\s+MAC Address|^Total number of entries: 0/;

/** `192.0.2.9  00:00:57  0000.5e00.5309  Ethernet1/41  +`; `-` as age: the switch's own, or configured. */
export const parseNxOsArp: Parser = (text, nic) =>
  entriesOf(
    rowsOf(
      text,
      ([address = '', age, mac, shown]) => ({
        address,
        mac,
        interface: shown,
        state: age === '-' ? 'PERMANENT' : undefined,
      }),
      heading,
    ),
    nic,
  );

/** `2001:db8::9  00:02:58  0000.5e00.5309  50  icmpv6  Vlan10`. */
export const parseNxOsNeighbors: Parser = (text, nic) =>
  entriesOf(
    rowsOf(
      text.replaceAll(/^(\s*[0-9a-f:]+:[0-9a-f:]*)\s*\r?\n(?=[ \t]+\S)/gim, '$1'),
      ([address = '', _age, mac, _preference, source, shown]) => ({
        address,
        mac,
        interface: shown,
        state: source === 'static' ? 'PERMANENT' : undefined,
      }),
      heading,
    ),
    nic,
  );
