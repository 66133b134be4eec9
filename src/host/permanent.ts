/** Permanent entries: the commands that make and remove them, from values that were checked. */
import { isIP } from 'node:net';

/** What makes them: iproute2's `ip`; `arp` of net-tools, BusyBox and the BSDs, and OpenBSD's; `ndp` for IPv6. */
export const permanentTools = ['ip', 'arp', 'arp, openbsd', 'ndp'] as const;
export type PermanentTool = (typeof permanentTools)[number];

export interface Pinned {
  readonly address: string;
  /** Needed by `ip`. */
  readonly interface?: string | undefined;
}

/** Whether a tool can make an entry for the address, on the interface. */
export function suits(tool: PermanentTool, { address, interface: nic }: Pinned): boolean {
  if (tool === 'ip') return nic !== undefined;
  return isIP(address) === (tool === 'ndp' ? 6 : 4);
}

export function setCommand(
  tool: PermanentTool,
  { address, interface: nic = '' }: Pinned,
  mac: string,
): string[] {
  switch (tool) {
    case 'ip':
      return ['ip', 'neigh', 'replace', address, 'lladdr', mac, 'dev', nic, 'nud', 'permanent'];
    case 'arp, openbsd':
      // arp(8) there: without the word, network traffic may overwrite it.
      return ['arp', '-s', address, mac, 'permanent'];
    case 'arp':
    case 'ndp':
      return [tool, '-s', address, mac];
  }
}

export function removeCommand(tool: PermanentTool, { address, interface: nic = '' }: Pinned): string[] {
  return tool === 'ip'
    ? // `flush` is content with an entry that has gone; `nud all` has it take permanent ones, too.
      ['ip', 'neigh', 'flush', 'to', address, 'dev', nic, 'nud', 'all']
    : [tool === 'ndp' ? 'ndp' : 'arp', '-d', address];
}

/** Whether `arp -d` or `ndp -d` failed because there was nothing to remove. */
export const wasAbsent = (complaint: string): boolean =>
  /no (arp )?entry|cannot locate|SIOCDARP.*no such|failed to delete.*no such|\b(arp|ndp): [\da-f.:]+[: ].*no such|no such (device|process)/i.test(
    complaint,
  );
