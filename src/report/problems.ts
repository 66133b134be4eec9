/** What an operator has to look at: cases by probe, those of one reason told together. */
import type { CaseResult, ProbeInfo } from '../result.js';
import { groupBy } from './group.js';
import { clauseView } from './views.js';
import { plural, wordOf } from './words.js';

/** Entries that stand open, so that a device on which everything fails still has a page to read. */
const entriesShown = 6;

interface Entry {
  readonly reason: string;
  readonly qualifiers: readonly string[];
  readonly cases: readonly CaseResult[];
}

/** A probe's cases of one outcome, reason and qualifiers are one entry; what failed comes first. */
export function entriesOf(cases: readonly CaseResult[]): Entry[] {
  const failedFirst = [...cases].sort((x, y) => Number(y.outcome === 'fail') - Number(x.outcome === 'fail'));
  return groupBy(failedFirst, (c) =>
    JSON.stringify([c.probe, c.outcome, c.level, c.reason, c.qualifiers]),
  ).flatMap(([, group]) => {
    const [first] = group;
    return first ? [{ reason: first.reason, qualifiers: first.qualifiers, cases: group }] : [];
  });
}

/** A teller of problems for one page: it says only once what a probe's failure costs. */
export function problemTeller(probes: ReadonlyMap<string, ProbeInfo>, hrefOf: (id: string) => string) {
  const told = new Set<string>();
  const entryView = ({ reason, qualifiers, cases }: Entry) => ({
    reason,
    qualifiers,
    said: cases[0] ? wordOf(cases[0]) : null,
    // Several of one probe: its id is said once.
    probe: cases.length > 1 ? `${cases[0]?.probe}/` : null,
    cases: cases.map((c) => ({
      name: cases.length > 1 ? c.id.slice(c.probe.length + 1) : c.id,
      href: hrefOf(c.id),
    })),
  });
  const view = (heading: string, cases: readonly CaseResult[], probe?: ProbeInfo) => {
    const entries = entriesOf(cases).map(entryView);
    const folded = entries.slice(entriesShown);
    return {
      heading,
      why: probe?.why ?? null,
      failing: cases.some((c) => c.outcome === 'fail'),
      clause: clauseView(probe),
      entries: entries.slice(0, entriesShown),
      folded,
      foldedCount: plural(
        folded.reduce((sum, entry) => sum + entry.cases.length, 0),
        'further case',
      ),
    };
  };
  return (chosen: readonly CaseResult[]) => {
    const notReached = chosen.filter(({ outcome }) => outcome === 'not-run');
    const reached = chosen.filter(({ outcome }) => outcome !== 'not-run');
    const groups = groupBy(reached, ({ probe }) => probe).map(([id, group]) => {
      const probe = probes.get(id);
      const failing = group.some((c) => c.outcome === 'fail');
      const heading = (failing ? probe?.failureTitle : probe?.title) ?? group[0]?.title ?? id;
      const first = !told.has(id);
      told.add(id);
      return view(heading, group, first ? probe : undefined);
    });
    return notReached.length === 0 ? groups : [...groups, view('What the run did not reach', notReached)];
  };
}
