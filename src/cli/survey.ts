/** `takeover survey`: which machines of a segment will miss a failover, seen from outside. */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { documentationMac } from '../bench/addresses.js';
import { type Bench, BenchError } from '../bench/bench.js';
import { benchWarnings, readBench } from '../bench/file.js';
import { readEvidence } from '../evidence/store.js';
import { buildCrowd, crowdIpv6, type HabitName, habits } from '../lab/crowd.js';
import { enterLab, insideLab } from '../lab/enter.js';
import { createBar } from '../report/bar.js';
import { renderSurveyTable } from '../report/survey-console.js';
import { renderSurveyHtml } from '../report/survey-html.js';
import { exitCodes, relearnLimit } from '../result.js';
import type { SubnetToSurvey } from '../survey/discover.js';
import {
  defaultRange,
  isOfFamily,
  type NamedHost,
  readHosts,
  readRange,
  readSubnet,
} from '../survey/range.js';
import type { Survey } from '../survey/result.js';
import { readSurvey, resultOf, runSurvey } from '../survey/run.js';
import type { LocalDriver } from '../wire/open.js';
import { defaultOut, print, shown } from './run.js';
import { stopOnSignals } from './signals.js';

export interface SurveyFlags {
  readonly nic?: string;
  readonly nicB?: string;
  readonly bench?: string;
  readonly use: readonly string[];
  readonly hosts?: string;
  readonly rate: number;
  readonly allow: readonly string[];
  readonly arpFingerprint: boolean;
  readonly driver: LocalDriver;
  readonly out?: string;
  readonly seed?: number;
  readonly json: boolean;
  readonly judge?: string;
  readonly demo?: boolean;
}

export async function surveyCommand(subnets: readonly string[], flags: SurveyFlags): Promise<number> {
  if (flags.judge !== undefined) return judgeAgain(flags.judge, flags);
  if (flags.demo) return demo(flags);
  if (subnets.length === 0) throw new BenchError('Name the subnet to be surveyed, like 192.0.2.0/24.');
  const bench = await benchOf(flags);
  const targets = subnetsOf(subnets, flags.use);
  const named = await namedHosts(flags.hosts, targets);
  return survey(bench, targets, named, flags);
}

/** Surveys, prints and writes what came out. Resolves with the exit code. */
export async function survey(
  bench: Bench,
  subnets: readonly SubnetToSurvey[],
  named: readonly NamedHost[],
  flags: SurveyFlags,
): Promise<number> {
  const out = resolve(flags.out ?? defaultOut());
  const { signal, release } = stopOnSignals('the survey');
  const bar = createBar(process.stderr);
  const startMs = performance.now();
  const blocks = subnets.map(({ text }) => text).join(' and ');
  console.error(`Surveying ${blocks} at ${flags.rate} frames a second at most.`);
  try {
    const result = await runSurvey({
      bench,
      subnets,
      named,
      rate: flags.rate,
      driver: flags.driver,
      seed: flags.seed ?? randomInt(1, 2 ** 31),
      fingerprint: flags.arpFingerprint,
      out,
      watcher: bar,
      stop: signal,
    })
      .catch((error: Error) => {
        // There is no bench file to write it in.
        if (flags.bench === undefined)
          error.message = error.message.replace(/add `allow: \[([^\]]+)\]`/g, 'add `--allow $1`');
        throw error;
      })
      .finally(() => bar.end());
    await tell(result, out, flags.json);
    console.error(`Took ${((performance.now() - startMs) / 1000).toFixed(1)} s.`);
    return exitCode(result);
  } finally {
    release();
  }
}

async function tell(result: Survey, out: string, json: boolean): Promise<void> {
  const color = process.stderr.isTTY === true && !process.env.NO_COLOR;
  const width = Math.min(process.stderr.columns ?? 100, 160);
  console.error(renderSurveyTable(result, { color, width }));
  const page = join(out, 'survey.html');
  await writeFile(page, renderSurveyHtml(result, { generatedAt: new Date().toISOString() }));
  console.error(`${shown(page)}\n${shown(join(out, 'survey.json'))}  and evidence/ beside it`);
  if (json) await print(`${JSON.stringify(result, null, 2)}\n`);
}

/** A host that misses outweighs what stayed open; a whole segment without a host says nothing. */
function exitCode({ complete, segments }: Survey): number {
  const has = (verdict: 'misses' | 'partly') => segments.some(({ counts }) => counts[verdict] > 0);
  if (has('misses') || has('partly')) return exitCodes.failed;
  const open = segments.some(({ counts, hosts }) => counts.unjudged > 0 || hosts.length === 0);
  return complete && !open ? exitCodes.compliant : exitCodes.inconclusive;
}

/** Judges a stored survey again from its evidence, and says whether the verdicts agree. */
async function judgeAgain(folder: string, { json }: SurveyFlags): Promise<number> {
  const stored = await readSurvey(folder);
  const recording = await readEvidence(join(folder, 'evidence'));
  const again = resultOf(recording, stored);
  const differing = stored.segments.flatMap((segment, index) => {
    const judged = new Map(again.segments[index]?.hosts.map((host) => [host.address, host]));
    return segment.hosts.filter((host) => !isDeepStrictEqual(judged.get(host.address), host));
  });
  await tell(again, folder, json);
  for (const { address, reason } of differing) console.error(`✗ ${address}: stored: ${reason}`);
  const all = stored.segments.reduce((sum, { hosts }) => sum + hosts.length, 0);
  console.error(
    differing.length === 0
      ? `✓ ${all} hosts judged again from the evidence: every verdict agrees.`
      : `✗ ${differing.length} of ${all} verdicts differ.`,
  );
  return differing.length === 0 ? exitCodes.compliant : exitCodes.failed;
}

async function benchOf({ nic, nicB, bench, allow }: SurveyFlags): Promise<Bench> {
  if (bench !== undefined) {
    const read = await readBench(bench);
    for (const warning of benchWarnings(read)) console.error(warning);
    const { a, b } = read.ports;
    return { ...read, ports: { a, ...(b && { b }) }, devices: [] };
  }
  if (nic === undefined)
    throw new BenchError(
      'Name the NIC on that segment with --nic, or a bench file with --bench; `ip link` lists the NICs.',
    );
  return {
    name: `survey through ${nic}`,
    ports: { a: { nic }, ...(nicB !== undefined && { b: { nic: nicB } }) },
    addresses: { ipv4: '192.0.2.0/24', ipv6: '2001:db8::/64', mac: documentationMac },
    limits: { relearnMs: relearnLimit.usualMs },
    allowNics: allow,
    devices: [],
  };
}

export function subnetsOf(texts: readonly string[], use: readonly string[]): SubnetToSurvey[] {
  const subnets = texts.map(readSubnet);
  const twice = subnets.find(
    (one, index) => subnets.findIndex(({ family }) => family === one.family) < index,
  );
  if (twice)
    throw new BenchError(
      `${twice.text}: a survey takes one subnet of each family; survey the other by itself.`,
    );
  const stray = use.find((text) => !subnets.some((subnet) => isOfFamily(text, subnet)));
  if (stray !== undefined) throw new BenchError(`--use ${stray}: no subnet of that family is surveyed.`);
  return subnets.map((subnet) => {
    const ranges = use.filter((text) => isOfFamily(text, subnet));
    const range =
      ranges.length > 0 ? ranges.flatMap((text) => readRange(text, subnet)) : defaultRange(subnet);
    return { ...subnet, range: [...new Set(range)] };
  });
}

async function namedHosts(
  file: string | undefined,
  subnets: readonly SubnetToSurvey[],
): Promise<NamedHost[]> {
  if (file === undefined) return [];
  if (!existsSync(file))
    throw new BenchError(`--hosts ${file} does not exist; name a file with an address a line.`);
  const hosts = readHosts(await readFile(file, 'utf8'), file, subnets);
  if (hosts.length === 0) throw new BenchError(`--hosts ${file} names no host; write an address a line.`);
  return hosts;
}

const demoHosts = 60;
/** A network of nobody's (RFC 2544), larger than documentation's. */
const demoSegment = { ipv4: '198.18.0.0/24', first: '198.18.0.1', use: '198.18.0.240-198.18.0.254' } as const;

/** A virtual segment, in namespaces of its own. */
async function demo(flags: SurveyFlags): Promise<number> {
  if (!insideLab()) {
    const { execPath, argv } = process;
    return enterLab([execPath, ...argv.slice(1)]);
  }
  // On the lab's own /run, which ends with it: the operator's own journal is not touched.
  process.env.TAKEOVER_STATE = '/run/takeover-state';
  const kinds = Object.keys(habits) as HabitName[];
  // Every third differs from Linux as it comes.
  const wanted = Array.from({ length: demoHosts }, (_, index) =>
    index % 3 === 0 ? (kinds[(index / 3) % kinds.length] ?? 'plain') : 'plain',
  );
  console.error(`Building a segment of ${demoHosts} hosts.`);
  const crowd = await buildCrowd({ habits: wanted, firstIpv4: demoSegment.first, prefix: 24 });
  try {
    const bench = await benchOf({ ...flags, nic: crowd.nic, nicB: crowd.nicB });
    const targets = subnetsOf([demoSegment.ipv4, crowdIpv6], [demoSegment.use]);
    const named = crowd.hosts.map(({ ipv4, habit }) => ({ address: ipv4, name: habit }));
    return await survey(
      bench,
      targets,
      named.concat(crowd.hosts.map(({ ipv6, habit }) => ({ address: ipv6, name: habit }))),
      flags,
    );
  } finally {
    await crowd.close();
  }
}
