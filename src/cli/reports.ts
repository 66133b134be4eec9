/** The files that show a run: report.html, and the results in the formats of other tools. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { readEvidence } from '../evidence/store.js';
import type { Comparisons } from '../report/as-test.js';
import { renderCtrf } from '../report/ctrf.js';
import { decisiveAttempt } from '../report/decisive.js';
import { renderHtml } from '../report/html.js';
import { renderJunit } from '../report/junit.js';
import { renderTap } from '../report/tap.js';
import type { Attempt, Result } from '../result.js';

export interface StoredResult {
  readonly result: Result;
  readonly folder: string;
}

function decisive(result: Result, caseId: string): Attempt | undefined {
  const entry = result.cases.find(({ id }) => id === caseId);
  return entry && decisiveAttempt(entry);
}

export const formats = ['junit', 'tap', 'ctrf'] as const;
export type Format = (typeof formats)[number];

/** Where the capture that decided a case lies, as a link from `out`. */
function evidenceHref({ result, folder }: StoredResult, out: string, caseId: string): string | undefined {
  const path = decisive(result, caseId)?.evidence?.capture.path;
  return path === undefined
    ? undefined
    : relative(out, join(folder, path)).split(sep).map(encodeURIComponent).join('/');
}

/** Results in another tool's format; links in it start at `out`. */
export function render(
  format: Format,
  stored: readonly StoredResult[],
  out: string,
  comparisons?: Comparisons,
): string {
  const results = stored.map(({ result }) => result);
  if (format === 'junit') return renderJunit(results, comparisons);
  if (format === 'tap') return renderTap(results, comparisons);
  const folders = new Map(stored.map((one) => [one.result, one]));
  return renderCtrf(results, comparisons, {
    evidenceHref(result, caseId) {
      const one = folders.get(result);
      return one && evidenceHref(one, out, caseId);
    },
  });
}

export type Files = Readonly<Record<'html' | Format, string>>;

/** Writes all files into `out`, and says where. With comparisons, they show what got worse than the baseline. */
export async function writeReports(
  stored: readonly StoredResult[],
  out: string,
  comparisons?: Comparisons,
): Promise<Files> {
  await mkdir(out, { recursive: true });
  const files = {
    html: join(out, 'report.html'),
    junit: join(out, 'junit.xml'),
    tap: join(out, 'results.tap'),
    ctrf: join(out, 'ctrf-report.json'),
  };
  const inputs = stored.map((one) => ({
    result: one.result,
    comparison: comparisons?.get(one.result),
    async recordingOf(caseId: string) {
      const path = decisive(one.result, caseId)?.evidence?.capture.path;
      // A page without one picture is better than no page.
      return path === undefined
        ? undefined
        : readEvidence(dirname(join(one.folder, path))).catch(() => undefined);
    },
    evidenceHref: (caseId: string) => evidenceHref(one, out, caseId),
  }));
  await writeFile(files.html, await renderHtml(inputs, { generatedAt: new Date().toISOString() }));
  for (const format of formats) await writeFile(files[format], render(format, stored, out, comparisons));
  return files;
}
