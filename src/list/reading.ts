/** A thread that opens bundles and judges them again; a path in, a record or the refusals out. */
import { parentPort, workerData } from 'node:worker_threads';
import { BundleError } from '../bundle/bundle.js';
import { openBundle, readTrust, type Trust } from '../bundle/open.js';
import type { Catalogue } from './catalogue.js';
import { type BundleRecord, recordOf } from './record.js';
import { EvidenceSketch } from './sketch.js';

export interface ReaderData {
  readonly reportsFolder: string;
  readonly catalogue: Catalogue;
  /** False only where the judging is not what is measured. */
  readonly judge: boolean;
}

export type Reading =
  | { readonly record: BundleRecord; readonly openMs: number; readonly judgeMs: number }
  | { readonly problems: readonly string[] };

const { reportsFolder, catalogue, judge } = workerData as ReaderData;
let trust: Promise<Trust> | undefined;

async function read(path: string): Promise<Reading> {
  const began = performance.now();
  try {
    trust ??= readTrust(reportsFolder);
    const bundle = await openBundle(reportsFolder, path, await trust, { evidence: 'listed' });
    const opened = performance.now();
    const sketch = new EvidenceSketch();
    const judged = judge
      ? await (await import('../bundle/judge.js')).judgeBundle(bundle, undefined, (one) =>
          sketch.add(one.frames),
        )
      : [];
    const record = recordOf(bundle, judged, catalogue, `${sketch}`);
    return { record, openMs: opened - began, judgeMs: performance.now() - opened };
  } catch (error) {
    const refusals =
      error instanceof BundleError ? error.refusals.map(({ text }) => text) : [(error as Error).message];
    return { problems: refusals.map((text) => `reports/${path}: ${text}`) };
  }
}

parentPort?.on('message', ({ path }: { readonly path: string }) => {
  void read(path).then((reading) => parentPort?.postMessage(reading));
});
