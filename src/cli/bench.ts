/** `takeover init`, `doctor` and `restore`: the bench before and after a run. */
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Bench, BenchError } from '../bench/bench.js';
import { type Check, doctor } from '../bench/doctor.js';
import { readBench } from '../bench/file.js';
import { initBench } from '../bench/init.js';
import { restore } from '../bench/journal.js';
import { holdBench, remote } from '../engine/hold.js';
import { preflight } from '../engine/preflight.js';
import { openSsh } from '../host/ssh.js';
import { exitCodes } from '../result.js';
import type { LocalDriver } from '../wire/open.js';
import { stopOnSignals } from './signals.js';

export async function initCommand(file: string): Promise<number> {
  const text = await initBench();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new BenchError(
      error.code === 'EEXIST'
        ? `${file} is there already; name another file, or move it away.`
        : `${file} can't be written: ${error.message}.`,
    );
  });
  console.error(`Wrote ${file}. Look through it, then: takeover doctor ${file}`);
  return exitCodes.compliant;
}

export async function doctorCommand(file: string, flags: { readonly driver: LocalDriver }): Promise<number> {
  const bench = await readBench(file);
  const checks: Check[] = await doctor(bench, {
    ssh: async (access) => (await openSsh(access)).close(),
  });
  for (const check of checks) tell(check);
  if (checks.every(({ ok }) => ok !== false)) {
    const found = await cabling(bench, flags.driver);
    for (const check of found) tell(check);
    checks.push(...found);
  }
  const bad = checks.filter(({ ok }) => ok === false).length;
  console.error(bad === 0 ? 'The bench is ready.' : `${bad} of ${checks.length} checks failed.`);
  return bad === 0 ? exitCodes.compliant : exitCodes.usage;
}

function tell({ ok, text, mend }: Check): void {
  const symbol = ok === null ? '–' : ok ? '✓' : '✗';
  console.error(`${symbol} ${text}${mend ? `\n    ${mend}` : ''}`);
}

/** The checks that a run makes before its first case, with frames, on the bench as a run makes it ready. */
async function cabling(bench: Bench, driver: LocalDriver): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'takeover-doctor-'));
  const { signal, release } = stopOnSignals('the check');
  const options = { run: 'doctor', driver, seed: randomInt(1, 2 ** 31), stop: signal };
  try {
    const { value, notes } = await holdBench(bench, options, async ({ instrument }) => {
      const checks: Check[] = [];
      for (const device of bench.devices) {
        const found = await preflight(instrument, device, folder, (text) => console.error(`… ${text}`));
        checks.push(
          ...found.checks.map(({ id, ok, text }) => ({ id, ok, text: `${device.model}: ${text}` })),
        );
      }
      return checks;
    });
    return [...value, ...notes.map((text) => ({ id: 'note', ok: null, text }))];
  } finally {
    release();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function restoreCommand(): Promise<number> {
  const { undone, dropped, kept, live } = await restore({ remote });
  for (const line of undone) console.error(`✓ ${line}`);
  for (const line of [...dropped, ...live]) console.error(`– ${line}`);
  for (const line of kept) console.error(`✗ ${line}`);
  if (undone.length + dropped.length + kept.length + live.length === 0)
    console.error('Nothing was left to undo.');
  return kept.length === 0 ? exitCodes.compliant : exitCodes.inconclusive;
}
