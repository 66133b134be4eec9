/**
 * A host's belief seen twice: from outside, by what it sends, and in its own cache. What the cases of a host or router
 * say of both, when each followed, and where they disagree. Pure.
 */
import type { CaseResult, Measurement } from '../result.js';
import { groupBy } from './group.js';
import { formatMeasurement, formatQuantity, plural } from './words.js';

/** The findings that the views are told by, and the measurements of when each followed. */
const viewFindings = ['outside', 'cache', 'views-agree'];
const tookNames = { outside: 'followed, from outside', cache: 'followed, in its cache' } as const;

export const isViewFinding = ({ id }: { readonly id: string }): boolean => viewFindings.includes(id);
export const isViewMeasurement = ({ name }: Pick<Measurement, 'name'>): boolean =>
  name === tookNames.outside || name === tookNames.cache;

/** One of the two views of a case. */
export interface View {
  /** `updated: sends to the new owner`, `new owner (STALE)`. */
  readonly says: string;
  /** When it was seen to follow: `0.33 ms`; null where it did not, or nothing tells. */
  readonly took: string | null;
  readonly interval: string | null;
}

export interface TwoViews {
  readonly outside: View | null;
  readonly cache: View | null;
  /** Null: they could not be compared. */
  readonly agree: boolean | null;
}

/** Undefined where a case looked at no belief. */
export function twoViewsOf({
  findings,
  measurements,
}: Pick<CaseResult, 'findings' | 'measurements'>): TwoViews | undefined {
  const found = (id: string) => findings.findLast((finding) => finding.id === id);
  const [outside, cache] = [found('outside'), found('cache')];
  if (!outside && !cache) return undefined;
  const view = (text: string, name: string): View => {
    const m = measurements.find((measurement) => measurement.name === name);
    const { value = null, interval = null } = m ? formatMeasurement(m) : {};
    return { says: text.replace(/^(?:from outside|its cache): /, ''), took: value, interval };
  };
  return {
    outside: outside ? view(outside.text, tookNames.outside) : null,
    cache: cache && cache.holds !== null ? view(cache.text, tookNames.cache) : null,
    agree: found('views-agree')?.holds ?? null,
  };
}

/** The longest that it took any of the cases to follow: `at most 0.65 ms`; null where none did. */
export function worstTook(cases: readonly CaseResult[], view: keyof typeof tookNames): string | null {
  const taken = cases.flatMap(({ measurements }) =>
    measurements.filter(({ name }) => name === tookNames[view]),
  );
  const [worst] = taken.sort((x, y) => (y.high ?? y.value) - (x.high ?? x.value));
  return worst ? formatQuantity(worst.high ?? worst.value, worst.unit) : null;
}

const verdictWord = /^(updated|invalidated|ignored|created|unchanged)\b/;

/** What a stimulus did to the entry, in one of the catalogue's words; undefined where the case does not say. */
export function verdictWordOf(
  c: Pick<CaseResult, 'observed' | 'findings' | 'measurements'>,
): string | undefined {
  const says = [c.observed, twoViewsOf(c)?.outside?.says ?? ''];
  return says.flatMap((text) => verdictWord.exec(text)?.[1] ?? [])[0];
}

/** What is to be said of both views on top of a device's page, once. */
export interface ViewsSummary {
  /** `The two views disagree in 3 cases.`, or that they agree; undefined where none was seen twice. */
  readonly sentence: string | undefined;
  readonly disagreeing: readonly CaseResult[];
  /** Why the cache is not in sight, a sentence for each reason. */
  readonly unseen: readonly string[];
}

/** Undefined where no case looked at a belief. */
export function viewsSummary(cases: readonly CaseResult[]): ViewsSummary | undefined {
  const seen = cases.flatMap((c) => {
    const views = twoViewsOf(c);
    return views && c.outcome !== 'not-applicable' ? [{ c, views }] : [];
  });
  if (seen.length === 0) return undefined;
  const compared = seen.filter(({ views }) => views.agree !== null);
  const disagreeing = compared.filter(({ views }) => views.agree === false).map(({ c }) => c);
  const without = seen.filter(({ views }) => views.cache === null);
  const reasons = groupBy(without, ({ c }) => c.findings.find(({ id }) => id === 'cache')?.text ?? noCache);
  return {
    sentence: sentenceOf(compared.length, disagreeing.length),
    disagreeing,
    unseen: reasons.map(([reason, { length }]) => {
      const some = `${plural(length, 'case')} of ${seen.length} ${length === 1 ? 'was' : 'were'}`;
      return `${length === seen.length ? 'All cases were' : some} judged from outside alone: ${reason.replace(/\.$/, '')}.`;
    }),
  };
}

const noCache = 'it was not read';

function sentenceOf(compared: number, disagreeing: number): string | undefined {
  if (compared === 0) return undefined;
  if (disagreeing === 0)
    return `From outside and in its cache the same was seen in all ${plural(compared, 'case')} that show both.`;
  return `The two views disagree in ${disagreeing} of ${plural(compared, 'case')}: what it sends is not what its cache says.`;
}
