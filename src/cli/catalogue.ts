/** `takeover probes`, `explain` and `faults`: what is tested, why, and how it is seen to fail. */
import { probes } from '../../probes/index.js';
import { BenchError } from '../bench/bench.js';
import { nearest } from '../bench/nearest.js';
import { faults } from '../lab/faults/index.js';
import type { Probe, ProbeCase } from '../probe.js';
import { readProfile } from '../profiles/profile.js';
import { profileLines } from '../profiles/text.js';
import { formatWait } from '../report/words.js';
import { exitCodes } from '../result.js';
import { listProfiles } from './profiles.js';
import { print } from './run.js';

export async function probesCommand(flags: {
  readonly cases: boolean;
  readonly profiles: boolean;
  readonly json: boolean;
}): Promise<number> {
  if (flags.profiles) return listProfiles(flags.json);
  if (flags.json) {
    const catalogue = probes.map(({ id, title, failureTitle, why, requirement, needs, cases }) => ({
      id,
      title,
      failureTitle,
      why,
      requirement,
      needs,
      cases: cases.map((c) => ({
        id: `${id}/${c.id}`,
        title: c.title,
        level: c.level ?? requirement.level,
        slow: c.slow === true,
      })),
    }));
    await print(`${JSON.stringify(catalogue, null, 2)}\n`);
    return exitCodes.compliant;
  }
  const lines = probes.flatMap(({ id, title, requirement, cases }) => [
    `${id.padEnd(30)} ${requirement.level.padEnd(6)} ${title} (${cases.length} ${cases.length === 1 ? 'case' : 'cases'})`,
    ...(flags.cases
      ? cases.map(
          (c) =>
            `  ${`${id}/${c.id}`.padEnd(70)} ${(c.level ?? requirement.level).padEnd(6)} ${c.title}${c.slow ? ' (slow)' : ''}`,
        )
      : []),
  ]);
  await print(`${lines.join('\n')}\n`);
  return exitCodes.compliant;
}

export async function explainCommand(id: string): Promise<number> {
  const probe = probes.find((candidate) => id === candidate.id || id.startsWith(`${candidate.id}/`));
  const cases = probe?.cases.filter((c) => id === probe.id || id === `${probe.id}/${c.id}`) ?? [];
  if (!probe || cases.length === 0) {
    const known = probes.flatMap((p) => [p.id, ...p.cases.map((c) => `${p.id}/${c.id}`)]);
    const near = nearest(id, known);
    throw new BenchError(
      `There is no probe or case '${id}'${near ? `; did you mean ${near}?` : '.'} \`takeover probes\` lists them.`,
    );
  }
  const { requirement, needs } = probe;
  const twins = faults.filter(({ breaks }) =>
    breaks.some((p) => cases.some((c) => p === `${probe.id}/${c.id}` || p === `${probe.id}/*`)),
  );
  const shown = cases.length > 24 ? cases.slice(0, 24) : cases;
  await print(
    [
      `${probe.id}: ${probe.title}`,
      `  Level     ${requirement.level}`,
      `  Clause    ${requirement.document}, ${requirement.clause}${requirement.link ? `\n            ${requirement.link}` : ''}`,
      `  Why       ${probe.why}`,
      `  If not    ${probe.failureTitle}`,
      `  Needs     ${needs.join(', ')}`,
      `  Fails on  ${twins.map(({ name }) => `--fault ${name}`).join(', ') || 'no fault of the lab'}`,
      ...profileOf(cases).map((line, index) => `  ${index === 0 ? 'Sends   ' : '        '}  ${line}`),
      '  Cases',
      ...shown.map(
        (c) =>
          `    ${`${probe.id}/${c.id}`}: ${c.title} (${c.level ?? requirement.level})${slowText(probe, c)}`,
      ),
      ...(shown.length < cases.length
        ? [`    … and ${cases.length - shown.length} more: takeover probes --cases`]
        : []),
      '',
    ].join('\n'),
  );
  return exitCodes.compliant;
}

/** That a case runs only when it is asked for, and how long it takes on a device with the usual timers. */
function slowText(probe: Probe, { slow, params }: ProbeCase<unknown>): string {
  if (!slow) return '';
  const waitMs = probe.waitMs?.(params, {}) ?? 0;
  return `\n      slow: runs only with --slow${waitMs > 0 ? `, and waits up to ${formatWait(waitMs)} where the timers are the usual ones` : ''}`;
}

/** What a case replays, where it is one and replays something. */
function profileOf(cases: readonly { readonly params: unknown }[]): string[] {
  const [only] = cases;
  const params = cases.length === 1 && typeof only?.params === 'object' ? only.params : null;
  const profile = readProfile((params as { readonly profile?: unknown } | null)?.profile);
  return profile ? profileLines(profile) : [];
}

export async function faultsCommand(): Promise<number> {
  const lines = faults.map(
    ({ name, device, switch: kind, title }) => `${name.padEnd(28)} ${(kind ?? device).padEnd(13)} ${title}`,
  );
  await print(`${lines.join('\n')}\n`);
  return exitCodes.compliant;
}
