/** Lists as `takeover compile` makes them, without the reports behind them: for the tests of the site. */
import { probes } from '../../probes/index.js';
import type { relations } from '../../src/bundle/schema.js';
import { catalogueDigest } from '../../src/engine/catalogue.js';
import { seededRandom } from '../../src/engine/random.js';
import { byCodeUnit } from '../../src/list/canonical.js';
import { type Entry, type HardwareList, type ListStatus, outcomeLetters } from '../../src/list/schema.js';
import { deviceSlug, slug } from '../../src/list/slug.js';
import { type Device, type DeviceKind, deviceKinds, type Level } from '../../src/result.js';

/** The moment of which the synthetic lists are: some of their entries are stale then. */
export const listedAt = '2026-11-23T08:00:00.000Z';

const monthMs = 30.44 * 86_400_000;
const vendors = [
  'Acme',
  'Birch Networks',
  'Corvid',
  'Delta-Fjord',
  'Ålund & Co.',
  'Fenwick',
  'Gråtass',
  'Hexa',
] as const;

/** Every case of today's catalogue, by kind. */
export const currentCatalogue = Object.fromEntries(
  deviceKinds.map((kind) => [
    kind,
    probes
      .filter(({ device }) => device === kind)
      .flatMap(({ id, cases }) => cases.filter(({ ofBench }) => !ofBench).map((c) => `${id}/${c.id}`)),
  ]),
) as Record<DeviceKind, string[]>;

const levels = new Map<string, Level>(
  probes.flatMap(({ id, requirement, cases }) =>
    cases.map((c) => [`${id}/${c.id}`, c.level ?? requirement.level] as const),
  ),
);

/** A list of `n` entries: all kinds and statuses, models of up to four firmwares; the same for the same seed. */
export function syntheticList(n: number, seed = 1): HardwareList {
  const random = randomOf(seed);
  const entries: Entry[] = [];
  for (let model = 0; entries.length < n; model++) {
    const kind = random.pick(['switch', 'switch', 'switch', 'host', 'host', 'router', 'nic'] as const);
    const vendor = random.pick(vendors);
    const base = {
      kind,
      vendor,
      model: `${kind === 'switch' ? 'S' : kind.charAt(0).toUpperCase()}${100 + model}`,
      ...(random.chance(50) && { hardware: random.pick(['A', 'B2', 'rev. 3']) }),
    };
    const firmwares = 1 + random.below(4);
    for (let version = 0; version < firmwares && entries.length < n; version++) {
      entries.push(
        syntheticEntry(
          {
            ...base,
            firmware: `${1 + (model % 9)}.${version}.${random.below(20)}`,
            conditions: random.chance(30) ? { 'port-security': random.pick(['on', 'off']) } : {},
          },
          random,
        ),
      );
    }
  }
  entries.sort((x, y) => byCodeUnit(x.id, y.id));
  return {
    schemaVersion: 2,
    suite: { version: '0.1.0', catalogueDigest: catalogueDigest(probes) },
    catalogue: {
      ...currentCatalogue,
      switch: [...currentCatalogue.switch, 'switch/retired/of-an-older-suite'],
    },
    entries,
  };
}

type Random = ReturnType<typeof randomOf>;

function randomOf(seed: number) {
  const below = seededRandom(seed);
  return {
    below,
    chance: (percent: number) => below(100) < percent,
    pick: <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0],
  };
}

/** What the device is like: each with a kind of entry that the pages have to show. */
type Nature =
  | 'good'
  | 'noted'
  | 'bad'
  | 'disputed'
  | 'open'
  | 'stale'
  | 'new-musts'
  | 'preview'
  | 'withdrawn';

const natures: readonly [Nature, ...Nature[]] = [
  ...(['good', 'good', 'good', 'good', 'noted', 'noted', 'bad', 'bad', 'bad'] as const),
  ...(['disputed', 'open', 'stale', 'new-musts', 'preview', 'withdrawn'] as const),
];

const statusOfNature: Readonly<Record<Nature, ListStatus>> = {
  good: 'compliant',
  noted: 'compliant-with-notes',
  bad: 'non-compliant',
  disputed: 'disputed',
  open: 'inconclusive',
  stale: 'compliant',
  'new-musts': 'compliant',
  preview: 'untested',
  withdrawn: 'withdrawn',
};

/** An entry of the device; `nature` picks what is the matter with it. */
export function syntheticEntry(
  device: Device,
  random: Random = randomOf(1),
  nature: Nature = random.pick(natures),
): Entry {
  const catalogue = currentCatalogue[device.kind];
  const counts = nature !== 'preview' && nature !== 'withdrawn';
  const agedMs = (nature === 'stale' ? 19 + random.below(20) : 1 + random.below(16)) * monthMs;
  const lastTestedMs = Date.parse(listedAt) - agedMs;
  const lastTested = new Date(lastTestedMs).toISOString();
  const at = lastTested.slice(0, 10);
  const runs = (organisations: readonly string[]) =>
    organisations.map((name, index) => {
      const run = `${at.replaceAll('-', '')}T08000${index}Z-${random.below(0xffffff).toString(16).padStart(6, '0')}`;
      return {
        organisation: name,
        run,
        path: `${slug(device.vendor)}/${slug(device.model)}/${at}-${slug(name)}-${run}`,
      };
    });
  const voices = nature === 'disputed' || random.chance(30) ? ['Lab North', device.vendor] : ['Lab North'];
  const submitted = runs(random.chance(25) ? [...voices, 'A user'] : voices);
  const counted = counts ? submitted.filter(({ organisation }) => organisation !== 'A user') : [];
  const musts = catalogue.filter((id) => levels.get(id) === 'must');
  const chosen = (count: number) =>
    new Set(Array.from({ length: count }, () => musts[random.below(musts.length)] ?? ''));
  const failing = nature === 'bad' ? chosen(1 + random.below(4)) : new Set<string>();
  const disputed = nature === 'disputed' ? chosen(1) : new Set<string>();
  const missing = nature === 'open' ? chosen(2) : new Set<string>();
  const newMusts = nature === 'new-musts' ? chosen(1) : new Set<string>();
  const letter = (id: string): string => {
    if (!counts || newMusts.has(id)) return outcomeLetters.absent;
    if (failing.has(id)) return outcomeLetters.fail;
    if (disputed.has(id)) return outcomeLetters.disputed;
    if (missing.has(id)) return outcomeLetters.inconclusive;
    if (levels.get(id) === 'must')
      return random.chance(3) ? outcomeLetters['not-applicable'] : outcomeLetters.pass;
    if (levels.get(id) === 'should') return nature === 'noted' && random.chance(30) ? 'F' : 'P';
    return random.pick(['P', 'P', 'P', 'F', '-', 'N']);
  };
  const relearn = catalogue.find((id) => id.startsWith('switch/relearn-time/'));
  const relearnMs = (1 + random.below(90_000)) / 1000;
  const runPaths = counted.map(({ path }) => path);
  return {
    id: deviceSlug(device),
    device,
    status: statusOfNature[nature],
    failing: [...failing].map((id) => ({
      id,
      reason:
        'The device kept sending to the old port: 14 of 20 frames after the announcement arrived there.',
      runs: runPaths,
    })),
    disputed: [...disputed].map((id) => ({ id, pass: runPaths.slice(1), fail: runPaths.slice(0, 1) })),
    missing: [...missing],
    notes: nature === 'noted' ? ['switch/link-down/old-port: entries of the port outlived its link.'] : [],
    measurements:
      counts && relearn
        ? [
            {
              ...{
                case: relearn,
                run: runPaths[0] ?? '',
                name: 'relearn time, longest of 10',
                unit: 'ms' as const,
              },
              ...{ value: relearnMs, low: relearnMs * 0.98, high: relearnMs * 1.02 },
            },
          ]
        : [],
    outcomes: [...catalogue.map(letter), ...(device.kind === 'switch' ? ['-'] : [])].join(''),
    confidence: {
      tier: counted.length === 0 ? 0 : counted.length === 1 ? 1 : 2,
      parties: counted.map(({ organisation }) => organisation),
      runs: counted.length,
      lastTested,
      staleAfter: new Date(lastTestedMs + 18 * monthMs).toISOString(),
      newMusts: [...newMusts],
    },
    submissions: submitted.map(({ organisation, run, path }, index) => {
      const isCounted = counted.some((other) => other.path === path);
      const standing = isCounted ? 'counted' : nature === 'withdrawn' ? 'withdrawn' : 'preview';
      return {
        ...{ path, run, startedAt: lastTested, suite: '0.1.0', organisation, voice: organisation },
        status: nature === 'bad' || (nature === 'disputed' && index === 0) ? 'non-compliant' : 'compliant',
        relation: relationOf(organisation, device),
        standing,
        ...(standing === 'preview' && { why: 'It is not signed, so it is shown and counts for nothing.' }),
        ...(standing === 'withdrawn' && {
          why: 'Withdrawn by who submitted it: the bench was cabled wrongly.',
        }),
      };
    }),
  };
}

function relationOf(organisation: string, device: Device): (typeof relations)[number] {
  if (organisation === device.vendor) return 'vendor';
  return organisation === 'A user' ? 'user' : 'lab';
}

/** The list with these cases alone: pages for all some seven hundred are not what a test waits for. */
export function withCases(list: HardwareList, chosen: (id: string) => boolean): HardwareList {
  const places = Object.entries(list.catalogue).map(
    ([kind, ids]) => [kind, ids.flatMap((id, place) => (chosen(id) ? [place] : []))] as const,
  );
  const placesOf = new Map<string, readonly number[]>(places);
  return {
    ...list,
    catalogue: Object.fromEntries(
      Object.entries(list.catalogue).map(([kind, ids]) => [kind, ids.filter(chosen)]),
    ) as HardwareList['catalogue'],
    entries: list.entries.map((entry) => ({
      ...entry,
      outcomes: (placesOf.get(entry.device.kind) ?? []).map((place) => entry.outcomes.charAt(place)).join(''),
      failing: entry.failing.filter(({ id }) => chosen(id)),
      disputed: entry.disputed.filter(({ id }) => chosen(id)),
      missing: entry.missing.filter(chosen),
      confidence: { ...entry.confidence, newMusts: entry.confidence.newMusts.filter(chosen) },
    })),
  };
}
