/** `arp -an` of net-tools and BusyBox (Linux), FreeBSD, NetBSD and macOS, a line an entry; and OpenBSD's, a table. IPv4. */
import { entriesOf, type Parser, type Row, rowsOf } from '../neighbour-entry.js';

/** Reads `arp -an`. */
export const parseArpAn: Parser = (text, nic) =>
  entriesOf(
    rowsOf(text, (words, line) => parseLine(line) ?? parseTableRow(words), /^Host\s+Ethernet Address/),
    nic,
  );

/**
 * `? (192.0.2.9) at 0:0:5e:0:53:9 [ether] PERM on eth0`: Linux has its words before `on`, the BSDs and macOS after it:
 * `on em0 expires in 1200 seconds [ethernet]`, `on en0 ifscope permanent [ethernet]`, `on wm0 23m55s S`.
 */
function parseLine(line: string): Row | undefined {
  const match = /\(([\d.]+)\) at (\S+)(.*?) on (\S+)(.*)$/.exec(line);
  if (!match) return undefined;
  const [, address = '', mac, before = '', nic, after = ''] = match;
  const configured = /\bPERM\b/.test(before) || /\b(permanent|static)\b/.test(after);
  const permanent = configured && !mac?.includes('incomplete');
  return { address, mac, interface: nic, state: permanent ? 'PERMANENT' : undefined };
}

/** `192.0.2.9  00:00:5e:00:53:09  em0 19m38s`, `… em0 permanent l`, `(incomplete) em0 expired`. */
function parseTableRow([address = '', mac, nic, expire]: readonly string[]): Row | undefined {
  if (!/^[\d.]+$/.test(address)) return undefined;
  return { address, mac, interface: nic, state: expire === 'permanent' ? 'PERMANENT' : undefined };
}
