/** Whether what a result says of cases and probes is what the catalogue says, and whether none was left out in silence. */
import { leftOut, probeInfo } from '../engine/catalogue.js';
import { canonical } from '../list/canonical.js';
import type { Need, Probe, ProbeCase } from '../probe.js';
import type { CaseResult, Result } from '../result.js';
import { isJudged } from './attempts.js';
import { limits } from './layout.js';

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

/** `sameCatalogue`: the result says that it is of this catalogue, and so must have all of it. `ownWords`: what it says of cases
 *  and probes must be what this suite says. */
export function catalogueProblems(
  result: Result,
  met: ReadonlySet<Need>,
  probes: readonly Probe[],
  { sameCatalogue, ownWords }: { readonly sameCatalogue: boolean; readonly ownWords: boolean },
): Problem[] {
  const listed = listedCases(probes, result.device.kind);
  return [
    ...result.cases.flatMap((entry) => {
      const known = listed.get(entry.id);
      const text =
        (known && falselyNotApplicable(entry, known, met)) ??
        (ownWords ? (known ? claimed(entry, known) : claimedOfBench(entry, probes)) : undefined);
      return text === undefined ? [] : [{ entry, text }];
    }),
    ...(sameCatalogue ? gone(result, listed) : []),
    ...(ownWords ? [...reworded(result, probes), ...unlisted(result, listed)] : []),
  ];
}

function falselyNotApplicable(
  { attempts, outcome }: CaseResult,
  known: Listed,
  met: ReadonlySet<Need>,
): string | undefined {
  const isUntried = attempts.length === 0 && outcome === 'not-applicable';
  return isUntried && needsOf(known).every((need) => met.has(need))
    ? 'it is called not applicable, and the bench had all that it needs'
    : undefined;
}

const notRun = (id: string, text: string): Problem => ({ entry: { id, outcome: 'not-run' }, text });

function gone({ cases, deselected }: Result, listed: ReadonlyMap<string, Listed>): Problem[] {
  const present = new Set([...cases, ...deselected].map(({ id }) => id));
  return [...listed]
    .filter(([id, { probeCase }]) => !probeCase.ofBench && !present.has(id))
    .map(([id]) => notRun(id, 'it is in the catalogue, and neither among the cases nor left out'));
}

/** What stands among the cases or the left out, and in no catalogue. */
function unlisted({ cases, deselected }: Result, listed: ReadonlyMap<string, Listed>): Problem[] {
  const ofBench = cases.filter(({ id }) => !listed.has(id)).length;
  return [
    ...(ofBench > limits.ownCases
      ? [notRun('', `${ofBench} cases are not in the catalogue, and ${limits.ownCases} are the most`)]
      : []),
    ...deselected
      .filter(({ id }) => !listed.has(id))
      .map(({ id }) => notRun(id, 'it was left out, and is not in the catalogue')),
  ];
}

function reworded({ deselected, probes: infos }: Result, probes: readonly Probe[]): Problem[] {
  const reasons: readonly string[] = Object.values(leftOut);
  return [
    ...deselected
      .filter(({ why }) => !reasons.includes(why))
      .map(({ id }) => notRun(id, 'it was left out for a reason that no run gives')),
    ...infos
      .filter((info) => {
        const probe = probes.find(({ id }) => id === info.id);
        return !probe || !isSame(probeInfo(probe), info);
      })
      .map(({ id }) => notRun(id, 'what is said of the probe is not what the catalogue says')),
  ];
}

function claimed(entry: CaseResult, { probe, probeCase }: Listed): string | undefined {
  const level = probeCase.level ?? probe.requirement.level;
  if (entry.level !== level) return `its level is ${level}, not ${entry.level}`;
  if (!probeCase.ofBench && entry.title !== probeCase.title) return 'its title is not the catalogue’s';
  return undefined;
}

/** A takeover profile of a bench file's own. */
function claimedOfBench(
  { probe: id, level, attempts }: CaseResult,
  probes: readonly Probe[],
): string | undefined {
  const probe = probes.find((one) => one.id === id);
  if (!probe?.readParams) return 'it is not in the catalogue';
  // Its name is the bench file's: without evidence it could be a slogan.
  if (!attempts.some(isJudged)) return 'it is not in the catalogue, and no evidence shows it';
  return level === probe.requirement.level
    ? undefined
    : `its level is ${probe.requirement.level}, not ${level}`;
}

/** A result without those cases of a bench file's own that show nothing, so that it can be submitted. */
export function withoutUnshown(result: Result, probes: readonly Probe[]): Result {
  const listed = listedCases(probes, result.device.kind);
  const isOwn = (id: string) =>
    !listed.has(id) && probes.some((probe) => probe.readParams && id.startsWith(`${probe.id}/`));
  return {
    ...result,
    cases: result.cases.filter(({ id, attempts }) => !isOwn(id) || attempts.some(isJudged)),
    deselected: result.deselected.filter(({ id }) => !isOwn(id)),
  };
}

/** Regardless of the order of keys. */
function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}
