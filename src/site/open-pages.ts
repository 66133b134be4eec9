/** What is not settled: disputes, and what nobody has tested yet. */
import { formatCount, plural } from '../report/words.js';
import { type DeviceRow, kindWords } from './device-row.js';
import { pagerOf, rowsPerPage } from './index-pages.js';
import type { Page, Site } from './layout.js';
import { numbered } from './overview-paths.js';
import { casePath, devicePath, disputesPath, resultPath, untestedPath } from './paths.js';
import { testedCase } from './tested-cases.js';
import {
  oneParty,
  staleDevices,
  unsettledDevices,
  untestedCases,
  untestedKinds,
  type WantedDevice,
  wholeCommand,
} from './wanted.js';

type Rows = ReadonlyMap<string, DeviceRow>;

export function* openPages(site: Site, rows: readonly DeviceRow[]): Iterable<Page> {
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  yield* disputePages(site, rows);
  yield* untestedPages(site, rowOf);
}

/** What tells a device from others of its name: `B · 4.2.1 · port-security off`. */
const factsOf = (row: DeviceRow | undefined): string =>
  row ? [row.hardware, row.firmware, row.conditions].filter(Boolean).join(' · ') : '';

function* disputePages(site: Site, rows: readonly DeviceRow[]): Iterable<Page> {
  const entries = new Map(site.list.entries.map((entry) => [entry.id, entry]));
  const open = rows.flatMap((row) => {
    const entry = entries.get(row.id);
    return entry && entry.disputed.length > 0 ? [{ row, entry }] : [];
  });
  const pages = Math.max(1, Math.ceil(open.length / rowsPerPage));
  for (let page = 1; page <= pages; page += 1) {
    const shown = open.slice((page - 1) * rowsPerPage, page * rowsPerPage);
    yield {
      path: numbered(disputesPath, page),
      title: page === 1 ? 'Disputes' : `Disputes, page ${page}`,
      template: 'disputes',
      view: {
        total: plural(open.length, 'device'),
        isEmpty: open.length === 0,
        devices: shown.map(({ row, entry }) => {
          const partyOf = new Map(entry.submissions.map(({ path, voice }) => [path, voice]));
          const runs = (id: string, paths: readonly string[]) =>
            paths.map((path) => ({
              party: partyOf.get(path) ?? path,
              path: site.hasRun(path) ? resultPath(path, id) : null,
            }));
          return {
            name: row.name,
            facts: factsOf(row),
            said: row.said,
            path: devicePath(row),
            cases: entry.disputed.map(({ id, pass, fail }) => ({
              id,
              title: testedCase(id).title,
              path: casePath(id),
              passed: runs(id, pass),
              failed: runs(id, fail),
            })),
          };
        }),
        pager: pagerOf((number) => numbered(disputesPath, number), page, pages),
      },
      json: {
        page,
        pages,
        devices: shown.map(({ entry: { id, device, disputed } }) => ({ id, device, disputed })),
      },
    };
  }
}

/** How many devices of a section stand on the first page; the rest have pages of their own. */
const briefly = 20;

function* untestedPages(site: Site, rows: Rows): Iterable<Page> {
  const { list, now } = site;
  const sections = [
    {
      title: 'Musts that were not settled',
      lead: 'Runs had these cases, and could not tell. Once they are settled, the device has a verdict.',
      name: 'unsettled',
      devices: unsettledDevices(list),
    },
    {
      title: 'Stale, or never counted',
      lead: 'Tested more than 18 months ago, before a new must came, or only by what is not signed.',
      name: 'stale',
      devices: staleDevices(list, now),
    },
    {
      title: 'Tested by one party alone',
      lead: 'A second, independent party lifts a device to tier 2.',
      name: 'one-party',
      devices: oneParty(list),
    },
  ].map((section) => ({ ...section, first: untestedPath.replace('.html', `/${section.name}.html`) }));
  const cases = untestedCases(list);
  const kinds = untestedKinds(list);
  yield {
    path: untestedPath,
    title: 'What is still untested',
    template: 'untested',
    view: {
      kinds: kinds.map((kind) => kindWords[kind].many),
      whole: wholeCommand,
      cases: cases.map(({ probe, cases: group, command }) => ({
        title: group[0]?.probe?.title ?? probe,
        probe,
        count: plural(group.length, 'case'),
        level: group[0]?.level ?? 'info',
        path: casePath(group[0]?.id ?? probe),
        names: group.length <= 4 ? group.map(({ name }) => name).join(', ') : null,
        command: command ?? wholeCommand,
      })),
      sections: sections
        .filter(({ devices }) => devices.length > 0)
        .map(({ title, lead, first, devices }) => ({
          ...{ title, lead, first },
          all: devices.length > briefly ? formatCount(devices.length) : null,
          devices: devices.slice(0, briefly).map((wanted) => wantedView(wanted, rows)),
        })),
      isDone: cases.length + kinds.length + sections.flatMap(({ devices }) => devices).length === 0,
    },
    json: {
      now,
      kinds,
      cases: cases.flatMap((group) => group.cases.map(({ id }) => id)),
      ...Object.fromEntries(
        sections.map(({ name, devices }) => [name, devices.map(({ entry }) => entry.id)]),
      ),
    },
  };
  for (const { title, lead, first, devices } of sections) {
    const pages = devices.length > briefly ? Math.ceil(devices.length / rowsPerPage) : 0;
    for (let page = 1; page <= pages; page += 1) {
      const shown = devices.slice((page - 1) * rowsPerPage, page * rowsPerPage);
      yield {
        path: numbered(first, page),
        title: page === 1 ? title : `${title}, page ${page}`,
        template: 'wanted',
        trail: [{ text: 'Untested', path: untestedPath }],
        view: {
          ...{ title, lead },
          devices: shown.map((wanted) => wantedView(wanted, rows)),
          pager: pagerOf((number) => numbered(first, number), page, pages),
        },
        json: {
          page,
          pages,
          devices: shown.map(({ entry, why, command }) => ({ id: entry.id, why, command })),
        },
      };
    }
  }
}

function wantedView({ entry, why, command }: WantedDevice, rows: Rows) {
  const row = rows.get(entry.id);
  return {
    name: row?.name ?? entry.id,
    facts: factsOf(row),
    tested: row?.tested ?? '',
    path: devicePath(entry),
    ...{ why, command },
  };
}
