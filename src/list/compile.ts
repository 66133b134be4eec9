/** hardware-list.json: what all accepted runs together say about each device. */
import { rename, writeFile } from 'node:fs/promises';
import { announcementProbes } from '../announced.js';
import { type CaseResult, type Device, type Outcome, type Result, type Status, statusOf } from '../result.js';
import { readSubmissions, type Submission } from './bundles.js';
import { byCodeUnit, canonical } from './canonical.js';
import type { Entry, HardwareList } from './schema.js';

/**
 * Compiles the list from reports/. The same reports give the same list, byte for byte, in whatever order
 * they were added. Rejects with a ListError that names every report that can't be used.
 */
export async function compileList(reportsFolder: string): Promise<HardwareList> {
  return mergeSubmissions(await readSubmissions(reportsFolder));
}

/** The text of hardware-list.json: keys in order, two spaces, a line end. */
export function formatList(list: HardwareList): string {
  return `${canonical(list, 2)}\n`;
}

/** Writes the list; a reader sees the old file or the new one, never a part. */
export async function writeList(list: HardwareList, file: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, formatList(list));
  await rename(draft, file);
}

/** Groups runs by device, revision, firmware and conditions, and merges each group. Pure. */
export function mergeSubmissions(submissions: readonly Submission[]): HardwareList {
  const groups = new Map<string, Submission[]>();
  for (const submission of submissions) {
    const key = canonical(submission.result.device);
    groups.set(key, [...(groups.get(key) ?? []), submission]);
  }
  const entries = [...groups.values()].map(entryOf);
  return { schemaVersion: 1, entries: entries.sort((x, y) => byDevice(x.device, y.device)) };
}

function byDevice(x: Device, y: Device): number {
  const keys = (d: Device) => [d.vendor, d.model, d.hardware ?? '', d.firmware, canonical(d)];
  const other = keys(y);
  return (
    keys(x)
      .map((key, i) => byCodeUnit(key, other[i] ?? ''))
      .find((order) => order !== 0) ?? 0
  );
}

/** A case as all runs together show it, and the run that decided it. */
interface Verdict {
  readonly c: CaseResult;
  readonly run: string;
}

/** A run that tells no date counts as the oldest. */
const startMs = ({ result }: Submission): number => Date.parse(result.run.startedAt) || 0;

function entryOf(group: readonly Submission[]): Entry {
  const newestFirst = [...group].sort((x, y) => startMs(y) - startMs(x) || byCodeUnit(x.path, y.path));
  const results = newestFirst.map(({ result }) => result);
  const newest = results[0];
  if (!newest) throw new Error('A group of submissions is never empty.');
  const verdicts = mergeCases(results);
  const unsettled = unsettledDeselections(results, verdicts);
  const failing = verdicts.filter(({ c }) => c.level === 'must' && c.outcome === 'fail');
  return {
    device: newest.device,
    status: statusWith(statusOf(verdicts.map(({ c }) => c)), unsettled),
    failing: failing.map(({ c, run }) => ({ id: c.id, level: c.level, reason: c.reason, run })),
    notes: notesOf(verdicts, unsettled),
    measurements: measurementsOf(results),
    announcements: verdicts
      .filter(({ c }) => followed.includes(c.probe))
      .map(({ c }) => ({ id: c.id, outcome: c.outcome })),
    lastTested: newest.run.startedAt,
    submissions: newestFirst.map(({ path, result }) => ({
      path,
      run: result.run.id,
      startedAt: result.run.startedAt,
      suite: result.suite.version,
      status: statusOf(result.cases),
    })),
  };
}

/** Whose cases tell which announcements a device follows. */
const followed: readonly string[] = [
  announcementProbes.moved,
  announcementProbes.programs,
  announcementProbes.arp,
];

const settled: readonly Outcome[] = ['pass', 'fail'];

/**
 * One verdict a case, by id. A must that failed in any run has failed, however often it passed; otherwise
 * the newest run that settled it counts, and where none did, the newest that has it.
 */
function mergeCases(newestFirst: readonly Result[]): Verdict[] {
  const byId = new Map<string, Verdict[]>();
  for (const { run, cases } of newestFirst) {
    for (const c of cases) byId.set(c.id, [...(byId.get(c.id) ?? []), { c, run: run.id }]);
  }
  return [...byId.values()]
    .flatMap((verdicts) => {
      const decisive =
        verdicts.find(({ c }) => c.level === 'must' && c.outcome === 'fail') ??
        verdicts.find(({ c }) => settled.includes(c.outcome)) ??
        verdicts[0];
      return decisive ? [decisive] : [];
    })
    .sort((x, y) => byCodeUnit(x.c.id, y.c.id));
}

interface Deselection {
  readonly id: string;
  readonly must: boolean;
}

/** Cases that some run left out and that no run settled. A must among them leaves the entry unsettled:
 *  otherwise a run of the passing cases alone would call a device compliant. */
function unsettledDeselections(results: readonly Result[], verdicts: readonly Verdict[]): Deselection[] {
  const known = new Set(
    verdicts
      .filter(({ c }) => settled.includes(c.outcome) || c.outcome === 'not-applicable')
      .map(({ c }) => c.id),
  );
  const left = results.flatMap(({ deselected }) => deselected);
  const ids = new Set(left.map(({ id }) => id));
  // What takes minutes is worth a note, but no reason to leave everything else open.
  const slow = new Set(left.filter(({ why }) => why.startsWith('slow')).map(({ id }) => id));
  const probes = results.flatMap((result) => result.probes);
  return [...ids]
    .filter((id) => !known.has(id))
    .sort(byCodeUnit)
    .map((id) => ({
      id,
      must:
        !slow.has(id) &&
        probes.some(
          (probe) => probe.requirement.level === 'must' && (id === probe.id || id.startsWith(`${probe.id}/`)),
        ),
    }));
}

function statusWith(status: Status, unsettled: readonly Deselection[]): Status {
  if (status === 'non-compliant' || status === 'inconclusive' || unsettled.length === 0) return status;
  return unsettled.some(({ must }) => must) ? 'inconclusive' : 'compliant-with-notes';
}

function notesOf(verdicts: readonly Verdict[], unsettled: readonly Deselection[]): string[] {
  const notes = verdicts.flatMap(({ c }) => [
    ...(c.level === 'should' && c.outcome === 'fail' ? [`${c.id}: ${c.reason}`] : []),
    ...(c.level === 'must' && !settled.includes(c.outcome) && c.outcome !== 'not-applicable'
      ? [`${c.id} is not settled: ${c.reason}`]
      : []),
    ...(c.level === 'must' ? c.qualifiers.map((qualifier) => `${c.id}: ${qualifier}`) : []),
  ]);
  const left = unsettled.map(
    ({ id, must }) => `${id} was left out of every run${must ? ', and is a must' : ''}.`,
  );
  return [...notes, ...left];
}

function measurementsOf(newestFirst: readonly Result[]): Entry['measurements'] {
  const newest = new Map<string, Entry['measurements'][number]>();
  for (const { run, cases } of newestFirst) {
    for (const c of cases) {
      for (const m of c.measurements) {
        const key = JSON.stringify([c.id, m.name]);
        if (!newest.has(key)) newest.set(key, { case: c.id, run: run.id, ...m });
      }
    }
  }
  return [...newest].sort(([x], [y]) => byCodeUnit(x, y)).map(([, measurement]) => measurement);
}
