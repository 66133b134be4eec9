/** Whether what a result says of cases and probes is what the catalogue says, and whether none was left out in silence. */
import { probeInfo } from '../engine/catalogue.js';
import { canonical } from '../list/canonical.js';
import type { Need, Probe, ProbeCase } from '../probe.js';
import type { CaseResult, Result } from '../result.js';

interface Problem {
  readonly entry: Pick<CaseResult, 'id' | 'outcome'>;
  readonly text: string;
}

/** What the bench file declares for a need. */
const declaredAs: Partial<Readonly<Record<Need, string>>> = {
  vlans: 'vlans',
  ageing: 'ageingMs',
  'group-membership': 'groupMembershipMs',
  'forward-delay': 'forwardDelayMs',
  'device-mac': 'mac',
  'tcp-port': 'tcpPort',
  'udp-echo': 'udpEchoPort',
  'flush-port': 'flushPort',
};

interface Listed {
  readonly probe: Probe;
  readonly probeCase: ProbeCase<unknown>;
}

function listedCases(probes: readonly Probe[], kind: Result['device']['kind']): Map<string, Listed> {
  return new Map(
    probes
      .filter(({ device }) => device === kind)
      .flatMap((probe) =>
        probe.cases.map((probeCase): [string, Listed] => [
          `${probe.id}/${probeCase.id}`,
          { probe, probeCase },
        ]),
      ),
  );
}

const needsOf = ({ probe, probeCase }: Listed): readonly Need[] => [
  ...probe.needs,
  ...(probeCase.needs ?? []),
];

/** What the bench had: ports that it names, what its evidence declares of the device, and whatever a case needed that was
 *  tried. A case that is not applicable must need something else. */
export function needsMet(
  { bench, cases, device }: Result,
  declared: ReadonlySet<string>,
  probes: readonly Probe[],
): ReadonlySet<Need> {
  const listed = listedCases(probes, device.kind);
  const tried = cases.filter(({ attempts }) => attempts.length > 0).flatMap(({ id }) => listed.get(id) ?? []);
  const fromEvidence = (Object.keys(declaredAs) as Need[]).filter((need) =>
    declared.has(declaredAs[need] ?? ''),
  );
  return new Set([
    ...bench.ports.map(({ name }) => name as Need),
    ...fromEvidence,
    ...tried.flatMap(needsOf),
  ]);
}

/** `sameCatalogue`: the result is of this catalogue, so that ids, titles and levels must be its own. `sameSuite`: and of this
 *  version, so that the words must be too. */
export function catalogueProblems(
  result: Result,
  met: ReadonlySet<Need>,
  probes: readonly Probe[],
  { sameCatalogue, sameSuite }: { readonly sameCatalogue: boolean; readonly sameSuite: boolean },
): Problem[] {
  const problems: Problem[] = [];
  const listed = listedCases(probes, result.device.kind);
  for (const entry of result.cases) {
    const known = listed.get(entry.id);
    const untried = entry.attempts.length === 0 && entry.outcome === 'not-applicable';
    if (known && untried && needsOf(known).every((need) => met.has(need))) {
      problems.push({ entry, text: 'it is called not applicable, and the bench had all that it needs' });
    }
    if (!sameCatalogue) continue;
    const wrong = known ? claimed(entry, known) : claimedOfBench(entry, probes);
    if (wrong !== undefined) problems.push({ entry, text: wrong });
  }
  if (!sameCatalogue) return problems;
  const present = new Set([...result.cases, ...result.deselected].map(({ id }) => id));
  for (const [id, { probeCase }] of listed) {
    if (probeCase.ofBench || present.has(id)) continue;
    problems.push({
      entry: { id, outcome: 'not-run' },
      text: 'it is in the catalogue, and neither among the cases nor left out',
    });
  }
  for (const info of sameSuite ? result.probes : []) {
    const probe = probes.find(({ id }) => id === info.id);
    if (!probe || !isSame(probeInfo(probe), info)) {
      problems.push({
        entry: { id: info.id, outcome: 'not-run' },
        text: 'what is said of the probe is not what the catalogue says',
      });
    }
  }
  return problems;
}

function claimed(entry: CaseResult, { probe, probeCase }: Listed): string | undefined {
  const level = probeCase.level ?? probe.requirement.level;
  if (entry.level !== level) return `its level is ${level}, not ${entry.level}`;
  if (!probeCase.ofBench && entry.title !== probeCase.title) return 'its title is not the catalogue’s';
  return undefined;
}

/** A takeover profile of a bench file's own. */
function claimedOfBench({ probe: id, level }: CaseResult, probes: readonly Probe[]): string | undefined {
  const probe = probes.find((one) => one.id === id);
  if (!probe?.readParams) return 'it is not in the catalogue';
  return level === probe.requirement.level
    ? undefined
    : `its level is ${probe.requirement.level}, not ${level}`;
}

/** Regardless of the order of keys. */
function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}
