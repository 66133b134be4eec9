/** The files that show a run: report.html and junit.xml. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { readEvidence } from '../evidence/store.js';
import { renderHtml } from '../report/html.js';
import { renderJunit } from '../report/junit.js';
import type { Attempt, Result } from '../result.js';

export interface StoredResult {
  readonly result: Result;
  readonly folder: string;
}

/** The attempt that decided a case: the last with its outcome that left evidence. */
function decisive(result: Result, caseId: string): Attempt | undefined {
  const entry = result.cases.find(({ id }) => id === caseId);
  return entry?.attempts.findLast(({ outcome, evidence }) => outcome === entry.outcome && evidence !== null);
}

/** Writes both files into `out`, and says where. */
export async function writeReports(
  results: readonly StoredResult[],
  out: string,
): Promise<{ html: string; junit: string }> {
  await mkdir(out, { recursive: true });
  const files = { html: join(out, 'report.html'), junit: join(out, 'junit.xml') };
  const inputs = results.map(({ result, folder }) => ({
    result,
    async recordingOf(caseId: string) {
      const path = decisive(result, caseId)?.evidence?.capture.path;
      // A page without one picture is better than no page.
      return path === undefined
        ? undefined
        : readEvidence(dirname(join(folder, path))).catch(() => undefined);
    },
    evidenceHref(caseId: string) {
      const path = decisive(result, caseId)?.evidence?.capture.path;
      return path === undefined
        ? undefined
        : relative(out, join(folder, path)).split(sep).map(encodeURIComponent).join('/');
    },
  }));
  await writeFile(files.html, await renderHtml(inputs, { generatedAt: new Date().toISOString() }));
  await writeFile(files.junit, renderJunit(results.map(({ result }) => result)));
  return files;
}
