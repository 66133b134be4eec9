/** Many honest bundles, made of one: each with a device, a run, a recording and a signature of its own. */
import { createHash } from 'node:crypto';
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleFiles } from '../../src/bundle/layout.js';
import type { Manifest, Subject } from '../../src/bundle/schema.js';
import type { Result } from '../../src/result.js';
import { packageRoot } from '../../src/root.js';
import { createKey, type TestKey, trustParties } from '../unit/bundle-fixtures.js';

const tester = { organisation: 'Bench Lab', relation: 'lab' } as const;
/** Runs of one device, on average. */
const runsPerDevice = 2;

export interface BundleMaker {
  /** Writes bundle number n; its files of evidence, but one, are links to one copy of them. */
  make(n: number): void;
  readonly resultBytes: number;
  readonly filesPerBundle: number;
}

/** Prepares a reports folder, and below `pool`, on the same file system, one copy of the evidence.
 *
 * @param attempts how many keep their evidence: each is two files and two folders. */
export async function createBundleMaker(
  reportsFolder: string,
  pool: string,
  attempts: number,
): Promise<BundleMaker> {
  const key: TestKey = createKey();
  await trustParties(reportsFolder, [{ ...tester, key }]);
  const { folder, result: base } = aSwitch();
  dropEvidence(base, attempts);
  const text = json(base).toString();
  const files = evidenceFiles(JSON.parse(text) as Result);
  const sizes = new Map(
    files.map((path) => {
      const copy = join(pool, path);
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(join(folder, path), copy);
      return [path, readFileSync(copy).length];
    }),
  );
  return {
    resultBytes: text.length,
    filesPerBundle: files.length + 4,
    make(n) {
      const result = JSON.parse(text) as Result;
      const own = Buffer.from(`{"bundle":${n}}`);
      const device = {
        ...result.device,
        vendor: `Vendor ${n % 100}`,
        model: `M${Math.floor(n / runsPerDevice)}`,
      };
      const run = { ...result.run, id: `bench-${n}` };
      const changed = changeFirst({ ...result, run, device }, sha256(own));
      const subject: Subject = { schemaVersion: 1, device, tester };
      const place = join(reportsFolder, `vendor-${n % 100}`, `m${Math.floor(n / runsPerDevice)}`, `run-${n}`);
      const contents = new Map([
        [bundleFiles.result, json(changed.result)],
        [bundleFiles.subject, json(subject)],
        [changed.path, own],
      ]);
      const manifest: Manifest = {
        schemaVersion: 1,
        createdAt: result.run.endedAt,
        files: [
          ...[...contents].map(([path, bytes]) => ({ path, size: bytes.length, sha256: sha256(bytes) })),
          ...evidenceDigests(changed.result)
            .filter(({ path }) => path !== changed.path)
            .map(({ path, sha256: digest }) => ({ path, size: sizes.get(path) ?? 0, sha256: digest })),
        ],
      };
      for (const folderOf of new Set(files.map((path) => dirname(join(place, path)))))
        mkdirSync(folderOf, { recursive: true });
      for (const path of files) if (path !== changed.path) linkSync(join(pool, path), join(place, path));
      for (const [path, bytes] of contents) writeFileSync(join(place, path), bytes);
      const manifestText = json(manifest);
      writeFileSync(join(place, bundleFiles.manifest), manifestText);
      writeFileSync(join(place, bundleFiles.signature), key.sign(manifestText));
    },
  };
}

const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The first run of a switch below reports/. */
function aSwitch(): { readonly folder: string; readonly result: Result } {
  const reports = join(packageRoot, 'reports');
  for (const name of readdirSync(reports, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith(`/${bundleFiles.result}`)) continue;
    const result = JSON.parse(readFileSync(join(reports, name), 'utf8')) as Result;
    if (result.device.kind === 'switch') return { folder: dirname(join(reports, name)), result };
  }
  throw new Error('reports/ holds no run of a switch to make bundles of.');
}

function dropEvidence({ cases }: Result, kept: number): void {
  for (const attempt of cases.flatMap(({ attempts }) => attempts).slice(kept)) attempt.evidence = null;
}

const evidenceDigests = ({ cases }: Result) =>
  cases.flatMap(({ attempts }) =>
    attempts.flatMap(({ evidence }) => (evidence ? [evidence.capture, evidence.events] : [])),
  );

const evidenceFiles = (result: Result) => evidenceDigests(result).map(({ path }) => path);

/** Gives the first capture another digest, so that no two bundles have the same evidence. */
function changeFirst(result: Result, digest: string): { readonly result: Result; readonly path: string } {
  const [first] = evidenceDigests(result);
  if (!first) throw new Error('The run has no evidence.');
  first.sha256 = digest;
  return { result, path: first.path };
}
