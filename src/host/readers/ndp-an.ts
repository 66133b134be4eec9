/** `ndp -an` of FreeBSD, NetBSD, OpenBSD and macOS: the IPv6 half. */
import { entriesOf, type Parser, rowsOf } from '../neighbour-entry.js';

/** The letters of the column `S`, or `St`: ndp(8). */
const states: Readonly<Record<string, string>> = {
  N: 'INCOMPLETE',
  W: 'INCOMPLETE',
  I: 'INCOMPLETE',
  R: 'REACHABLE',
  S: 'STALE',
  D: 'DELAY',
  P: 'PROBE',
};

/** Reads `ndp -an`: `2001:db8::9%em0  0:0:5e:0:53:9  em0 23h59m58s S R`. The last words are flags and a count of probes. */
export const parseNdpAn: Parser = (text, nic) =>
  entriesOf(
    rowsOf(
      text,
      ([address = '', mac, netif, expire, state = '']) => ({
        address,
        mac,
        interface: netif,
        state: expire === 'permanent' ? 'PERMANENT' : states[state],
      }),
      /^Neighbor\s+Linklayer Address/,
    ),
    nic,
  );
