/** Which running cases a captured frame concerns: one look-up each, however many cases there are. */
import type { CapturedFrame } from '../wire/wire.js';
import { type AddressKey, bareFrame } from './addresses.js';
import type { Expectation } from './repeats.js';
import type { StreamCollector } from './stream.js';

/** A running case, as the capture sees it. */
export interface Member {
  readonly startNs: bigint;
  /** What the case announced, by `frameKey`. */
  readonly expectations: ReadonlyMap<string, readonly Expectation[]>;
  /** Takes a frame that belongs to it, with the announcements of these octets, if any. */
  take(frame: CapturedFrame, expected: readonly Expectation[] | undefined): void;
  /** Takes a frame of one of its streams. */
  takeOfStream(frame: CapturedFrame, stream: StreamCollector, seq: number): void;
}

export interface CaseIndex {
  readonly byAddress: Map<AddressKey, Set<Member>>;
  readonly byFrame: Map<string, Set<Member>>;
  readonly streams: Map<string, { readonly member: Member; readonly collector: StreamCollector }>;
}

export function addTo<K>(index: Map<K, Set<Member>>, key: K, member: Member): void {
  const members = index.get(key);
  if (members) members.add(member);
  else index.set(key, new Set([member]));
}

export function removeFrom<K>(index: Map<K, Set<Member>>, key: K, member: Member): void {
  const members = index.get(key);
  members?.delete(member);
  if (members?.size === 0) index.delete(key);
}

/** Equal for frames that differ only in 802.1Q tags and zero padding. */
export function frameKey(frame: Uint8Array): string {
  const { buffer, byteOffset, length } = bareFrame(frame);
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}

export function streamKey(tag: { readonly token: number; readonly stream: number }): string {
  return `${tag.token}/${tag.stream}`;
}
