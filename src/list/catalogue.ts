/** What entries are held to: the cases of the current suite, as a value. */
import { catalogueDigest, isSlow } from '../engine/catalogue.js';
import type { Probe } from '../probe.js';
import type { DeviceKind, Level } from '../result.js';
import { type PublishedSuites, publishedSuites } from './suites.js';

export interface CatalogueCase {
  readonly id: string;
  readonly level: Level;
  /** It waits for long timers of the device, and runs only when it is asked for. */
  readonly slow: boolean;
}

export interface Catalogue {
  readonly suite: { readonly version: string; readonly catalogueDigest: string };
  /** In the order in which they run. */
  readonly cases: Readonly<Record<DeviceKind, readonly CatalogueCase[]>>;
  /** What runs of earlier suites are held to. */
  readonly published: PublishedSuites;
}

/** The catalogue of the probes. A bench file's own cases are not of it. */
export function catalogueOf(probes: readonly Probe[], version: string): Catalogue {
  const ofKind = (kind: DeviceKind) =>
    probes
      .filter(({ device }) => device === kind)
      .flatMap(({ id, requirement, cases }) =>
        cases
          .filter(({ ofBench }) => !ofBench)
          .map((c) => ({ id: `${id}/${c.id}`, level: c.level ?? requirement.level, slow: isSlow(c) })),
      );
  return {
    suite: { version, catalogueDigest: catalogueDigest(probes) },
    cases: {
      switch: ofKind('switch'),
      host: ofKind('host'),
      router: ofKind('router'),
      nic: ofKind('nic'),
    },
    published: publishedSuites,
  };
}
