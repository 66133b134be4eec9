/** What is tested: a page for each case, with every device by its outcome, and one that lists them. */
import { probes } from '../../probes/index.js';
import { probeInfo } from '../engine/catalogue.js';
import type { Entry } from '../list/schema.js';
import type { Probe, ProbeCase } from '../probe.js';
import { needsText, replayLines, slowText } from '../report/case-about.js';
import { byChapter } from '../report/chapters.js';
import { clauseView } from '../report/views.js';
import { formatCount, levelWords, plural } from '../report/words.js';
import { deviceKinds, type Level } from '../result.js';
import { type DeviceRow, deviceRows, kindWords } from './device-row.js';
import type { Page, Site } from './layout.js';
import { letterWord } from './list-words.js';
import { casePath, casesPath, devicePath, isPlainCaseId, resultPath } from './paths.js';
import { testedCase } from './tested-cases.js';

/** Faults that the virtual lab can make, by the case that they break. */
export type FaultsOf = (caseId: string) => readonly { readonly name: string; readonly title: string }[];

const devicesPerPage = 500;
/** The order in which somebody who buys wants to hear. */
const letterOrder = ['F', 'D', 'I', 'P', 'N', '-'];

/** Of each kind, its cases and where each device stands with them. */
export function* casePages(site: Site, faultsOf: FaultsOf): Iterable<Page> {
  const rows = deviceRows(site.list, site.now);
  const entries = new Map(site.list.entries.map((entry) => [entry.id, entry]));
  yield casesPage(site);
  for (const kind of deviceKinds) {
    const devices = rows.flatMap((row) => {
      const entry = row.kind === kind ? entries.get(row.id) : undefined;
      return entry ? [{ row, entry }] : [];
    });
    for (const [place, id] of (site.list.catalogue[kind] ?? []).entries()) {
      yield* pagesOfCase(site, id, place, devices, faultsOf);
    }
  }
}

interface ListedDevice {
  readonly row: DeviceRow;
  readonly entry: Entry;
}

const tested = new Map<string, { probe: Probe; c: ProbeCase<unknown> }>(
  probes.flatMap((probe) => probe.cases.map((c) => [`${probe.id}/${c.id}`, { probe, c }] as const)),
);

function* pagesOfCase(
  site: Site,
  id: string,
  place: number,
  devices: readonly ListedDevice[],
  faultsOf: FaultsOf,
): Iterable<Page> {
  const groups = letterOrder.map((letter) => ({
    letter,
    devices: devices.filter(({ entry }) => (entry.outcomes.charAt(place) || '-') === letter),
  }));
  const ordered = groups.flatMap((group) =>
    group.devices.map((device) => ({ letter: group.letter, ...device })),
  );
  const pages = Math.max(1, Math.ceil(ordered.length / devicesPerPage));
  const about = aboutCase(id, faultsOf(id));
  const { level } = testedCase(id);
  for (let page = 1; page <= pages; page += 1) {
    const shown = ordered.slice((page - 1) * devicesPerPage, page * devicesPerPage);
    yield {
      path: casePath(id, page),
      title: `${about.title}${page > 1 ? `, page ${page}` : ''}`,
      template: 'case',
      trail: [{ text: 'What is tested', path: casesPath }],
      view: {
        id,
        about,
        counts: groups
          .filter((group) => group.devices.length > 0)
          .map(({ letter, devices: all }) => ({
            ...letterWord(letter, level),
            count: formatCount(all.length),
          })),
        groups: letterOrder.flatMap((letter) => {
          const chosen = shown.filter((device) => device.letter === letter);
          if (chosen.length === 0) return [];
          return [
            { ...letterWord(letter, level), devices: chosen.map((device) => deviceLine(site, id, device)) },
          ];
        }),
        isEmpty: ordered.length === 0,
        pager: pagerOf(id, page, pages, ordered.length),
      },
      json: {
        id,
        page,
        pages,
        title: about.title,
        claim: about.claim,
        level: about.level,
        requirement: about.requirement,
        devices: shown.map(({ letter, row, entry }) => ({
          id: entry.id,
          name: row.name,
          firmware: row.firmware,
          outcome: letterWord(letter, level).word,
        })),
      },
    };
  }
}

function deviceLine(site: Site, id: string, { row, entry }: ListedDevice) {
  const { failing, disputed } = entry;
  const runs = [
    ...failing.filter((one) => one.id === id).flatMap((one) => one.runs),
    ...disputed.filter((one) => one.id === id).flatMap((one) => [...one.fail, ...one.pass]),
  ];
  return {
    name: row.name,
    facts: [row.hardware, row.firmware, row.conditions].filter(Boolean).join(' · '),
    tested: row.tested,
    path: devicePath(entry),
    isStale: row.stale !== null,
    runs: runs
      .filter((run) => site.hasRun(run))
      .map((run, i) => ({ text: i + 1, path: resultPath(run, id) })),
  };
}

/** What the catalogue says of a case; of one that it no longer has, that it hasn't. */
function aboutCase(id: string, faults: ReturnType<FaultsOf>) {
  const found = tested.get(id);
  if (!found) {
    return {
      title: id,
      claim: null,
      level: null,
      meaning: null,
      ...{ why: null, failureTitle: null, clause: null, requirement: null },
      ...{ needs: null, slow: null, replay: null, faults: null, commands: null },
    };
  }
  const { probe, c } = found;
  const level: Level = c.level ?? probe.requirement.level;
  const replay = replayLines(c);
  return {
    title: c.title,
    claim: probe.title,
    level,
    meaning: levelWords[level],
    why: probe.why,
    failureTitle: probe.failureTitle,
    clause: clauseView(probe),
    requirement: probe.requirement,
    needs: needsText(probe, [c]),
    slow: slowText(probe, c) ?? null,
    replay: replay.length > 0 ? replay : null,
    faults: faults.length > 0 ? faults.map(({ name, title }) => ({ name, title })) : null,
    commands: isPlainCaseId(id)
      ? { run: `takeover run bench.yaml --grep '^${id}$'`, demo: `takeover demo --grep '^${id}$'` }
      : null,
  };
}

function pagerOf(id: string, page: number, pages: number, devices: number) {
  if (pages === 1) return null;
  const first = (page - 1) * devicesPerPage;
  return {
    text: `Devices ${formatCount(first + 1)} to ${formatCount(Math.min(devices, first + devicesPerPage))} of ${formatCount(devices)}`,
    previous: page > 1 ? casePath(id, page - 1) : null,
    next: page < pages ? casePath(id, page + 1) : null,
    first: page > 2 ? casePath(id) : null,
    last: page < pages - 1 ? casePath(id, pages) : null,
  };
}

/** All cases of the list, by kind, chapter and claim. */
function casesPage({ list }: Site): Page {
  const kinds = deviceKinds.map((kind) => {
    const ids = list.catalogue[kind] ?? [];
    const current = probes.filter(({ device }) => device === kind);
    const retired = ids.filter((id) => !tested.has(id));
    return {
      title: kindWords[kind].many,
      anchor: kind,
      count: plural(ids.length, 'case'),
      chapters: byChapter(current.map(probeInfo), current, ({ id }) => id).map(({ title, items }) => ({
        title,
        probes: items.flatMap((probe) => {
          const cases = probe.cases.filter((c) => ids.includes(`${probe.id}/${c.id}`));
          return cases.length === 0 ? [] : [{ ...probeView(probe), cases: cases.map(caseChip(probe)) }];
        }),
      })),
      retired: retired.length > 0 ? retired.map((id) => ({ id, path: casePath(id) })) : null,
    };
  });
  return {
    path: casesPath,
    title: 'What is tested',
    template: 'cases',
    view: { kinds },
    json: Object.fromEntries(
      deviceKinds.map((kind) => [
        kind,
        (list.catalogue[kind] ?? []).map((id) => {
          const found = tested.get(id);
          return {
            id,
            title: found?.c.title ?? null,
            level: found ? (found.c.level ?? found.probe.requirement.level) : null,
          };
        }),
      ]),
    ),
  };
}

const probeView = (probe: Probe) => ({
  id: probe.id,
  title: probe.title,
  why: probe.why,
  level: probe.requirement.level,
  clause: clauseView(probe),
});

const caseChip = (probe: Probe) => (c: ProbeCase<unknown>) => ({
  name: c.id,
  title: c.title,
  level: c.level !== undefined && c.level !== probe.requirement.level ? c.level : null,
  path: casePath(`${probe.id}/${c.id}`),
});
