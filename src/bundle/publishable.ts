/** Which addresses may be published: those that tell nothing of anyone's network or hardware. */
import { bytesToMac, ipToBytes, isGroupMac, isIpv4, isMac, macToBytes, zeroMac } from '../frame/address.js';
import { get8, get16 } from '../frame/octets.js';

/** An address's first octets, of which the first `bits` count. */
interface Prefix {
  readonly octets: readonly number[];
  readonly bits: number;
}

const macs: readonly Prefix[] = [
  // IANA's own, with those for documentation (RFC 7042 section 2.1) and VRRP: no NIC is made with one.
  { octets: [0x00, 0x00, 0x5e], bits: 24 },
  // Numbers that stand where an address could: the suite counts its frames so.
  { octets: [0x00, 0x00, 0x00, 0x00], bits: 32 },
];

const ipv4: readonly Prefix[] = [
  // Documentation: RFC 5737.
  { octets: [192, 0, 2], bits: 24 },
  { octets: [198, 51, 100], bits: 24 },
  { octets: [203, 0, 113], bits: 24 },
  // Benchmarks: RFC 2544 appendix C.2.2.
  { octets: [198, 18], bits: 15 },
  { octets: [127], bits: 8 },
  { octets: [169, 254], bits: 16 },
  // Groups.
  { octets: [224], bits: 4 },
  { octets: [0, 0, 0, 0], bits: 32 },
  { octets: [255, 255, 255, 255], bits: 32 },
];

const linkLocal: Prefix = { octets: [0xfe, 0x80], bits: 10 };
const ipv6: readonly Prefix[] = [
  // Documentation: RFC 3849 and RFC 9637.
  { octets: [0x20, 0x01, 0x0d, 0xb8], bits: 32 },
  { octets: [0x3f, 0xff, 0x00], bits: 20 },
  linkLocal,
  // Groups.
  { octets: [0xff], bits: 8 },
];

const within = (address: Uint8Array, { octets, bits }: Prefix): boolean =>
  octets.every((octet, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    const mask = (0xff << (8 - kept)) & 0xff;
    return (get8(address, index) & mask) === (octet & mask);
  });

/** Whether a MAC, IPv4 or IPv6 address may be published. Throws a FrameError for a text that is none. */
export function isPublishable(address: string): boolean {
  if (isMac(address)) return isPublishableMac(address);
  const octets = ipToBytes(address);
  if (isIpv4(address)) return ipv4.some((prefix) => within(octets, prefix));
  const mapped = octets.subarray(0, 10).every((octet) => octet === 0) && get16(octets, 10) === 0xffff;
  if (mapped) return isPublishable(octets.subarray(12).join('.'));
  const mac = macWithin(octets);
  if (mac !== undefined && !isPublishableMac(mac)) return false;
  return isUnspecifiedOrLoopback(octets) || ipv6.some((prefix) => within(octets, prefix));
}

const locallyAdministered = 2;

function isPublishableMac(address: string): boolean {
  const octets = macToBytes(address);
  if (isGroupMac(address) || address === zeroMac || get8(octets, 0) & locallyAdministered) return true;
  return macs.some((prefix) => within(octets, prefix));
}

const isUnspecifiedOrLoopback = (octets: Uint8Array): boolean =>
  octets.subarray(0, 15).every((octet) => octet === 0) && get8(octets, 15) <= 1;

/** The MAC address that a unicast address's interface identifier was made of (RFC 4291 appendix A), if any. */
function macWithin(octets: Uint8Array): string | undefined {
  if (get8(octets, 0) === 0xff || get16(octets, 11) !== 0xfffe) return undefined;
  const mac = Uint8Array.of(...octets.subarray(8, 11), ...octets.subarray(13, 16));
  mac[0] = get8(mac, 0) ^ locallyAdministered;
  return bytesToMac(mac);
}
