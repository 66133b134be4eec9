/** An address in a frame, and the checksums that cover it. */

/** A checksum of RFC 1071, and the octets that it is taken over. */
export interface Cover {
  /** Where the checksum itself stands. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
  /** The address is in the checksum's pseudo-header, outside of `start`..`end`. */
  readonly pseudo?: boolean;
  /** Zero says that there is none (RFC 768). */
  readonly optional?: boolean;
}

export const addressLength = { mac: 6, ipv4: 4, ipv6: 16 } as const;
export type AddressKind = keyof typeof addressLength;
export type IpFamily = Exclude<AddressKind, 'mac'>;

/** `raw`: octets that hold an address only where one that is known stands in them. `private`: octets that say something of
 *  whoever sent them, and nothing that a judge asks. */
export type PlaceKind = AddressKind | 'raw' | 'private';

export interface Place {
  readonly kind: PlaceKind;
  readonly at: number;
  readonly length: number;
  /** The inner ones before those that cover them too. */
  readonly covers: readonly Cover[];
}

/** A frame on its way through the readers of its layers. */
export interface Walk {
  readonly bytes: Uint8Array;
  /** Nobody of the harness sent it: it may say more of its sender than addresses. */
  readonly foreign: boolean;
  /** Notes a place, if the frame is long enough to hold it. */
  found(kind: AddressKind, at: number, covers?: readonly Cover[]): void;
  octets(kind: 'raw' | 'private', at: number, end: number, covers?: readonly Cover[]): void;
}

/** What an IP packet carries, from `at` to `end`. */
export interface Upper {
  readonly protocol: number;
  readonly at: number;
  readonly end: number;
  readonly family: IpFamily;
  /** Covers that lie around the packet. */
  readonly outer: readonly Cover[];
}
