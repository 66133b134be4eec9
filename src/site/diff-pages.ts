/** A page for each step from one firmware to the next, and one that lists the steps. */
import { type Change, changeWords } from '../compare/change.js';
import { countChanges, type OutcomeChange } from '../compare/compare.js';
import { outcomeLetters } from '../list/schema.js';
import type { DeviceRow } from './device-row.js';
import { firmwareSteps, type Step } from './firmwares.js';
import { pagerOf, rowsPerPage } from './index-pages.js';
import type { Page, Site } from './layout.js';
import { letterWord, listStatusWords } from './list-words.js';
import { diffsPath, numbered } from './overview-paths.js';
import { casePath, devicePath, diffPath } from './paths.js';
import { counts, countsText, stepChanges, told } from './step-changes.js';
import { testedCase } from './tested-cases.js';

export function* diffPages(site: Site, rows: readonly DeviceRow[]): Iterable<Page> {
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const place = new Map(rows.map(({ id }, i) => [id, i]));
  const steps = firmwareSteps(site.list.entries)
    .map((step) => ({ step, found: stepChanges(step, site.list.catalogue[step.newer.device.kind] ?? []) }))
    .sort((x, y) => (place.get(x.step.newer.id) ?? 0) - (place.get(y.step.newer.id) ?? 0));
  for (const { step, found } of steps) yield diffPage(step, found, rowOf);
  yield* stepPages(steps, rowOf);
}

type Rows = ReadonlyMap<string, DeviceRow>;

function diffPage(step: Step, found: readonly OutcomeChange[], rows: Rows): Page {
  const { older, newer } = step;
  const [before, after] = [rows.get(older.id), rows.get(newer.id)];
  const name = after?.name ?? newer.id;
  const facts: [string, (row: DeviceRow) => string][] = [
    ['Status', ({ said }) => `${said.symbol} ${said.word}`],
    ['Relearn time', ({ relearn }) => relearn ?? '–'],
    ['Works with', ({ works }) => works ?? '–'],
    ['Confidence', ({ tier, tierWord }) => `Tier ${tier}: ${tierWord}`],
    ['Last tested', ({ tested, stale }) => (stale ? `${tested}, stale` : tested)],
  ];
  const path = diffPath(older, newer);
  return {
    path,
    title: `${name}: ${older.device.firmware} → ${newer.device.firmware}`,
    template: 'diff',
    trail: [{ text: `${name} ${newer.device.firmware}`, path: devicePath(newer) }],
    view: {
      name,
      context: [after?.hardware, after?.conditions].filter(Boolean).join(' · '),
      sides: [older, newer].map((entry) => ({
        firmware: entry.device.firmware,
        path: devicePath(entry),
      })),
      facts: facts.map(([term, tell]) => {
        const texts = [before, after].map((row) => (row ? tell(row) : '–'));
        return { term, texts, differs: texts[0] !== texts[1] };
      }),
      summary: summaryOf(found),
      groups: [
        ...told.map((change) => ({
          title: titleOf(change),
          cases: found.filter((c) => c.change === change && counts(c)).map(changeView),
        })),
        {
          title: 'Told, and not judged',
          cases: found.filter((c) => !counts(c)).map(changeView),
        },
      ].filter(({ cases }) => cases.length > 0),
    },
    json: {
      older: { id: older.id, device: older.device, status: older.status },
      newer: { id: newer.id, device: newer.device, status: newer.status },
      cases: found,
    },
  };
}

/** `Broken: passed before, fails now`. */
function titleOf(change: Change): string {
  const { word, means } = changeWords[change];
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}: ${means}`;
}

function summaryOf(found: readonly OutcomeChange[]): string {
  const told = countsText(found);
  return told ? `${told}; all others came out as before.` : 'Every case that is judged came out as before.';
}

function changeView({ id, before, after }: OutcomeChange) {
  const { title, level } = testedCase(id);
  const sides = [before, after].map((outcome) => letterWord(outcomeLetters[outcome], level));
  return { id, title, level, path: casePath(id), sides };
}

function* stepPages(
  steps: readonly { step: Step; found: readonly OutcomeChange[] }[],
  rows: Rows,
): Iterable<Page> {
  const pages = Math.max(1, Math.ceil(steps.length / rowsPerPage));
  for (let page = 1; page <= pages; page += 1) {
    const shown = steps.slice((page - 1) * rowsPerPage, page * rowsPerPage).map(({ step, found }) => ({
      ...{ id: step.newer.id, name: rows.get(step.newer.id)?.name ?? step.newer.id },
      context: [rows.get(step.newer.id)?.hardware, rows.get(step.newer.id)?.conditions]
        .filter(Boolean)
        .join(' · '),
      ...{ older: step.older.device.firmware, newer: step.newer.device.firmware },
      path: diffPath(step.older, step.newer),
      statuses: [listStatusWords[step.older.status], listStatusWords[step.newer.status]],
      changed: countsText(found) || 'nothing',
      counts: countChanges(found),
    }));
    yield {
      path: numbered(diffsPath, page),
      title: page === 1 ? 'From firmware to firmware' : `From firmware to firmware, page ${page}`,
      template: 'diffs',
      view: {
        steps: shown,
        isEmpty: steps.length === 0,
        pager: pagerOf((number) => numbered(diffsPath, number), page, pages),
      },
      json: { page, pages, steps: shown.map(({ statuses: _, changed: __, ...step }) => step) },
    };
  }
}
