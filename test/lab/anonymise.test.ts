/** Runs of the lab with addresses of somebody's network: what is left of those, and whether a judge can tell. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { probes } from '../../probes/index.js';
import { anonymise } from '../../src/bundle/anonymise.js';
import { readResult, rejudge } from '../../src/engine/rejudge.js';
import { writeResult } from '../../src/engine/result-file.js';
import { readEvidence } from '../../src/evidence/store.js';
import * as frame from '../../src/frame/index.js';
import type { Result } from '../../src/result.js';
import { dissect } from './dissect.js';
import { labRun, octetsOf, type RealRun, realRun } from './real-addresses.js';

const evidenceFolders = ({ cases }: Result) =>
  cases
    .flatMap(({ attempts }) => attempts)
    .flatMap(({ evidence }) => (evidence ? [dirname(evidence.capture.path)] : []));

/** So many captures are shown to tshark; the judge sees all. */
const dissected = 24;

describe('a run of somebody’s network, made harmless', () => {
  for (const kind of ['router', 'host', 'switch', 'nic'] as const) {
    describe(`of a ${kind}`, () => {
      let root: string;
      let run: RealRun;
      let out: string;

      before(async () => {
        root = mkdtempSync(join(tmpdir(), 'takeover-anonymise-'));
        out = join(root, 'out');
        run = await realRun(await labRun(kind), join(root, 'real'));
        assert.ok(run.real.size > 0, 'it has addresses to hide');
        const { folder, result } = run;
        const signal = new AbortController().signal;
        const made = await anonymise({ folder, result, deviceName: 'Acme S24', out, signal });
        await writeResult(out, made.result);
      });
      after(() => rmSync(root, { recursive: true }));

      it('is judged as before, with the same reasons', async () => {
        const again = await rejudge(out, await readResult(out), probes);
        const original = await rejudge(run.folder, run.result, probes);
        const said = (all: typeof again) =>
          all.map(({ caseId, attempt, again: outcome }) => [caseId, attempt, outcome]);
        assert.deepEqual(said(again), said(original));
        assert.deepEqual(
          again.filter(({ agrees }) => !agrees),
          [],
        );
      });

      it('holds none of the real addresses, in any octet or text', async () => {
        const real = [...run.real.values()];
        // Four octets come about by chance; those of IPv4 are looked for by tshark below, and in texts here.
        const octets = real.filter((address) => !frame.isIpv4(address)).map(octetsOfAddress);
        const texts = [...real, 'alice', 'acme.internal'];
        for (const path of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
          if (!/\.(json|pcapng)(\.gz)?$/.test(path)) continue;
          const bytes = await octetsOf(join(out, path));
          assert.deepEqual(
            octets.filter((one) => bytes.includes(one)),
            [],
            path,
          );
          if (path.includes('.json')) {
            const text = bytes.toString('utf8');
            assert.deepEqual(
              texts.filter((one) => mentions(text, one)),
              [],
              path,
            );
          }
        }
      });

      it('looks to tshark as it did, checksums included, and shows it no real address', async () => {
        const folders = evidenceFolders(run.result);
        const every = Math.max(1, Math.floor(folders.length / dissected));
        const sample = folders.filter((_, index) => index % every === 0);
        const framesIn = async (run: string) =>
          (await Promise.all(sample.map((path) => readEvidence(join(run, path)))))
            .flatMap(({ frames }) => frames.slice(0, 150))
            .map(({ bytes }) => bytes);
        const [before, harmless] = [await framesIn(run.folder), await framesIn(out)];
        const seen = dissect(harmless);
        assert.deepEqual(
          seen.map(({ faults }) => faults),
          dissect(before).map(({ faults }) => faults),
        );
        const shown = new Set(seen.flatMap(({ addresses }) => addresses));
        assert.ok(shown.size > 0);
        const real = new Set(run.real.values());
        assert.deepEqual(
          [...shown].filter((address) => real.has(address)),
          [],
        );
      });
    });
  }
});
const octetsOfAddress = (address: string): Buffer =>
  Buffer.from(frame.isMac(address) ? frame.macToBytes(address) : frame.ipToBytes(address));

const mentions = (text: string, address: string): boolean =>
  text.includes(address) &&
  new RegExp(`(?<![\\w.:])${address.replaceAll('.', '\\.')}(?![\\w:]|\\.\\d)`).test(text);
