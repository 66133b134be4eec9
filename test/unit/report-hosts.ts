/** Cases of hosts as a report meets them: both views of a belief, for the tests of the pages about hosts. */
import type { CaseResult, Finding, Measurement, ProbeInfo, Result } from '../../src/result.js';
import { announcement, caseOf, resultOf } from './report-fixtures.js';

export const advertised: ProbeInfo = {
  ...announcement,
  id: 'host/na-forms',
  chapter: 'NDP',
  title: 'Each form of advertisement moves an entry as the standard says',
  requirement: { level: 'info', document: 'RFC 4861', clause: '7.2.5' },
};

export const says = {
  updated: 'updated: sends to the new owner',
  ignored: 'ignored: still sends to the old owner',
} as const;

const followed = (name: string, high: number): Measurement => ({
  name,
  value: high / 2,
  unit: 'ms',
  low: 0,
  high,
});

/** @param cache what the cache held; null: it was not read, for this reason */
export function hostCase(
  probe: ProbeInfo,
  id: string,
  outside: keyof typeof says,
  cache: 'new' | 'old' | null = outside === 'updated' ? 'new' : 'old',
  why = 'the host’s own cache was not read',
): CaseResult {
  const agree = (outside === 'updated') === (cache === 'new');
  const findings: Finding[] = [
    { id: 'outside', holds: true, text: `from outside: ${says[outside]}` },
    ...(cache === null
      ? [{ id: 'cache', holds: null, text: why }]
      : [
          { id: 'cache', holds: true, text: `its cache: ${cache} owner (REACHABLE)` },
          { id: 'views-agree', holds: agree, text: agree ? 'both views agree' : 'the two views disagree' },
        ]),
  ];
  return caseOf(probe, id, {
    level: 'info',
    outcome: outside === 'updated' ? 'pass' : 'fail',
    observed: says[outside],
    findings,
    measurements: [
      ...(outside === 'updated' ? [followed('followed, from outside', 0.65)] : []),
      ...(cache === 'new' ? [followed('followed, in its cache', 1.3)] : []),
    ],
  });
}

const ages = [100, 500, 900, 1100, 2000];

/** A form at every age; it is ignored where the entry is younger than `fromMs`. */
export const formAtAges = (form: string, fromMs: number): CaseResult[] =>
  ages.map((age) =>
    hostCase(
      announcement,
      `${form}-broadcast-tha-${form === 'request' ? 'ff' : 'sha'}-tpa-v-age-${age}ms`,
      age < fromMs ? 'ignored' : 'updated',
    ),
  );

export const hostResult = (cases: readonly CaseResult[], over: Partial<Result> = {}): Result =>
  resultOf(cases, {
    device: { kind: 'host', vendor: 'Acme', model: 'printer', firmware: '7', conditions: {} },
    probes: [announcement, advertised],
    ...over,
  });
