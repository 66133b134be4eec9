/** `takeover probes`, `explain` and `faults`: what is tested, why, and how it is seen to fail. */
import { probes } from '../../probes/index.js';
import { BenchError } from '../bench/bench.js';
import { nearest } from '../bench/nearest.js';
import { probeInfo } from '../engine/catalogue.js';
import { faults } from '../lab/faults/index.js';
import type { Probe, ProbeCase } from '../probe.js';
import { needsText, replayLines, slowText } from '../report/case-about.js';
import { byChapter } from '../report/chapters.js';
import { type Grid, gridOf } from '../report/grid.js';
import { wrap } from '../report/paint.js';
import { plural } from '../report/words.js';
import { deviceKinds, exitCodes } from '../result.js';
import { listProfiles } from './profiles.js';
import { print } from './run.js';

export async function probesCommand(flags: {
  readonly cases: boolean;
  readonly profiles: boolean;
  readonly json: boolean;
}): Promise<number> {
  if (flags.profiles) return listProfiles(flags.json);
  if (flags.json) {
    const catalogue = probes.map(({ id, chapter, title, failureTitle, why, requirement, needs, cases }) => ({
      id,
      chapter,
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
  const nameWidth = Math.max(...probes.map(({ id }) => id.length));
  const chapters = deviceKinds.flatMap((kind) => {
    const ofKind = probes.filter(({ device }) => device === kind);
    return byChapter(ofKind.map(probeInfo), ofKind, ({ id }) => id).map((chapter) => ({ kind, ...chapter }));
  });
  const lines = chapters.flatMap(({ kind, title: chapter, items }, index) => [
    `${index > 0 ? '\n' : ''}${kind}: ${chapter}`,
    ...items.flatMap(({ id, title, requirement, cases }) => [
      `${id.padEnd(nameWidth)} ${requirement.level.padEnd(6)} ${title} (${plural(cases.length, 'case')})`,
      ...(flags.cases
        ? cases.map(
            (c) =>
              `  ${`${id}/${c.id}`.padEnd(70)} ${(c.level ?? requirement.level).padEnd(6)} ${c.title}${c.slow ? ' (slow)' : ''}`,
          )
        : []),
    ]),
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
  const { requirement } = probe;
  const twins = faults.filter(({ breaks }) =>
    breaks.some((p) => cases.some((c) => p === `${probe.id}/${c.id}` || p === `${probe.id}/*`)),
  );
  await print(
    [
      ...wrap(`${probe.id}: ${probe.title}`, width),
      ...said('Level', requirement.level),
      ...said('Chapter', probe.chapter ?? ''),
      ...said('Clause', `${requirement.document}, ${requirement.clause}`),
      ...(requirement.link === undefined ? [] : [`${' '.repeat(indent)}${requirement.link}`]),
      ...said('Why', probe.why),
      ...said('If not', probe.failureTitle),
      ...said('Needs', needsText(probe, cases)),
      ...said(
        'Fails on',
        twins.length > 0 ? `--fault ${twins.map(({ name }) => name).join(', ')}` : 'no fault of the lab',
      ),
      ...(cases.length === 1 ? cases.flatMap(replayLines) : []).map(
        (line, index) => `  ${index === 0 ? 'Sends   ' : '        '}  ${line}`,
      ),
      '  Cases',
      ...casesText(probe, cases),
      '',
    ].join('\n'),
  );
  return exitCodes.compliant;
}

/** Columns of a terminal, and of what stands beside the labels in it. */
const width = 110;
const indent = 12;

const said = (label: string, text: string): string[] =>
  wrap(text, width - indent).map(
    (line, index) => `  ${(index === 0 ? label : '').padEnd(indent - 2)}${line}`,
  );

/** From so many cases on, those that form a grid are told by what they vary. */
const listed = 24;

function casesText(probe: Probe, cases: readonly ProbeCase<unknown>[]): string[] {
  const grid = cases.length > listed ? gridOf(cases.map(({ id }) => id)) : undefined;
  const inGrid = new Set(grid?.rows.flatMap(({ cells }) => cells));
  const points = cases.filter(({ id }) => inGrid.has(id));
  const alone = cases.filter(({ id }) => !inGrid.has(id));
  const levelOf = (c: ProbeCase<unknown>) => c.level ?? probe.requirement.level;
  const [example] = points;
  return [
    ...alone
      .slice(0, listed)
      .flatMap((c) => [
        ...inset(4, `${probe.id}/${c.id}: ${c.title} (${levelOf(c)})`),
        ...slowLines(probe, c),
      ]),
    ...(alone.length > listed ? [`    … and ${alone.length - listed} more: takeover probes --cases`] : []),
    ...(grid && example
      ? [
          ...inset(4, `and ${points.length} like ${probe.id}/${example.id} (${levelOf(example)}):`),
          ...variedIn(grid).flatMap((line) => inset(6, line)),
        ]
      : []),
  ];
}

/** A case or a list, its further lines set in a little more. */
const inset = (spaces: number, text: string): string[] =>
  wrap(text, width - spaces - 2).map((line, index) => ' '.repeat(index === 0 ? spaces : spaces + 2) + line);

/** A line for each parameter that the cases of a grid differ in: `tha: zero, ff`. */
function variedIn({ heads, rows, axis, columns }: Grid): string[] {
  const values = heads.map((_, depth) => [
    ...new Set(rows.flatMap(({ labels }) => labels[depth]?.text ?? [])),
  ]);
  return [...heads.map((head, depth) => [head, values[depth] ?? []] as const), [axis, columns] as const].map(
    ([name, all]) => `${name ? `${name}: ` : ''}${all.join(', ')}`,
  );
}

function slowLines(probe: Probe, c: ProbeCase<unknown>): string[] {
  const slow = slowText(probe, c);
  return slow === undefined ? [] : inset(6, slow);
}

export async function faultsCommand(): Promise<number> {
  const lines = faults.map(
    ({ name, device, switch: kind, title }) => `${name.padEnd(28)} ${(kind ?? device).padEnd(13)} ${title}`,
  );
  await print(`${lines.join('\n')}\n`);
  return exitCodes.compliant;
}
