/** What templates/site.js reads: the list in as few octets as it takes, in classic scripts, which a page that was opened
 *  from disk may load too. */
import type { HardwareList } from '../list/schema.js';
import { listStatuses } from '../list/schema.js';
import { isJudged } from '../report/words.js';
import { deviceKinds } from '../result.js';
import { type DeviceRow, kindWords } from './device-row.js';
import type { SiteFile } from './layout.js';
import { letterWords, listStatusWords, tierWords, toldLetterWords } from './list-words.js';
import { casesDataPath, devicesDataPath, outcomesDataPath } from './overview-paths.js';
import { casePath } from './paths.js';
import { testedCase } from './tested-cases.js';
import { announcerGroups, announcers, worksWords } from './works-with.js';

/** Devices whose outcomes are read together. */
export const shardSize = 100;

/** `takeover(name, value)` is what site.js defines before it loads such a file. */
const script = (path: string, value: unknown): SiteFile => ({
  path,
  content: `takeover(${JSON.stringify(path)}, ${JSON.stringify(value)});\n`,
});

export function* searchFiles(list: HardwareList, rows: readonly DeviceRow[]): Iterable<SiteFile> {
  yield script(devicesDataPath, {
    statuses: Object.fromEntries(listStatuses.map((status) => [status, listStatusWords[status]])),
    tiers: tierWords,
    kinds: Object.fromEntries(deviceKinds.map((kind) => [kind, kindWords[kind].one])),
    announcers: announcers.map(({ name, title }) => ({ name, title })),
    groups: announcerGroups,
    // By whether the case is judged (must, should), or only tells how the device is.
    letters: { judged: letterWords, told: toldLetterWords },
    worksLetters: worksWords,
    casesOf: Object.fromEntries(deviceKinds.map((kind) => [kind, casesDataPath(kind)])),
    outcomesOf: Array.from({ length: Math.ceil(rows.length / shardSize) }, (_, n) => outcomesDataPath(n)),
    shardSize,
    // In the order of `readRow` in site.js.
    rows: rows.map((row) => [
      ...[row.id, row.name, row.vendor, row.kind, row.hardware, row.firmware, row.conditions],
      ...[row.status, row.relearn, row.relearnNs, row.announcers, row.works, row.tier, row.tested, row.stale],
    ]),
  });
  for (const kind of deviceKinds) {
    yield script(
      casesDataPath(kind),
      (list.catalogue[kind] ?? []).map((id) => {
        const { title, level } = testedCase(id);
        return [id, title, level, isJudged(level), casePath(id)];
      }),
    );
  }
  const outcomes = new Map(list.entries.map((entry) => [entry.id, entry.outcomes]));
  for (let first = 0; first < rows.length; first += shardSize) {
    const shard = rows.slice(first, first + shardSize);
    yield script(
      outcomesDataPath(first / shardSize),
      shard.map(({ id }) => outcomes.get(id) ?? ''),
    );
  }
}
