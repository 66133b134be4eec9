/** ARP (RFC 826) and RARP (RFC 903) for IPv4 over Ethernet. Only the EtherType tells the two apart. */
import { bytesToIpv4, bytesToMac, ipv4ToBytes, macToBytes } from './address.js';
import { etherTypes } from './ethernet.js';
import { get8, get16, needOctets, put8, put16 } from './octets.js';

export const arpOperations = { request: 1, reply: 2, rarpRequest: 3, rarpReply: 4 } as const;

const ethernetHardware = 1;
const arpLength = 28;

export interface Arp {
  readonly operation: number;
  /** Sender hardware and protocol address. */
  readonly sha: string;
  readonly spa: string;
  /** Target hardware and protocol address. */
  readonly tha: string;
  readonly tpa: string;
  /** Default 1: Ethernet. */
  readonly hardwareType?: number;
  /** Default 0x0800: IPv4. */
  readonly protocolType?: number;
  /** Default 6. Another value is only said, on purpose: the addresses stay where 6 puts them. */
  readonly hardwareLength?: number;
  /** Default 4; likewise. */
  readonly protocolLength?: number;
}

/** Writes the 28 octets of a packet. */
export function encodeArp(arp: Arp): Uint8Array {
  const bytes = new Uint8Array(arpLength);
  put16(bytes, 0, arp.hardwareType ?? ethernetHardware, 'ARP hardware type');
  put16(bytes, 2, arp.protocolType ?? etherTypes.ipv4, 'ARP protocol type');
  put8(bytes, 4, arp.hardwareLength ?? 6, 'ARP hardware length');
  put8(bytes, 5, arp.protocolLength ?? 4, 'ARP protocol length');
  put16(bytes, 6, arp.operation, 'ARP operation');
  bytes.set(macToBytes(arp.sha), 8);
  bytes.set(ipv4ToBytes(arp.spa), 14);
  bytes.set(macToBytes(arp.tha), 18);
  bytes.set(ipv4ToBytes(arp.tpa), 24);
  return bytes;
}

/**
 * Reads a packet; octets after the 28th are padding. Types and lengths are given as they were said and
 * the addresses read where Ethernet and IPv4 put them: `isEthernetIpv4` tells whether they mean anything.
 */
export function decodeArp(bytes: Uint8Array): Required<Arp> {
  needOctets('ARP', bytes, arpLength);
  return {
    hardwareType: get16(bytes, 0),
    protocolType: get16(bytes, 2),
    hardwareLength: get8(bytes, 4),
    protocolLength: get8(bytes, 5),
    operation: get16(bytes, 6),
    sha: bytesToMac(bytes.subarray(8, 14)),
    spa: bytesToIpv4(bytes.subarray(14, 18)),
    tha: bytesToMac(bytes.subarray(18, 24)),
    tpa: bytesToIpv4(bytes.subarray(24, 28)),
  };
}

/** Whether a decoded packet says that it resolves IPv4 over Ethernet. */
export function isEthernetIpv4(arp: Required<Arp>): boolean {
  return (
    arp.hardwareType === ethernetHardware &&
    arp.protocolType === etherTypes.ipv4 &&
    arp.hardwareLength === 6 &&
    arp.protocolLength === 4
  );
}
