/** Announcement × finding: which forms of announcement a switch follows, and what goes wrong with the others. Pure. */
import { announcementProbes } from '../announced.js';
import type { CaseResult, Finding, Outcome } from '../result.js';
import { isJudged, plural, type TonedWord, wordOf } from './words.js';

const { moved, learned, programs } = announcementProbes;

/** How a finding is called at the head of its column; any other is called by its id. */
const findingNames: Readonly<Record<string, string>> = {
  carried: 'carried to World',
  'reached-new': 'reached the new port',
  'no-stale-copy': 'no stale copy',
  'no-flood': 'no flood',
};

export interface MatrixCell extends TonedWord {
  readonly href: string | null;
  /** What the case saw, in a sentence. */
  readonly about: string;
}

export interface AnnouncementRow {
  readonly name: string;
  readonly title: string;
  readonly href: string;
  readonly verdict: TonedWord;
  /** One for each column; null: the case has no such finding. */
  readonly cells: readonly (MatrixCell | null)[];
}

export interface AnnouncementMatrix {
  readonly columns: readonly string[];
  readonly groups: readonly {
    readonly title: string;
    /** Columns of the whole table. */
    readonly span: number;
    readonly rows: readonly AnnouncementRow[];
  }[];
}

/** What a device does with each announcement; undefined where no case announced anything. */
export function announcementsOf(
  cases: readonly CaseResult[],
  hrefOf: (id: string) => string,
): AnnouncementMatrix | undefined {
  const of = (probe: string) => cases.filter((c) => c.probe === probe);
  const twins = new Map(of(learned).map((c) => [localName(c), c]));
  const frames = of(moved);
  const known = new Set(frames.map(localName));
  const rest = [...twins.values()].filter((c) => !known.has(localName(c)));
  const moves = [...frames, ...of(programs)];
  if (moves.length === 0) return undefined;
  const ids = [...new Set(moves.flatMap(({ findings }) => findings.map(({ id }) => id)))];
  const order = Object.keys(findingNames);
  ids.sort((x, y) => rank(order, x) - rank(order, y));
  const row = (c: CaseResult): AnnouncementRow => ({
    name: localName(c),
    title: c.title,
    href: hrefOf(c.id),
    verdict: wordOf(c),
    cells: [
      ...ids.map((id) => findingCell(c, togetherOf(c.findings.filter((finding) => finding.id === id)))),
      ...(twins.size > 0 ? [learnedCell(twins.get(localName(c)), hrefOf)] : []),
    ],
  });
  const learnedOnly = (c: CaseResult): AnnouncementRow => ({
    ...row(c),
    verdict: { symbol: '', word: 'not part of this run', tone: 'not-run' },
    cells: [...ids.map(() => null), learnedCell(c, hrefOf)],
  });
  const span = 2 + ids.length + Math.min(1, twins.size);
  const groups = [
    { title: 'One frame', rows: [...frames.map(row), ...rest.map(learnedOnly)] },
    { title: 'Failover software', rows: of(programs).map(row) },
  ];
  return {
    columns: [
      ...ids.map((id) => findingNames[id] ?? id.replaceAll('-', ' ')),
      ...(twins.size > 0 ? ['learned when first heard'] : []),
    ],
    groups: groups.filter(({ rows }) => rows.length > 0).map((group) => ({ ...group, span })),
  };
}

const rank = (order: readonly string[], id: string): number =>
  order.includes(id) ? order.indexOf(id) : order.length;

const localName = ({ id, probe }: CaseResult): string => id.slice(probe.length + 1);

function findingCell(c: CaseResult, finding: Finding | undefined): MatrixCell | null {
  if (!finding) return null;
  const about = finding.text;
  if (finding.holds === null)
    return { symbol: '–', word: 'not visible', tone: 'not-applicable', href: null, about };
  return { ...yesOrNo(finding.holds, c), href: null, about };
}

/** A case that moves several stations has a finding for each: what one lacks, the case lacks. */
function togetherOf(findings: readonly Finding[]): Finding | undefined {
  const [worst] = [false, null, true].flatMap((holds) =>
    findings.filter((finding) => finding.holds === holds),
  );
  return worst && { ...worst, text: findings.map(({ text }) => text).join('; ') };
}

function learnedCell(c: CaseResult | undefined, hrefOf: (id: string) => string): MatrixCell | null {
  if (!c) return null;
  const said = c.outcome === 'pass' || c.outcome === 'fail' ? yesOrNo(c.outcome === 'pass', c) : wordOf(c);
  return { ...said, href: hrefOf(c.id), about: c.reason };
}

/** The colour of a failure is only for what a case failed by, and only where that counts. */
function yesOrNo(holds: boolean, { level, outcome }: CaseResult): TonedWord {
  const judged = isJudged(level);
  if (holds) return { symbol: '✓', word: 'yes', tone: judged ? 'pass' : 'holds' };
  return { symbol: '✗', word: 'no', tone: judged && outcome === 'fail' ? 'fail' : 'holds-not' };
}

/** With which failover software the device works. */
export interface Compatibility {
  readonly works: readonly string[];
  /** The switch follows, by other frames than the announcement, which it drops: clients hear of nothing. */
  readonly unheard: readonly string[];
  readonly fails: readonly string[];
  readonly unsettled: readonly string[];
}

/** Undefined where no program was tried. What does not apply to this bench is not told, nor what is no program. */
export function compatibilityOf(cases: readonly CaseResult[]): Compatibility | undefined {
  const tried = cases.filter(
    ({ probe, level, outcome }) => probe === programs && isJudged(level) && outcome !== 'not-applicable',
  );
  if (tried.length === 0) return undefined;
  const named = (test: (c: CaseResult) => boolean) => tried.filter(test).map(localName);
  return {
    works: named((c) => c.outcome === 'pass' && isHeard(c)),
    unheard: named((c) => c.outcome === 'pass' && !isHeard(c)),
    fails: named(({ outcome }) => outcome === 'fail'),
    unsettled: named(({ outcome }) => outcome !== 'pass' && outcome !== 'fail'),
  };
}

const isHeard = ({ findings }: CaseResult): boolean =>
  !findings.some(({ id, holds }) => id === 'carried' && holds === false);

const unheardNote =
  ' – other frames moved the station, the announcement itself was dropped, so clients may not hear of the takeover';

/** `Works with keepalived, ucarp.`, `Not with metallb.`: only what there is, each with the outcome behind it. */
export function compatibilityLines(cases: readonly CaseResult[]) {
  const found = compatibilityOf(cases);
  if (!found) return [];
  const line = (word: TonedWord, label: string, names: readonly string[], note = '') =>
    names.length === 0 ? [] : [{ ...word, label, names: names.join(', ') + note }];
  const said = (outcome: Outcome) => wordOf({ level: 'must', outcome });
  return [
    ...line(said('pass'), 'Works with', found.works),
    ...line({ ...said('inconclusive'), symbol: '◐' }, 'Followed, but unheard', found.unheard, unheardNote),
    ...line(said('fail'), 'Not with', found.fails),
    ...line(said('inconclusive'), 'Not settled', found.unsettled),
  ];
}

/** For the verdict: `Works with 6 of 19 kinds of failover software.` */
export function compatibilitySentence(cases: readonly CaseResult[]): string | undefined {
  const found = compatibilityOf(cases);
  if (!found) return undefined;
  const tried = Object.values(found).flat().length;
  return `Works with ${found.works.length} of ${plural(tried, 'way')} in which failover software announces a takeover.`;
}
