/** Spanning tree as a port hears it: the BPDUs of IEEE 802.1D. */
import { decodeFrame } from '../../src/frame/index.js';
import type { Context, Recording } from '../../src/probe.js';

/** Where BPDUs are sent to: the Bridge Group Address (IEEE 802.1D-2004, 7.12.3), and Cisco's for its per-VLAN trees. */
const groups = { 'bridge-group': '01:80:c2:00:00:00', 'per-vlan-group': '01:00:0c:cc:cc:cd' } as const;

/** Has BPDUs recorded, on every port. */
export function listenForBpdus(context: Context): void {
  for (const [role, address] of Object.entries(groups)) context.claim(role, address);
}

export interface Tree {
  /** Of the root, as the BPDUs tell it; undefined where none of them could be read. */
  readonly forwardDelayMs?: number;
}

/** Octets of the Ethernet header, of LLC, and of a BPDU up to its forward delay, which is in 1/256 s. */
const [ethernetOctets, llcOctets, forwardDelayAt] = [14, 3, 33];
const bpduSap = 0x42;

/** What spanning tree says on a port; undefined when it says nothing there. */
export function treeAt(recording: Recording, port: string): Tree | undefined {
  const heard = recording.frames.filter(({ port: at, direction, bytes }) => {
    const destination = decodeFrame(bytes).ethernet?.destination;
    return at === port && direction === 'in' && Object.values<string>(groups).includes(destination ?? '');
  });
  if (heard.length === 0) return undefined;
  for (const { bytes } of heard) {
    const at = ethernetOctets + llcOctets + forwardDelayAt;
    if (bytes[ethernetOctets] !== bpduSap || bytes.length < at + 2) continue;
    const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { forwardDelayMs: (fields.getUint16(at) / 256) * 1000 };
  }
  return {};
}
