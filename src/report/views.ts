/** The parts of a page that stand by themselves: a case, a count, a clause. */
import type { CaseResult, Finding, Level, Measurement, ProbeInfo } from '../result.js';
import { outcomes } from '../result.js';
import { safeLink } from './escape.js';
import { isViewFinding, isViewMeasurement, twoViewsOf, verdictWordOf } from './two-views.js';
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
export function findingWord({ holds }: Finding, { level, outcome }: CaseResult): TonedWord {
  if (holds === null)
    return { ...outcomeWords['not-applicable'], tone: 'not-applicable', word: 'not visible on this bench' };
  const said = holds ? holdsWord : holdsNotWord;
  const counts = isJudged(level) && (holds || outcome === 'fail');
  return counts ? { ...checkWord(holds), word: said.word } : said;
}

function measurementView(m: Measurement) {
  const { value, interval = null } = formatMeasurement(m);
  return { name: m.name, value, interval };
}

/** Both views of a host's belief, side by side; null where the case is not about one. */
function viewRows(c: CaseResult) {
  const views = twoViewsOf(c);
  if (!views) return null;
  const { outside, cache, agree } = views;
  return {
    disagree: agree === false,
    rows: [
      ...(outside ? [{ name: 'from outside', brief: verdictWordOf(c) ?? outside.says, ...outside }] : []),
      ...(cache ? [{ name: 'its cache', brief: cache.says, ...cache }] : []),
    ],
  };
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
    views: viewRows(c),
    findings: c.findings
      .filter((f) => !isViewFinding(f))
      .map((f) => ({ ...findingWord(f, c), text: f.text })),
    measurements: c.measurements.filter((m) => !isViewMeasurement(m)).map(measurementView),
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
