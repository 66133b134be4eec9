/**
 * Two TAP devices and the cable between them: what the kernel sends out of the one comes in at the other.
 *
 *     node tap-cable.js NAME NAME     makes both in this network namespace, says so, and carries until one is gone
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import { c, errno } from '../wire/libpcap/library.js';

export const cableProgram = fileURLToPath(import.meta.url);
export const cableReady = 'carries';

/** linux/if_tun.h */
const TUNSETIFF = 0x400454ca;
const [IFF_TAP, IFF_NO_PI] = [0x0002, 0x1000];
/** linux/if.h: struct ifreq, a name and, here, flags. */
const [IFNAMSIZ, ifreqOctets] = [16, 40];

const largestFrame = 65_535;
/** How many frames are carried before the other direction has its turn. */
const batch = 64;

/** Opens a TAP device of that name, which lives as long as it is open. */
function openTap(name: string): number {
  const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
  const request = new Uint8Array(ifreqOctets);
  new TextEncoder().encodeInto(name, request.subarray(0, IFNAMSIZ - 1));
  new Uint16Array(request.buffer, IFNAMSIZ, 1)[0] = IFF_TAP | IFF_NO_PI;
  if (c.ioctl(fd, TUNSETIFF, 'void *', request) < 0) {
    closeSync(fd);
    throw new Error(`The TAP device ${name} can't be made (error ${errno()}).`);
  }
  return fd;
}

/** Frames that can't be delivered are lost, as on any cable. @returns false when there is nothing more */
function carryOne(from: number, to: number, buffer: Uint8Array): boolean {
  let octets: number;
  try {
    octets = readSync(from, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    process.exit(); // the device was removed
  }
  try {
    writeSync(to, buffer, 0, octets);
  } catch {
    // The far end is down.
  }
  return true;
}

/** A handle that nobody holds on to is closed with the next collection of garbage. */
const polls: object[] = [];

function carry(from: number, to: number): void {
  const buffer = new Uint8Array(largestFrame);
  const drain = () => {
    for (let carried = 0; carryOne(from, to, buffer); carried += 1) {
      if (carried >= batch) return void setImmediate(drain);
    }
  };
  // The callback comes from libuv itself; what it does in Node belongs into a turn of the event loop.
  polls.push(koffi.node.poll(from, { readable: true }, (() => setImmediate(drain)) as unknown as () => void));
}

if (process.argv[1] === cableProgram) {
  const [one, other] = process.argv.slice(2).map(openTap);
  if (one === undefined || other === undefined) throw new Error('Name the two ends.');
  carry(one, other);
  carry(other, one);
  console.log(cableReady);
}
