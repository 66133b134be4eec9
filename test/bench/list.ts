/**
 * What `takeover compile` costs, with the judging left out unless it is asked for:
 *
 *     npm run bench -- list [--bundles N] [--attempts N] [--folder F] [--judge] [--json]
 *
 * Makes N bundles of a switch's whole run, two of each device, with the evidence of so many of its attempts, and compiles
 * them: from nothing, again with nothing changed, and with one bundle more. Without judging, `from nothing` is what it costs to
 * open them all: files, digests, signature, schema, and whatever else a bundle is refused for.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type Compiled, compileTo } from '../../src/list/compile.js';
import { createBundleMaker } from './list-bundles.js';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    bundles: { type: 'string', default: '1000' },
    attempts: { type: 'string', default: '1000' },
    folder: { type: 'string' },
    judge: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.bundles);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'takeover-bench-'));
const reports = join(folder, 'reports');
const file = join(folder, 'hardware-list.json');
const cacheFolder = join(folder, 'cache');

interface Measured {
  readonly name: string;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakMiB: number;
  readonly heapMiB: number;
  readonly opened: number;
  /** Of one bundle's opening, in its thread. */
  readonly openMs: number;
}

/** The highest resident set while something runs; asked by another thread, since ours is busy. */
async function watched<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly peakMiB: number }> {
  const peak = new SharedArrayBuffer(4);
  const watcher = new Worker(
    `const { workerData } = require('node:worker_threads');
     const peak = new Int32Array(workerData);
     setInterval(() => { peak[0] = Math.max(peak[0], process.memoryUsage.rss() >> 20); }, 20);`,
    { eval: true, workerData: peak },
  );
  try {
    return { value: await work(), peakMiB: new Int32Array(peak)[0] ?? 0 };
  } finally {
    await watcher.terminate();
  }
}

async function measure(name: string): Promise<Measured> {
  const began = performance.now();
  const before = process.cpuUsage();
  const { value, peakMiB } = await watched<Compiled>(() =>
    compileTo(reports, file, { cacheFolder, judge: values.judge, progress: process.stderr }),
  );
  const { user, system } = process.cpuUsage(before);
  return {
    name,
    seconds: (performance.now() - began) / 1000,
    processorSeconds: (user + system) / 1e6,
    peakMiB,
    heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
    opened: value.opened,
    openMs: value.opened === 0 ? 0 : value.openMs / value.opened,
  };
}

const maker = await (async () => {
  mkdirSync(reports, { recursive: true });
  const made = await createBundleMaker(reports, join(folder, 'pool'), Number(values.attempts));
  const began = performance.now();
  for (let n = 0; n < count; n += 1) made.make(n);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stderr.write(`${count} bundles made in ${seconds} s.\n`);
  return made;
})();
const rounds = [await measure('from nothing'), await measure('nothing changed')];
maker.make(count);
rounds.push(await measure('one bundle more'));
const listMiB = statSync(file).size / 2 ** 20;
if (values.json) {
  console.log(JSON.stringify({ bundles: count, resultBytes: maker.resultBytes, listMiB, rounds }, null, 2));
} else {
  console.log(
    `${count} bundles of ${maker.filesPerBundle} files, result.json of ${maker.resultBytes >> 10} KiB; the list has ${listMiB.toFixed(1)} MiB.`,
  );
  for (const { name, seconds, processorSeconds, peakMiB, heapMiB, opened, openMs } of rounds) {
    console.log(
      `${name.padEnd(16)} ${seconds.toFixed(2).padStart(8)} s  ${processorSeconds.toFixed(2).padStart(8)} s of processor  ${opened} opened in ${openMs.toFixed(1)} ms each  ${peakMiB} MiB at most, heap ${heapMiB.toFixed(0)} MiB`,
    );
  }
}
if (values.folder === undefined && existsSync(folder)) rmSync(folder, { recursive: true, force: true });
