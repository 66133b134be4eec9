/** What is kept in memory of every bundle while the list is written: some 400 octets each. */
import type { DeviceKind } from '../result.js';
import { type BundleRecord, isEligible } from './record.js';

export interface Row extends ToldRow {
  /** Where its record lies in the log. */
  readonly offset: number;
  readonly length: number;
}

/** What its record says of it. */
export interface ToldRow {
  readonly path: string;
  /** Of the device. */
  readonly id: string;
  readonly kind: DeviceKind;
  readonly run: string;
  readonly organisation: string;
  readonly createdAt: string;
  readonly evidence: string;
  /** Signed, judged and not withdrawn: it may count. */
  readonly eligible: boolean;
  /** Ids of its cases that the catalogue does not have. */
  readonly others: readonly string[];
  /** See `identityOf`. */
  readonly identity: string;
}

export function rowOf(record: BundleRecord, identity: string): ToldRow {
  const { path, id, device, run, organisation, createdAt, evidence } = record;
  const others = Object.keys(record.others);
  const eligible = isEligible(record);
  return {
    ...{ path, id, kind: device.kind, run, organisation, createdAt, evidence },
    ...{ eligible, others, identity },
  };
}
