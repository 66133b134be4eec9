/** `takeover probes`, `explain` and `faults`: what is tested, why, and how it is seen to fail. */
import { probes } from '../../probes/index.js';
import { BenchError } from '../bench/bench.js';
import { nearest } from '../bench/nearest.js';
import { faults } from '../lab/faults/index.js';
import { exitCodes } from '../result.js';
import { print } from './run.js';

export async function probesCommand(flags: {
  readonly cases: boolean;
  readonly json: boolean;
}): Promise<number> {
  if (flags.json) {
    const catalogue = probes.map(({ id, title, failureTitle, why, requirement, needs, cases }) => ({
      id,
      title,
      failureTitle,
      why,
      requirement,
      needs,
      cases: cases.map((c) => ({ id: `${id}/${c.id}`, title: c.title, level: c.level ?? requirement.level })),
    }));
    await print(`${JSON.stringify(catalogue, null, 2)}\n`);
    return exitCodes.compliant;
  }
  const lines = probes.flatMap(({ id, title, requirement, cases }) => [
    `${id.padEnd(30)} ${requirement.level.padEnd(6)} ${title} (${cases.length} ${cases.length === 1 ? 'case' : 'cases'})`,
    ...(flags.cases
      ? cases.map(
          (c) => `  ${`${id}/${c.id}`.padEnd(70)} ${(c.level ?? requirement.level).padEnd(6)} ${c.title}`,
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
      '  Cases',
      ...shown.map((c) => `    ${`${probe.id}/${c.id}`}: ${c.title} (${c.level ?? requirement.level})`),
      ...(shown.length < cases.length
        ? [`    … and ${cases.length - shown.length} more: takeover probes --cases`]
        : []),
      '',
    ].join('\n'),
  );
  return exitCodes.compliant;
}

export async function faultsCommand(): Promise<number> {
  const lines = faults.map(
    ({ name, device, switch: kind, title }) => `${name.padEnd(28)} ${(kind ?? device).padEnd(13)} ${title}`,
  );
  await print(`${lines.join('\n')}\n`);
  return exitCodes.compliant;
}
