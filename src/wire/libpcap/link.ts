/** Whether an interface is there and up, asked of the kernel directly: libpcap tells too late or not at all. */
import { c } from './library.js';

export type LinkState = 'up' | 'down' | 'gone';

const AF_INET = 2;
const SOCK_DGRAM = 2;
/** netdevice(7), linux/sockios.h. */
const SIOCGIFFLAGS = 0x8913;
const IFF_UP = 1;
/** struct ifreq: the name in IFNAMSIZ octets, then a union of which ifr_flags is a short. */
const IFNAMSIZ = 16;
const ifreqOctets = 40;

/** The kernel's number of an interface; 0 when there is none of that name. */
export const indexOf = (nic: string): number => c.ifNametoindex(nic);

/** `index` is what the interface had when it was opened: another one under its name isn't it. */
export function linkState(nic: string, index: number): LinkState {
  if (indexOf(nic) !== index) return 'gone';
  if (process.platform !== 'linux') return 'up';
  const request = new Uint8Array(ifreqOctets);
  new TextEncoder().encodeInto(nic, request.subarray(0, IFNAMSIZ - 1));
  const fd = c.socket(AF_INET, SOCK_DGRAM, 0);
  try {
    if (c.ioctl(fd, SIOCGIFFLAGS, 'void *', request) < 0) return 'gone';
  } finally {
    c.close(fd);
  }
  return ((request[IFNAMSIZ] ?? 0) & IFF_UP) === 0 ? 'down' : 'up';
}
