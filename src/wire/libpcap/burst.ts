/**
 * Many frames a system call: an AF_PACKET socket with a transmit ring (packet(7), PACKET_TX_RING;
 * Linux's Documentation/networking/packet_mmap.rst). Frames are written into memory that the kernel
 * sends from, and one send() takes them all.
 *
 * The socket does not set PACKET_QDISC_BYPASS: frames sent so are not shown to packet taps (packet(7)),
 * and the outbound capture would not stamp them.
 */
import { c, errno, errnos, type Pointer, viewOf } from './library.js';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOL_PACKET = 263;
const PACKET_VERSION = 10;
const PACKET_TX_RING = 13;
const TPACKET_V2 = 1;
const MSG_DONTWAIT = 0x40;
const PROT_READ_WRITE = 0x3;
const MAP_SHARED = 0x1;
/** MAP_FAILED, (void *) -1, at either pointer size. */
const mapFailed: readonly Pointer[] = [2n ** 64n - 1n, 2n ** 32n - 1n, -1n];
/** struct sockaddr_ll */
const sockaddrLlOctets = 20;

/** struct tpacket2_hdr, in words of 32 bits: tp_status, tp_len. The frame follows its 32 octets. */
const statusWord = 0;
const lengthWord = 1;
const headerOctets = 32;
const TP_STATUS_AVAILABLE = 0;
const TP_STATUS_SEND_REQUEST = 1;
const TP_STATUS_WRONG_FORMAT = 4;

const slots = 256;
/** Room for 1,500 octets of payload with tags, and a power of two; jumbo frames go one by one. */
const slotOctets = 2_048;
const slotWords = slotOctets / 4;
const blockOctets = 65_536;
const ringOctets = slots * slotOctets;

export interface BurstSender {
  /** Whether a frame fits a slot. */
  readonly takes: (frame: Uint8Array) => boolean;
  /** Sends as many of the frames from `first` on as fit the ring, and returns how many the kernel
   *  took: 0 when its queue is full. Throws errno, a number, for anything else. */
  readonly send: (frames: readonly Uint8Array[], first: number) => number;
  readonly close: () => void;
}

/** Opens the socket and its ring; undefined where the system has none. */
export function openBurstSender(interfaceIndex: number): BurstSender | undefined {
  if (process.platform !== 'linux') return undefined;
  // Protocol 0: this socket receives nothing.
  const fd = c.socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) return undefined;
  const ring = mapRing(fd, interfaceIndex);
  if (ring === undefined) {
    c.close(fd);
    return undefined;
  }
  const octets = viewOf(ring, ringOctets);
  const words = new Uint32Array(octets.buffer, octets.byteOffset, ringOctets / 4);
  const status = (slot: number) => (slot % slots) * slotWords + statusWord;
  /** Where the kernel looks for the next frame. */
  let head = 0;

  return {
    takes: (frame) => frame.length <= slotOctets - headerOctets,

    send(frames, first) {
      let filled = 0;
      for (; filled < slots; filled++) {
        const frame = frames[first + filled];
        const at = status(head + filled);
        if (frame === undefined || frame.length > slotOctets - headerOctets) break;
        // The NIC still holds the frame that was sent from here.
        if (words[at] !== TP_STATUS_AVAILABLE) break;
        octets.set(frame, at * 4 + headerOctets);
        words[at + lengthWord] = frame.length;
        words[at] = TP_STATUS_SEND_REQUEST;
      }
      const result = c.send(fd, null, 0, MSG_DONTWAIT);
      const reason = result < 0 ? errno() : 0;
      // The kernel takes frames in order; those left over are taken back.
      let taken = filled;
      for (; taken > 0 && isLeft(words[status(head + taken - 1)]); taken--) {
        words[status(head + taken - 1)] = TP_STATUS_AVAILABLE;
      }
      head = (head + taken) % slots;
      const isCongestion = reason === errnos.ENOBUFS || reason === errnos.EAGAIN || reason === errnos.EINTR;
      if (reason !== 0 && taken === 0 && !isCongestion) throw reason;
      return taken;
    },

    close() {
      c.munmap(ring, ringOctets);
      c.close(fd);
    },
  };
}

/** Neither sent nor on its way. */
const isLeft = (status: number | undefined) =>
  status === TP_STATUS_SEND_REQUEST || status === TP_STATUS_WRONG_FORMAT;

function mapRing(fd: number, interfaceIndex: number): Pointer | undefined {
  const set = (option: number, value: Int32Array) =>
    c.setsockopt(fd, SOL_PACKET, option, value, value.byteLength);
  if (set(PACKET_VERSION, new Int32Array([TPACKET_V2])) < 0) return undefined;
  // struct tpacket_req: tp_block_size, tp_block_nr, tp_frame_size, tp_frame_nr.
  const request = new Int32Array([blockOctets, ringOctets / blockOctets, slotOctets, slots]);
  if (set(PACKET_TX_RING, request) < 0) return undefined;
  const address = new Uint8Array(sockaddrLlOctets);
  const fields = new DataView(address.buffer);
  // Every Linux that koffi has a binary for is little-endian.
  fields.setUint16(0, AF_PACKET, true);
  fields.setInt32(4, interfaceIndex, true);
  if (c.bind(fd, address, address.length) < 0) return undefined;
  const ring = c.mmap(null, ringOctets, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  return ring === null || mapFailed.includes(ring) ? undefined : ring;
}
