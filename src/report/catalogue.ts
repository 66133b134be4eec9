/** Every case, chapter by chapter: what does not apply to this bench is folded into a line for each reason. */
import type { CaseResult, ProbeInfo, Result } from '../result.js';
import { byChapter } from './chapters.js';
import { groupBy } from './group.js';
import type { Links } from './links.js';
import { overviewOf } from './overview.js';
import { countsText, formatCount, outcomeWords, plural, worstWord } from './words.js';

/** A page's chapters; `shown` is a case by itself. */
export function chaptersOf<View>(
  { cases, probes }: { cases: readonly CaseResult[]; probes: readonly ProbeInfo[] },
  { anchorOf, hrefOf }: Links,
  shown: (c: CaseResult) => View,
) {
  const about = new Map(probes.map((probe) => [probe.id, probe]));
  return byChapter(probes, cases, ({ probe }) => probe).map(({ title, items }) => {
    const { applicable, idle } = partition(items);
    return {
      title,
      anchor: anchorOf(chapterAnchor(title)),
      ...worstWord(items.filter(({ outcome }) => outcome !== 'not-applicable')),
      ...(applicable.length === 0 && { tone: 'not-applicable', ...outcomeWords['not-applicable'] }),
      count: formatCount(items.length),
      counts: countsText(items),
      probes: applicable.map(([id, group]) => ({
        id,
        title: titleOf(about.get(id), group, id),
        counts: countsText(group),
        ...overviewOf(group, hrefOf, shown),
      })),
      idle: groupBy(idle, ({ reason }) => reason).map(([reason, group]) => ({
        reason,
        count: plural(group.length, 'case'),
        claims: [...new Set(group.map(({ probe }) => probe))].map((id) => titleOf(about.get(id), group, id)),
        cases: group.map(shown),
      })),
    };
  });
}

const chapterAnchor = (title: string) => `chapter/${title.toLowerCase().replaceAll(' ', '-')}`;

const titleOf = (probe: ProbeInfo | undefined, group: readonly CaseResult[], id: string): string =>
  probe?.title ?? group[0]?.title ?? id;

/** The probes that have something to show, and the cases of those that do not apply at all. */
function partition(cases: readonly CaseResult[]) {
  const applicable: [string, CaseResult[]][] = [];
  const idle: CaseResult[] = [];
  for (const [id, group] of groupBy(cases, ({ probe }) => probe)) {
    if (group.every(({ outcome }) => outcome === 'not-applicable')) idle.push(...group);
    else applicable.push([id, group]);
  }
  return { applicable, idle };
}

/** Cases that were left out, by reason and then by probe. */
export function leftOutOf(deselected: Result['deselected']) {
  return groupBy(deselected, ({ why }) => why).map(([why, group]) => ({
    why,
    count: plural(group.length, 'case'),
    probes: groupBy(group, ({ id }) => id.split('/').slice(0, 2).join('/')).map(([id, entries]) => ({
      id,
      names: entries.map((entry) => entry.id.slice(id.length + 1)).join(', '),
    })),
  }));
}
