/**
 * Reading and writing fields in network byte order. Readers trust their caller to have checked the
 * length with `needOctets`; writers refuse a number that does not fit rather than wrap it around.
 */
import { FrameError } from './error.js';

/** Throws a FrameError like "ARP: 20 octets, needs 28" when `bytes` is shorter than `needed`. */
export function needOctets(protocol: string, bytes: Uint8Array, needed: number): void {
  if (bytes.length < needed) throw new FrameError(`${protocol}: ${bytes.length} octets, needs ${needed}`);
}

/** Returns `value` when it is an integer in 0..max; throws a FrameError that names the field otherwise. */
export function inRange(field: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new FrameError(`${field}: ${value} is not an integer in 0..${max}`);
  }
  return value;
}

export function get8(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

export function get16(bytes: Uint8Array, at: number): number {
  return (get8(bytes, at) << 8) | get8(bytes, at + 1);
}

export function get32(bytes: Uint8Array, at: number): number {
  return get16(bytes, at) * 0x10000 + get16(bytes, at + 2);
}

export function put8(bytes: Uint8Array, at: number, value: number, field: string): void {
  bytes[at] = inRange(field, value, 0xff);
}

export function put16(bytes: Uint8Array, at: number, value: number, field: string): void {
  inRange(field, value, 0xffff);
  bytes[at] = value >>> 8;
  bytes[at + 1] = value & 0xff;
}

export function put32(bytes: Uint8Array, at: number, value: number, field: string): void {
  inRange(field, value, 0xffffffff);
  bytes[at] = value >>> 24;
  bytes[at + 1] = (value >>> 16) & 0xff;
  bytes[at + 2] = (value >>> 8) & 0xff;
  bytes[at + 3] = value & 0xff;
}
