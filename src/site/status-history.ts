/** What the list said of an entry each time that another run counted: for the feed. Pure. */
import { probes } from '../../probes/index.js';
import type { Bundle } from '../bundle/bundle.js';
import { catalogueOf } from '../list/catalogue.js';
import { entryOf } from '../list/merge.js';
import { type BundleRecord, recordOf } from '../list/record.js';
import type { Entry, ListStatus } from '../list/schema.js';
import { version } from '../root.js';

/** The runs of an entry that count, in the order in which they began. */
export function countedRuns({ submissions }: Pick<Entry, 'submissions'>): { bundle: string; at: string }[] {
  return submissions
    .filter(({ standing }) => standing === 'counted')
    .map(({ path, startedAt }) => ({ bundle: path, at: startedAt }))
    .sort((x, y) => Date.parse(x.at) - Date.parse(y.at) || (x.bundle < y.bundle ? -1 : 1));
}

/** Takes the bundles of an entry, one at a time: what it keeps of each is little. */
export class StatusHistory {
  readonly #records = new Map<string, BundleRecord>();

  take(bundle: Bundle): void {
    // That it counts, the list has settled: nothing is judged again here.
    this.#records.set(bundle.path, recordOf(bundle, [], current()));
  }

  /** After the first of the runs that count, after the first two, … by today's catalogue; empty where one is not at hand. */
  statuses(entry: Entry): ListStatus[] {
    const records = countedRuns(entry).map(({ bundle }) => this.#records.get(bundle));
    const known = records.flatMap((record) => record ?? []);
    if (known.length < records.length) return [];
    const surroundings = { catalogue: current(), older: [], kinOf: () => undefined };
    return known.map((_, i) => entryOf(known.slice(0, i + 1), surroundings).status);
  }
}

let catalogue: ReturnType<typeof catalogueOf> | undefined;

function current(): ReturnType<typeof catalogueOf> {
  catalogue ??= catalogueOf(probes, version);
  return catalogue;
}
