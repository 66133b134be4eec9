/** A capture's own part in keeping a NIC promiscuous (packet(7)): given up and taken again without opening anew, which
 *  costs the kernel a tenth of a second. */
import { c, errno } from './library.js';

const SOL_PACKET = 263;
const [PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP] = [1, 2];
const PACKET_MR_PROMISC = 1;
/** struct packet_mreq: the interface's index, a type, and an address of no octets. */
const packetMreqOctets = 16;

/** For a socket that is in the other state, as `pcap_set_promisc` or this function left it. Linux only; throws when
 *  the kernel refuses. */
export function setSocketPromiscuous(fd: number, index: number, on: boolean): void {
  const request = new Uint8Array(packetMreqOctets);
  const view = new DataView(request.buffer);
  view.setInt32(0, index, true);
  view.setUint16(4, PACKET_MR_PROMISC, true);
  const option = on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;
  if (c.setsockopt(fd, SOL_PACKET, option, request, request.byteLength) < 0) {
    throw new Error(`the kernel refused to switch promiscuous mode (errno ${errno()})`);
  }
}
