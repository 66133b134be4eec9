/** `takeover verify`: what a bundle is worth, a line for each thing that was checked. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BenchError } from '../bench/bench.js';
import { BundleError, type Refusal } from '../bundle/bundle.js';
import { readingBounds, trustFiles } from '../bundle/layout.js';
import { printable, type RefusalCode, refusal, refusalMends } from '../bundle/refusals.js';
import type { Subject } from '../bundle/schema.js';
import { foreignScripts } from '../bundle/spelling.js';
import { readTrust, type Trust } from '../bundle/trust.js';
import { reportsFolderOf, type Verified } from '../bundle/verify.js';
import type { VerifyData } from '../bundle/verify-thread.js';
import { runPool } from '../list/pool.js';
import { groupBy } from '../report/group.js';
import { exactName, plural } from '../report/words.js';
import { exitCodes } from '../result.js';
import { packageRoot } from '../root.js';
import type { VerifyFlags } from './bundle-options.js';
import { print, shown } from './run.js';

export async function verifyCommand(bundles: readonly string[], flags: VerifyFlags): Promise<number> {
  const missing = bundles.find((bundle) => !existsSync(bundle));
  if (missing !== undefined) {
    throw new BenchError(`${printable(missing)} does not exist: name the folder of a bundle.`);
  }
  if (flags.reports !== undefined && !existsSync(join(flags.reports, trustFiles.signers))) {
    const what = `${printable(flags.reports)} holds no ${trustFiles.signers}`;
    throw new BenchError(`${what}: name the folder whose keys count with --reports.`);
  }
  const all: ({ readonly bundle: string; readonly accepted: boolean } & Verified)[] = [];
  const tell = (bundle: string, verified: Verified) => {
    const accepted = verified.refusals.length === 0;
    all.push({ bundle, accepted, ...verified });
    console.error([`${accepted ? '✓' : '✗'} ${printable(shown(bundle))}`, ...linesOf(verified)].join('\n  '));
  };
  for (const [reports, folders] of groupBy(
    bundles.map((bundle) => resolve(bundle)),
    trustedFor(flags.reports),
  )) {
    await verifyAll(folders, reports, flags, tell);
  }
  if (flags.json) await print(`${JSON.stringify(all, null, 2)}\n`);
  return all.every(({ accepted }) => accepted) ? exitCodes.compliant : exitCodes.failed;
}

/** Whose keys count for a bundle: of the folder that it is told, of the one that the bundle lies in, or of the package. */
function trustedFor(told: string | undefined): (folder: string) => string {
  return (folder) => {
    const own = reportsFolderOf(folder);
    const hasOwn = existsSync(join(own, trustFiles.signers));
    return told ?? (hasOwn ? own : join(packageRoot, 'reports'));
  };
}

/** In a thread of its own: a hostile file may end the thread, and nothing else. */
async function verifyAll(
  folders: readonly string[],
  reports: string,
  flags: VerifyFlags,
  tell: (folder: string, verified: Verified) => void,
): Promise<void> {
  let trust: Trust;
  try {
    trust = await readTrust(reports);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    for (const folder of folders) tell(folder, { refusals: error.refusals });
    return;
  }
  const { new: isNew, newWithdrawal: isWithdrawnAnew = isNew, judge } = flags;
  const options = { isNew, isWithdrawnAnew, judge, now: new Date() };
  await runPool<string, Verified>(folders, {
    module: new URL('../bundle/verify-thread.js', import.meta.url),
    workerData: { trust, options } satisfies VerifyData,
    threads: 1,
    ...readingBounds.verify,
    answered: tell,
    died: (folder, why) => tell(folder, { refusals: [refusal('too-large', `reading it ${why}`)] }),
  });
}

/** So many of one kind are told; `--json` has all. */
const told = 20;

/** A line for each reason; where several have one mend, it stands once. */
function refusalLines(refusals: readonly Refusal[]): string[] {
  return [...groupBy(refusals, ({ code }) => code)].flatMap(([code, group]) => {
    const mend = `; ${refusalMends[code as RefusalCode]}.`;
    if (group.length === 1) return group.map(({ text }) => `✗ ${code}: ${text}`);
    const rest = group.length - told;
    return [
      `✗ ${code}: ${group.length} times${mend}`,
      ...group
        .slice(0, told)
        .map(({ text }) => `    ${text.endsWith(mend) ? text.slice(0, -mend.length) : text}`),
      ...(rest > 0 ? [`    … and ${rest} more, which --json shows`] : []),
    ];
  });
}

/** Words that are wholly of another script may look like Latin ones, and may well be honest: whoever reviews should know. */
function scriptLines({ device, tester }: Subject): string[] {
  const { vendor, model, hardware = '', firmware } = device;
  return Object.entries({ vendor, model, hardware, firmware, organisation: tester.organisation }).flatMap(
    ([field, name]) => {
      const scripts = foreignScripts(name);
      return scripts.length > 0 ? [`· ${field}: ${name} has letters that are ${scripts.join(' and ')}`] : [];
    },
  );
}

function linesOf({ refusals, opened }: Verified): string[] {
  const refused = refusalLines(refusals);
  if (!opened) return refused;
  const { subject, files, octets, signer, withdrawn, differences, lookAlike, cases, judged } = opened;
  return [
    `✓ schema: ${exactName(subject.device)}, ${plural(cases, 'case')}`,
    `✓ files: ${files}, ${Math.ceil(octets / 1024)} KiB, each as manifest.json lists it`,
    '✓ addresses: none in its texts that is not for publishing',
    signer
      ? `✓ signature: ${signer.organisation} (${signer.relation}), as ${signer.principal}, ${signer.fingerprint}`
      : '· signature: none, so that it is a preview and counts for nothing',
    judged === undefined
      ? '· verdicts: not judged again (--no-judge)'
      : refusals.some(({ code }) => code === 'verdict')
        ? `✗ verdicts: ${plural(judged, 'attempt')} judged again, and what they show differs`
        : `✓ verdicts: ${plural(judged, 'attempt')} judged again, and every verdict agrees`,
    ...scriptLines(subject),
    ...(lookAlike
      ? [`· name: it looks like ${printable(lookAlike.name)}, of reports/${lookAlike.path}`]
      : []),
    ...differences.map(
      ({ field, subject: said = 'nothing', result: ran = 'nothing' }) =>
        `· ${printable(field)}: subject.json says ${printable(said)}, the run said ${printable(ran)}`,
    ),
    ...(withdrawn ? [`· withdrawn at ${withdrawn.at}: ${printable(withdrawn.reason)}`] : []),
    ...refused,
  ];
}
