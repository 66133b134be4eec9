/** Judges a bundle again: its attempts from their evidence, its cases from their attempts and the catalogue. */
import { probes as catalogue } from '../../probes/index.js';
import { diagnose } from '../diagnosis/diagnose.js';
import { catalogueDigest } from '../engine/catalogue.js';
import { type Rejudged, rediagnose } from '../engine/rejudge.js';
import type { Recording } from '../evidence/recording.js';
import { canonical } from '../list/canonical.js';
import { isEarlier, type PublishedSuites, publishedSuites } from '../list/suites.js';
import type { Probe } from '../probe.js';
import { type CaseResult, type DeviceKind, type Result, relearnLimit } from '../result.js';
import { wrongClaim } from './attempts.js';
import type { Bundle } from './bundle.js';
import { catalogueProblems, needsMet } from './catalogue-claims.js';
import { AttemptJudge, type TriedAgain } from './judge-attempt.js';
import { printable } from './refusals.js';

/**
 * A comparison for each attempt, one for each case that does not follow from its attempts (`attempt` 0), and one for what is
 * wrong with the whole (`caseId` empty). Memory is bounded for any bundle that was opened; a recording may be made so that
 * judging it takes long, so a stranger's is judged where it can be ended. Never rejects because of what the bundle holds.
 *
 * @param onRecording is shown each recording, so that nobody has to read it twice
 */
export async function judgeBundle(
  bundle: Bundle,
  probes: readonly Probe[] = catalogue,
  onRecording: (recording: Recording) => void = () => undefined,
  published: PublishedSuites = publishedSuites,
): Promise<readonly Rejudged[]> {
  const { result } = bundle;
  const sameCatalogue = result.suite.catalogueDigest === catalogueDigest(probes);
  // Anybody can name a suite that never was: only one that the project published may have had other words.
  const ownWords = !isEarlier(result.suite, published);
  const judge = new AttemptJudge(bundle, probes, ownWords, onRecording);
  const judged: Rejudged[] = [];
  for (const entry of result.cases) {
    const tried = entry.attempts.map((attempt) => judge.judge(entry, attempt));
    const compared = tried.map((one, index) => compare(entry, index + 1, one));
    judged.push(...compared);
    if (!compared.every(({ agrees }) => agrees)) continue;
    const crowd = mayCrowd(entry, probes, result.device.kind);
    const probe = ownWords ? probes.find(({ id }) => id === entry.probe) : undefined;
    const wrong = wrongClaim(entry, tried, { mayCrowd: crowd, ...(probe && { words: probe.title }) });
    if (wrong !== undefined) judged.push(mismatch(entry, wrong));
  }
  const met = needsMet(result, judge.declared, probes);
  const problems = catalogueProblems(result, met, probes, { sameCatalogue, ownWords });
  judged.push(...problems.map(({ entry, text }) => mismatch(entry, text)));
  const ofWhole = ownWords ? [wrongLimit(result), wrongCauses(result)].flatMap((text) => text ?? []) : [];
  judged.push(...ofWhole.map((text) => mismatch({ id: '', outcome: 'not-run' }, text)));
  return judged;
}

/** Without the bench's limit each attempt could be held against one of its own; and no bench file can set any other. */
function wrongLimit({ bench }: Result): string | undefined {
  const { relearnMs } = bench.limits ?? {};
  const { leastMs, mostMs } = relearnLimit;
  if (relearnMs === undefined) return 'it does not say which limit the bench held the device to';
  return Number.isInteger(relearnMs) && relearnMs >= leastMs && relearnMs <= mostMs
    ? undefined
    : `the bench’s limit is ${relearnMs} ms, and can only be ${leastMs} to ${mostMs} whole ones`;
}

/** The likely causes with all their words: what to change on the device is read by whoever owns one. */
function wrongCauses(result: Result): string | undefined {
  const wrong = rediagnose(result);
  if (wrong !== undefined || canonical(result.diagnoses) === canonical(diagnose(result.cases))) return wrong;
  return 'the likely causes are not told as this suite tells them';
}

function compare({ id }: CaseResult, attempt: number, { outcome, judgement, problem }: TriedAgain): Rejudged {
  const text = problem ?? judgement?.reason ?? 'the harness failed, so there is no verdict';
  return {
    caseId: id,
    attempt,
    stored: outcome,
    again: problem === undefined ? judgement?.outcome : undefined,
    agrees: problem === undefined && (judgement?.outcome ?? outcome) === outcome,
    text: printable(text),
    ...(problem === undefined && judgement && { qualifiers: judgement.qualifiers }),
  };
}

function mismatch({ id, outcome }: Pick<CaseResult, 'id' | 'outcome'>, text: string): Rejudged {
  return { caseId: id, attempt: 0, stored: outcome, again: undefined, agrees: false, text: printable(text) };
}

/** Whether another case may have brought a failure about, so that it was tried again alone: on a host that has room for few
 *  neighbours, and where cases ran side by side. */
function mayCrowd({ id, probe: probeId }: CaseResult, probes: readonly Probe[], kind: DeviceKind): boolean {
  const probe = probes.find((one) => one.id === probeId);
  const ownWay = probe?.cases.find((one) => `${probeId}/${one.id}` === id)?.sideBySide;
  const besideOthers = ownWay ?? probe?.sideBySide ?? false;
  return kind === 'host' || kind === 'router' || (probe?.confirmAlone === true && besideOthers);
}
