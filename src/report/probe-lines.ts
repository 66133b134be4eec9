/** A line for each claim, chapter by chapter: what the terminal says of cases that need no words. */
import type { CaseResult, Result } from '../result.js';
import { byChapter } from './chapters.js';
import { groupBy } from './group.js';
import { countsText, plural, type TonedWord, worstWord } from './words.js';

export interface ProbeLine {
  readonly id: string;
  readonly word: TonedWord;
  readonly counts: string;
}

export interface ProbeChapter {
  /** Empty where all claims are of one chapter. */
  readonly title: string;
  readonly lines: readonly ProbeLine[];
  /** Claims that do not apply at all, a sentence for each reason. */
  readonly idle: readonly string[];
}

export function probeChapters({ probes, cases }: Pick<Result, 'probes' | 'cases'>): ProbeChapter[] {
  const chapters = byChapter(probes, cases, ({ probe }) => probe);
  return chapters.map(({ title, items }) => {
    const groups = groupBy(items, ({ probe }) => probe);
    const idle = groups.filter(([, group]) => !applies(group)).flatMap(([, group]) => group);
    return {
      title: chapters.length > 1 ? title : '',
      lines: groups
        .filter(([, group]) => applies(group))
        .map(([id, group]) => ({ id, word: worstWord(group), counts: countsText(group) })),
      idle: groupBy(idle, ({ reason }) => reason).map(
        ([reason, group]) => `${plural(group.length, 'case')} not applicable: ${reason}`,
      ),
    };
  });
}

const applies = (cases: readonly CaseResult[]): boolean =>
  cases.some(({ outcome }) => outcome !== 'not-applicable');
