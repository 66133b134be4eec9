/** What a page shows of hosts and routers alone: both views of them, and which announcements they follow. */
import type { CaseResult } from '../result.js';
import type { FamilyAnswer } from './advice.js';
import { groupBy } from './group.js';
import { viewsSummary } from './two-views.js';
import { plural } from './words.js';

/** Whether a host follows, way by way. */
export function waysView(answers: readonly FamilyAnswer[], hrefOf: (id: string) => string) {
  const cache = answers.some(({ rows }) => rows.some(({ took }) => took.cache !== null));
  return {
    cache,
    span: cache ? 4 : 3,
    changes: answers.flatMap(({ title, change, isMissed }) =>
      change === undefined ? [] : [{ title, change, isMissed }],
    ),
    answers: answers.map(({ title, sentence, rows }) => ({
      ...{ title, sentence },
      rows: rows.map((row) => ({ ...row, sentBy: row.sentBy.join(', '), href: hrefOf(row.caseId) })),
    })),
  };
}

/** More links would push the page's answers out of sight. */
const shownAtOnce = 12;

/** What stands on top of a host's page about its two views; null where nothing was seen of either. */
export function viewsBox(cases: readonly CaseResult[], hrefOf: (id: string) => string) {
  const summary = viewsSummary(cases);
  if (!summary) return null;
  return {
    sentence: summary.sentence ?? null,
    unseen: summary.unseen,
    count: plural(summary.disagreeing.length, 'case'),
    open: summary.disagreeing.length <= shownAtOnce,
    groups: groupBy(summary.disagreeing, ({ probe }) => probe).map(([probe, group]) => ({
      probe,
      cases: group.map(({ id }) => ({ name: id.slice(probe.length + 1), href: hrefOf(id) })),
    })),
  };
}
