/** Judges a bundle again: its attempts from their evidence, its cases from their attempts and the catalogue. */
import { probes as catalogue } from '../../probes/index.js';
import { catalogueDigest } from '../engine/catalogue.js';
import { type Rejudged, rediagnose } from '../engine/rejudge.js';
import type { Probe } from '../probe.js';
import type { CaseResult, DeviceKind } from '../result.js';
import { version } from '../root.js';
import { wrongClaim } from './attempts.js';
import type { Bundle } from './bundle.js';
import { catalogueProblems, needsMet } from './catalogue-claims.js';
import { AttemptJudge, type TriedAgain } from './judge-attempt.js';
import { printable } from './refusals.js';

/**
 * A comparison for each attempt, one for each case that does not follow from its attempts (`attempt` 0), and one for what is
 * wrong with the whole (`caseId` empty). Memory is bounded for any bundle that was opened; a recording may be made so that
 * judging it takes long, so a stranger's is judged where it can be ended. Never rejects because of what the bundle holds.
 */
export async function judgeBundle(
  bundle: Bundle,
  probes: readonly Probe[] = catalogue,
): Promise<readonly Rejudged[]> {
  const { result } = bundle;
  const sameCatalogue = result.suite.catalogueDigest === catalogueDigest(probes);
  const sameSuite = sameCatalogue && result.suite.version === version;
  const judge = new AttemptJudge(bundle, probes, sameSuite);
  const judged: Rejudged[] = [];
  for (const entry of result.cases) {
    const tried = entry.attempts.map((attempt) => judge.judge(entry, attempt));
    const compared = tried.map((one, index) => compare(entry, index + 1, one));
    judged.push(...compared);
    if (!compared.every(({ agrees }) => agrees)) continue;
    const crowd = mayCrowd(entry, probes, result.device.kind);
    const wrong = wrongClaim(entry, tried, { mayCrowd: crowd, sameSuite });
    if (wrong !== undefined) judged.push(mismatch(entry, wrong));
  }
  const met = needsMet(result, judge.declared, probes);
  const problems = catalogueProblems(result, met, probes, { sameCatalogue, sameSuite });
  judged.push(...problems.map(({ entry, text }) => mismatch(entry, text)));
  const misdiagnosed = sameSuite ? rediagnose(result) : undefined;
  if (misdiagnosed !== undefined) judged.push(mismatch({ id: '', outcome: 'not-run' }, misdiagnosed));
  return judged;
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
