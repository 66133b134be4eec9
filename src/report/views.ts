/** The parts of a page that stand by themselves: a case, a count, a clause. */
import type { CaseResult, Finding, Level, Measurement, ProbeInfo } from '../result.js';
import { outcomes } from '../result.js';
import { safeLink } from './escape.js';
import {
  countOutcomes,
  formatCount,
  formatMeasurement,
  formatNs,
  holdsNotWord,
  holdsWord,
  isJudged,
  levelWords,
  outcomeWords,
  type TonedWord,
  wordOf,
} from './words.js';

export const checkWord = (ok: boolean): TonedWord => wordOf({ level: 'must', outcome: ok ? 'pass' : 'fail' });

export function levelRow(level: Level, cases: readonly CaseResult[]) {
  const chosen = cases.filter((c) => c.level === level);
  if (chosen.length === 0) return [];
  const counts = countOutcomes(chosen);
  return [
    {
      level,
      meaning: levelWords[level],
      total: formatCount(chosen.length),
      counts: outcomes
        .filter((outcome) => counts[outcome] > 0)
        .map((outcome) => {
          const said = wordOf({ level, outcome });
          const word =
            counts[outcome] === 1 ? said.word : said.word.replace('holds', 'hold').replace('does', 'do');
          return { ...said, word, count: formatCount(counts[outcome]) };
        }),
    },
  ];
}

export function clauseView(probe: ProbeInfo | undefined) {
  if (!probe) return null;
  const { document, clause, link } = probe.requirement;
  return { text: `${document} ${clause}`.trim(), link: safeLink(link) ?? null };
}

/** What does not hold is a failure only where the case failed by it. */
function findingView({ holds, text }: Finding, { level, outcome }: CaseResult) {
  if (holds === null)
    return {
      ...outcomeWords['not-applicable'],
      tone: 'not-applicable',
      word: 'not visible on this bench',
      text,
    };
  const { word } = holds ? holdsWord : holdsNotWord;
  if (isJudged(level) && (holds || outcome === 'fail')) return { ...checkWord(holds), word, text };
  return { ...(holds ? holdsWord : holdsNotWord), text };
}

function measurementView(m: Measurement) {
  const { value, interval = null } = formatMeasurement(m);
  return { name: m.name, value, interval };
}

export function caseView(c: CaseResult, probe: ProbeInfo | undefined) {
  return {
    ...wordOf(c),
    id: c.id,
    title: c.title,
    level: c.level,
    reason: c.reason,
    why: probe?.why ?? null,
    clause: clauseView(probe),
    expected: c.expected || null,
    observed: c.observed || null,
    findings: c.findings.map((finding) => findingView(finding, c)),
    measurements: c.measurements.map(measurementView),
    qualifiers: c.qualifiers,
    attempts: c.attempts.map((attempt, i) => ({
      ...wordOf({ level: c.level, outcome: attempt.outcome }),
      number: i + 1,
      reason: attempt.reason === c.reason ? null : attempt.reason,
      startedAt: formatTime(attempt.startedAt),
      took: formatNs(attempt.durationMs * 1e6),
      digest: attempt.evidence?.capture.sha256.slice(0, 16) ?? null,
    })),
  };
}

/** `2025-11-20 14:03:07 UTC`; what is no date stands as it was given. */
export function formatTime(iso: string): string {
  const ms = Date.parse(iso);
  if (!Number.isFinite(ms)) return iso;
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
