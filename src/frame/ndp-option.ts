/** Neighbour Discovery options: RFC 4861 section 4.6. */
import { bytesToIpv6, bytesToMac, ipv6ToBytes, macToBytes } from './address.js';
import { FrameError } from './error.js';
import { get8, get32, needOctets, put8, put32 } from './octets.js';

export const ndpOptionCodes = { sourceLinkLayer: 1, targetLinkLayer: 2, prefix: 3, mtu: 5 } as const;

export interface LinkLayerOption {
  readonly type: 'source-link-layer' | 'target-link-layer';
  readonly mac: string;
}

export interface PrefixOption {
  readonly type: 'prefix';
  readonly prefix: string;
  /** Leading bits of `prefix` that are valid. */
  readonly prefixLength: number;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  /** 0xffffffff: for ever, as is `preferredS`. */
  readonly validS: number;
  readonly preferredS: number;
}

export interface MtuOption {
  readonly type: 'mtu';
  readonly mtu: number;
}

/** Any other option, and a known one whose length is not the one that Ethernet needs. */
export interface UnknownOption {
  readonly type: 'unknown';
  readonly code: number;
  /** What follows the length; well-formed when 2 + its octets are a multiple of 8. */
  readonly data: Uint8Array;
  /** Derived; units of 8 octets. */
  readonly length?: number;
}

export type NdpOption = LinkLayerOption | PrefixOption | MtuOption | UnknownOption;

/** Writes options one after another. */
export function encodeNdpOptions(options: readonly NdpOption[]): Uint8Array {
  return Uint8Array.from(options.flatMap((option) => [...encodeOption(option)]));
}

/** Reads options to the end of `bytes`. Throws a FrameError on a length of zero or beyond the end. */
export function decodeNdpOptions(bytes: Uint8Array): NdpOption[] {
  const options: NdpOption[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    needOctets('NDP option', rest, 2);
    const octets = get8(rest, 1) * 8;
    if (octets === 0) throw new FrameError('NDP option: length 0, needs 1');
    needOctets('NDP option', rest, octets);
    options.push(decodeOption(rest.subarray(0, octets)));
    rest = rest.subarray(octets);
  }
  return options;
}

function encodeOption(option: NdpOption): Uint8Array {
  switch (option.type) {
    case 'source-link-layer':
      return Uint8Array.of(ndpOptionCodes.sourceLinkLayer, 1, ...macToBytes(option.mac));
    case 'target-link-layer':
      return Uint8Array.of(ndpOptionCodes.targetLinkLayer, 1, ...macToBytes(option.mac));
    case 'prefix': {
      const bytes = Uint8Array.of(ndpOptionCodes.prefix, 4, ...new Uint8Array(30));
      put8(bytes, 2, option.prefixLength, 'NDP prefix length');
      bytes[3] = (option.onLink ? 0x80 : 0) | (option.autonomous ? 0x40 : 0);
      put32(bytes, 4, option.validS, 'NDP valid lifetime');
      put32(bytes, 8, option.preferredS, 'NDP preferred lifetime');
      bytes.set(ipv6ToBytes(option.prefix), 16);
      return bytes;
    }
    case 'mtu': {
      const bytes = Uint8Array.of(ndpOptionCodes.mtu, 1, ...new Uint8Array(6));
      put32(bytes, 4, option.mtu, 'NDP MTU');
      return bytes;
    }
    case 'unknown': {
      const bytes = new Uint8Array(2 + option.data.length);
      put8(bytes, 0, option.code, 'NDP option type');
      put8(bytes, 1, option.length ?? Math.ceil(bytes.length / 8), 'NDP option length');
      bytes.set(option.data, 2);
      return bytes;
    }
  }
}

function decodeOption(bytes: Uint8Array): NdpOption {
  const code = get8(bytes, 0);
  const length = get8(bytes, 1);
  if (code === ndpOptionCodes.sourceLinkLayer && length === 1) {
    return { type: 'source-link-layer', mac: bytesToMac(bytes.subarray(2)) };
  }
  if (code === ndpOptionCodes.targetLinkLayer && length === 1) {
    return { type: 'target-link-layer', mac: bytesToMac(bytes.subarray(2)) };
  }
  if (code === ndpOptionCodes.mtu && length === 1) return { type: 'mtu', mtu: get32(bytes, 4) };
  if (code === ndpOptionCodes.prefix && length === 4) {
    return {
      type: 'prefix',
      prefix: bytesToIpv6(bytes.subarray(16)),
      prefixLength: get8(bytes, 2),
      onLink: (get8(bytes, 3) & 0x80) !== 0,
      autonomous: (get8(bytes, 3) & 0x40) !== 0,
      validS: get32(bytes, 4),
      preferredS: get32(bytes, 8),
    };
  }
  return { type: 'unknown', code, data: bytes.subarray(2), length };
}
