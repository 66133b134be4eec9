/** VyOS at its own command line: `show arp` and `show ipv6 neighbors`. Over `ssh HOST COMMAND` it is a Linux. */
import { entriesOf, macOf, type Parser, rowsOf } from '../neighbour-entry.js';

/** Reads both: `192.0.2.9  eth0  00:00:5e:00:53:09  REACHABLE`, and before 1.3 net-tools' table
 *  `192.0.2.9  ether  00:00:5e:00:53:09  CM  eth0`. */
export const parseVyOs: Parser = (text, nic) =>
  entriesOf(
    rowsOf(
      text,
      ([address = '', ...rest]) => {
        const mac = rest.find((word) => macOf(word) !== undefined);
        if (rest[0] !== 'ether' && rest[0] !== '(incomplete)')
          return { address, interface: rest[0], mac, state: rest.length > 1 ? rest.at(-1) : undefined };
        const permanent = rest[2]?.includes('M') ?? false;
        return { address, interface: rest.at(-1), mac, state: permanent ? 'PERMANENT' : undefined };
      },
      /^Address\s+(Interface|HWtype)/,
    ),
    nic,
  );
