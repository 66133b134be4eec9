/** The Internet checksum: RFC 1071. */
import { ipToBytes } from './address.js';
import { get8 } from './octets.js';

/** The addresses that a pseudo-header names; their family chooses its form. */
export interface IpAddresses {
  readonly source: string;
  readonly destination: string;
}

/** The sum of the 16-bit words of `bytes`, an odd last octet padded with zero, added to `initial`; not folded. */
export function sumWords(bytes: Uint8Array, initial = 0): number {
  let sum = initial;
  const even = bytes.length & ~1;
  for (let i = 0; i < even; i += 2) sum += (get8(bytes, i) << 8) | get8(bytes, i + 1);
  if (even < bytes.length) sum += get8(bytes, even) << 8;
  return sum;
}

/** The sum of the pseudo-header: RFC 768 for IPv4, RFC 8200 section 8.1 for IPv6. */
export function sumPseudoHeader(addresses: IpAddresses, protocol: number, length: number): number {
  return sumWords(ipToBytes(addresses.source), sumWords(ipToBytes(addresses.destination), protocol + length));
}

/** The checksum of `bytes`, continuing the unfolded sum `initial`. Over octets that hold a right checksum, 0. */
export function internetChecksum(bytes: Uint8Array, initial = 0): number {
  return complementOf(sumWords(bytes, initial));
}

/** The checksum that an unfolded sum stands for: carries folded in, then the ones' complement. */
export function complementOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return 0xffff - folded;
}
