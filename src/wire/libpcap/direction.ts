/**
 * Which frames a capture takes, decided in the kernel.
 *
 * pcap_setdirection() on Linux drops the other direction's frames only after they took space in the
 * ring. libpcap's own `inbound` and `outbound` filters run in the kernel, but after pcap_setfilter() the first
 * ring block is filtered again in user space, where the packet type can't be read: its frames are
 * lost (libpcap 1.10.3, pcap_setfilter_linux). So the socket is given a classic BPF program directly.
 */
import koffi from 'koffi';
import type { Direction } from '../wire.js';
import { c, errno } from './library.js';

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
/** linux/filter.h: a load from SKF_AD_OFF + SKF_AD_PKTTYPE reads skb->pkt_type. */
const SKF_AD_PKTTYPE = 0xfffff000 + 4;
/** linux/if_packet.h */
const PACKET_OUTGOING = 4;
const SOL_PACKET = 263;
/** Linux 4.20: the socket isn't shown what is sent, which saves a copy of each frame. */
const PACKET_IGNORE_OUTGOING = 23;
const everything = 0x40000;

const sockFprog = koffi.struct('sock_fprog', { len: 'uint16_t', filter: 'void *' });

/** struct sock_filter: code, jt, jf, k. */
type Instruction = readonly [code: number, jt: number, jf: number, k: number];

const loadPacketType: Instruction = [0x28, 0, 0, SKF_AD_PKTTYPE];
const returnOctets = (octets: number): Instruction => [0x06, 0, 0, octets];

const programs: Readonly<Record<Direction | 'nothing', readonly Instruction[]>> = {
  in: [loadPacketType, [0x15, 0, 1, PACKET_OUTGOING], returnOctets(0), returnOctets(everything)],
  out: [loadPacketType, [0x15, 1, 0, PACKET_OUTGOING], returnOctets(0), returnOctets(everything)],
  nothing: [returnOctets(0)],
};

/** Replaces what the socket takes, at once. Linux only; throws when the kernel refuses. */
export function capture(fd: number, what: Direction | 'nothing'): void {
  const program = programs[what];
  const filter = new Uint8Array(program.length * 8);
  const view = new DataView(filter.buffer);
  for (const [index, [code, jt, jf, k]] of program.entries()) {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, jt);
    view.setUint8(index * 8 + 3, jf);
    view.setUint32(index * 8 + 4, k, true);
  }
  const value = koffi.as({ len: program.length, filter }, 'sock_fprog *');
  if (c.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, value, sockFprog.size) < 0) {
    throw new Error(`the kernel refused the capture filter (errno ${errno()})`);
  }
  // Older kernels refuse this, and the filter alone does.
  const ignoreOutgoing = new Int32Array([what === 'out' ? 0 : 1]);
  c.setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, ignoreOutgoing, ignoreOutgoing.byteLength);
}
