/** The forms in which a new owner can announce an IPv4 service address by ARP. */
import { arpFrame, arpOperations, broadcastMac, zeroMac } from '../../src/frame/index.js';
import type { Context } from '../../src/probe.js';
import type { Cast } from './cast.js';

export interface Form {
  readonly operation: 'request' | 'reply';
  readonly to: 'broadcast' | 'unicast';
  /** Target hardware address: all zero, all ones, the sender's own, or another station's. */
  readonly tha: 'zero' | 'ff' | 'sha' | 'other';
  /** Target protocol address: V (a gratuitous ARP), the host's own, or a third. */
  readonly tpa: 'v' | 'host' | 'third';
}

export function announce(context: Context, cast: Cast, form: Form): Uint8Array {
  const tha = { zero: zeroMac, ff: broadcastMac, sha: cast.new, other: context.portMac('monitor') }[form.tha];
  const tpa = { v: cast.service, host: cast.host, third: context.portIpv4('monitor') }[form.tpa];
  return arpFrame({
    destination: form.to === 'broadcast' ? broadcastMac : context.host.mac,
    source: cast.new,
    operation: arpOperations[form.operation],
    sha: cast.new,
    spa: cast.service,
    tha,
    tpa,
  });
}

/** The gratuitous ARPs that failover software sends: keepalived's, OpenBSD's carp's, arping -A's. */
export const commonForms: readonly Form[] = [
  { operation: 'request', to: 'broadcast', tha: 'ff', tpa: 'v' },
  { operation: 'request', to: 'broadcast', tha: 'zero', tpa: 'v' },
  { operation: 'reply', to: 'broadcast', tha: 'sha', tpa: 'v' },
];

export function nameOf({ operation, to, tha, tpa }: Form): string {
  const words = {
    tha: { zero: 'THA 0', ff: 'THA ff', sha: 'THA = SHA', other: 'THA another' },
    tpa: { v: 'TPA V', host: 'TPA the host', third: 'TPA a third' },
  };
  return `${to} ARP ${operation}, ${words.tha[tha]}, ${words.tpa[tpa]}`;
}
