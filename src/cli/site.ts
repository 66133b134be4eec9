/** `takeover site`: hardware-list.json and reports/ to static pages. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { BundleError } from '../bundle/bundle.js';
import { breaksCase, faults } from '../lab/faults/index.js';
import { createCountdown } from '../list/progress.js';
import { type HardwareList, HardwareListSchema } from '../list/schema.js';
import { plain } from '../report/paint.js';
import { plural } from '../report/words.js';
import { exitCodes } from '../result.js';
import { packageRoot } from '../root.js';
import { SiteError, type WrittenSite, writeSite } from '../site/write.js';
import { reportsPlace } from './places.js';
import { shown } from './run.js';
import type { SiteFlags } from './site-options.js';

/** Resolves with 1 where a bundle is refused: the site that was there stays as it was. */
export async function siteCommand(flags: SiteFlags): Promise<number> {
  const reports = await reportsPlace(flags.reports);
  const out = resolve(flags.out);
  try {
    const list = await readList(resolve(flags.list ?? join(packageRoot, 'hardware-list.json')));
    const countdown = createCountdown(process.stderr, list.entries.length, 'Writing devices');
    const written = await writeSite({
      ...{ reports, list, out, now: moment() },
      ...(flags.baseUrl !== undefined && { baseUrl: flags.baseUrl }),
      jobs: flags.jobs ?? availableParallelism(),
      faultsOf: (id) => faults.filter((fault) => breaksCase(fault, id)),
      onProgress: (done) => countdown.at(done),
    }).finally(() => countdown.end());
    tell(written);
    console.error(
      `${plural(written.pages, 'page')} in ${shown(out)}: open ${shown(join(out, 'index.html'))}`,
    );
    return exitCodes.compliant;
  } catch (error) {
    if (!(error instanceof SiteError || error instanceof BundleError)) throw error;
    for (const line of error.message.split('\n')) console.error(`  ✗ ${plain(line)}`);
    console.error('No pages were written.');
    return error instanceof BundleError || error.refused ? exitCodes.failed : exitCodes.usage;
  }
}

function tell({ absent, unlisted }: WrittenSite): void {
  if (absent.length > 0)
    console.error(
      `${plural(absent.length, 'bundle')} of the list ${absent.length === 1 ? 'is' : 'are'} not in reports/, so without pages; the first: ${plain(absent[0] ?? '')}`,
    );
  if (unlisted.length > 0)
    console.error(
      `${plural(unlisted.length, 'bundle')} in reports/ ${unlisted.length === 1 ? 'is' : 'are'} not in the list: run \`takeover compile\` first. The first: ${plain(unlisted[0] ?? '')}`,
    );
}

async function readList(file: string): Promise<HardwareList> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new SiteError(
      `${shown(file)} can't be read: run \`takeover compile\`, or name the list with --list.`,
    );
  });
  const { version, list } = listIn(text);
  if (list) return list;
  const current = HardwareListSchema.entries.schemaVersion.literal;
  throw new SiteError(
    version === undefined
      ? `${shown(file)} is no hardware list: name the file that \`takeover compile\` wrote with --list.`
      : version === current
        ? `${shown(file)} is no list that \`takeover compile\` wrote: it was changed since, or cut short. Run \`takeover compile\`.`
        : `${shown(file)} is a list of version ${version}, and these pages are made of version ${current}: run \`takeover compile\`.`,
  );
}

/** What a file holds: a list of this version, or only the number of its version. */
function listIn(text: string): { readonly version?: number; readonly list?: HardwareList } {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  const list = v.safeParse(HardwareListSchema, read.output);
  if (list.success) return { list: list.output };
  const head = v.safeParse(
    v.object({ schemaVersion: v.number(), entries: v.array(v.unknown()) }),
    read.output,
  );
  return head.success ? { version: head.output.schemaVersion } : {};
}

/** Now, unless a build that is to be reproduced says otherwise (reproducible-builds.org, SOURCE_DATE_EPOCH). */
function moment(): string {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const at = epoch !== undefined && /^\d{1,11}$/.test(epoch) ? new Date(Number(epoch) * 1000) : new Date();
  return at.toISOString();
}
