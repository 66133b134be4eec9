/** Suites that were published and are no longer the current one. Only they excuse a run for not having had a case. */
import type { DeviceKind, Result } from '../result.js';
import { version } from '../root.js';

export interface PublishedSuite {
  readonly version: string;
  /** Ids of all its cases. */
  readonly cases: Readonly<Record<DeviceKind, readonly string[]>>;
}

/** By the digest of its catalogue. */
export type PublishedSuites = Readonly<Record<string, PublishedSuite>>;

/** A published suite comes in here with the first change to the catalogue, or to the words of a verdict, after it. 0.1.0 is
 *  the first. */
export const publishedSuites: PublishedSuites = {};

/** Whether a run is of a published suite that this one came after, and so may tell the same in other words. */
export const isEarlier = (suite: Result['suite'], published: PublishedSuites): boolean =>
  suite.version !== version &&
  Object.hasOwn(published, suite.catalogueDigest) &&
  published[suite.catalogueDigest]?.version === suite.version;
