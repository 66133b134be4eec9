/** What is still untested, and the command that would test it. Pure. */
import type { Entry, HardwareList } from '../list/schema.js';
import { outcomeLetters } from '../list/schema.js';
import { groupBy } from '../report/group.js';
import { type DeviceKind, deviceKinds } from '../result.js';
import { staleness } from './list-words.js';
import { type TestedCase, testedCase } from './tested-cases.js';

/** Ids come from strangers too; what is not plain may mean something to a shell. */
const plainId = /^[a-z0-9][a-z0-9/.-]*$/;

/** Runs these cases; of a bench file that the reader has. Undefined where no id may stand in a command. */
export function commandFor(ids: readonly string[]): string | undefined {
  const cases = ids.filter((id) => plainId.test(id)).map(testedCase);
  if (cases.length === 0) return undefined;
  const probes = [...new Set(cases.map(({ id, probe }) => probe?.id ?? id))];
  // Many cases of a few probes are asked for by these.
  const names = cases.length > 3 ? probes.map((id) => `${id}/`) : cases.map(({ id }) => `${id}$`);
  const pattern = names.length === 1 ? `^${names[0]}` : `^(${names.join('|')})`;
  const slow = cases.some((c) => c.slow) ? ' --slow' : '';
  return `npx takeover run bench.yaml --grep '${pattern}'${slow}`;
}

/** Everything of a device. */
export const wholeCommand = 'npx takeover run bench.yaml';

export interface UntestedCases {
  readonly kind: DeviceKind;
  readonly probe: string;
  readonly cases: readonly TestedCase[];
  readonly command: string | undefined;
}

const settled = [outcomeLetters.pass, outcomeLetters.fail, outcomeLetters.disputed] as const;

/** Cases that no counted run of any device settled, probe by probe. Kinds of which no device counts are left out. */
export function untestedCases(list: HardwareList): UntestedCases[] {
  return deviceKinds.flatMap((kind) => {
    const entries = list.entries.filter((entry) => entry.device.kind === kind && isTested(entry));
    if (entries.length === 0) return [];
    const open = (list.catalogue[kind] ?? []).filter(
      (_, place) => !entries.some(({ outcomes }) => settled.some((letter) => letter === outcomes[place])),
    );
    const cases = open.map(testedCase).filter(({ probe }) => probe !== undefined);
    return groupBy(cases, ({ probe }) => probe?.id ?? '').map(([probe, group]) => ({
      kind,
      probe,
      cases: group,
      command: commandFor(group.map(({ id }) => id)),
    }));
  });
}

const isTested = ({ confidence }: Entry) => confidence.tier > 0;

/** Of which nothing signed settles a must. */
export const untestedKinds = (list: HardwareList): DeviceKind[] =>
  deviceKinds.filter((kind) => !list.entries.some((entry) => entry.device.kind === kind && isTested(entry)));

export interface WantedDevice {
  readonly entry: Entry;
  /** A sentence. */
  readonly why: string;
  readonly command: string;
}

/** No must of them is settled, or it was too long ago: what was last tested longest ago, first. */
export function staleDevices(list: HardwareList, now: string): WantedDevice[] {
  return oldestFirst(list.entries).flatMap((entry) => {
    const stale = staleness(entry, now);
    if (!isTested(entry))
      return [{ entry, why: 'No signed run of it settles a must.', command: wholeCommand }];
    if (stale === undefined) return [];
    const { newMusts } = entry.confidence;
    return [{ entry, why: stale, command: commandFor(newMusts) ?? wholeCommand }];
  });
}

/** Musts that their runs had, and did not settle. */
export function unsettledDevices(list: HardwareList): WantedDevice[] {
  return list.entries.flatMap((entry) => {
    const { missing } = entry;
    if (missing.length === 0 || !isTested(entry)) return [];
    const why =
      missing.length === 1 ? 'A must was not settled.' : `${missing.length} musts were not settled.`;
    return [{ entry, why, command: commandFor(missing) ?? wholeCommand }];
  });
}

/** One party alone speaks for them: what was last tested longest ago, first. */
export function oneParty(list: HardwareList): WantedDevice[] {
  return oldestFirst(list.entries).flatMap((entry) => {
    if (entry.confidence.tier !== 1) return [];
    const [party = 'one party'] = entry.confidence.parties;
    return [{ entry, why: `Only ${party} tested it.`, command: wholeCommand }];
  });
}

const oldestFirst = (entries: readonly Entry[]): Entry[] =>
  [...entries].sort((x, y) => Date.parse(x.confidence.lastTested) - Date.parse(y.confidence.lastTested));
