/**
 * Answers for the addresses that a case owns, as the station there would: an ARP request gets an ARP
 * reply, a neighbour solicitation a solicited advertisement. Only the request seen at the owner's own
 * port is answered, so a broadcast is answered once.
 */

import type { PortName } from '../bench/bench.js';
import type { RecordedFrame } from '../evidence/recording.js';
import {
  arpFrame,
  arpOperations,
  type Decoded,
  decodeFrame,
  isGroupMac,
  neighbourAdvertisementFrame,
} from '../frame/index.js';

export interface Owner {
  readonly mac: string;
  readonly port: PortName;
  /** Since when it is the owner, as frames are stamped; absent: since ever. */
  readonly sinceNs?: number;
}

/** Whether the owner takes the frame: what is for another station passes its NIC by, on the same port as well, and what
 *  crossed the port before it was the owner, though it is read only now, was for the one before it. */
function isFor(owner: Owner, { ethernet }: Decoded, { port, atNs }: RecordedFrame): boolean {
  if (owner.port !== port || atNs < (owner.sinceNs ?? atNs)) return false;
  return ethernet !== undefined && (isGroupMac(ethernet.destination) || ethernet.destination === owner.mac);
}

/** The answer that the owner of the requested address gives to a captured frame, if it asks for one. */
export function answerTo(
  frame: RecordedFrame,
  owners: ReadonlyMap<string, Owner>,
): { readonly port: PortName; readonly frame: Uint8Array } | undefined {
  if (frame.direction !== 'in') return undefined;
  const decoded = decodeFrame(frame.bytes);
  const { arp, ipv6, neighbourSolicitation } = decoded;
  if (arp && arp.operation === arpOperations.request) {
    const owner = owners.get(arp.tpa);
    if (!owner || !isFor(owner, decoded, frame)) return undefined;
    return {
      port: owner.port,
      frame: arpFrame({
        destination: arp.sha,
        source: owner.mac,
        operation: arpOperations.reply,
        sha: owner.mac,
        spa: arp.tpa,
        tha: arp.sha,
        tpa: arp.spa,
      }),
    };
  }
  if (ipv6 && neighbourSolicitation) {
    const { target, options } = neighbourSolicitation;
    const owner = owners.get(target);
    if (!owner || !isFor(owner, decoded, frame)) return undefined;
    if (ipv6.source === '::') return undefined;
    const asked = options.find((option) => option.type === 'source-link-layer');
    const asker = asked?.type === 'source-link-layer' ? asked.mac : decoded.ethernet?.source;
    if (asker === undefined) return undefined;
    return {
      port: owner.port,
      frame: neighbourAdvertisementFrame({
        destination: asker,
        source: owner.mac,
        ipSource: target,
        ipDestination: ipv6.source,
        router: false,
        solicited: true,
        override: true,
        target,
        options: [{ type: 'target-link-layer', mac: owner.mac }],
      }),
    };
  }
  return undefined;
}
