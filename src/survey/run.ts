/** A survey from end to end: the NICs held, the segment asked, the recording stored, read back and judged. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Bench, BenchError } from '../bench/bench.js';
import { type HeldBench, holdBench } from '../engine/hold.js';
import type { Session } from '../evidence/recorder.js';
import type { Recording } from '../evidence/recording.js';
import { readEvidence, type StoredEvidence, writeEvidence } from '../evidence/store.js';
import { version } from '../root.js';
import type { LocalDriver } from '../wire/open.js';
import { findHosts, foundIn, type SubnetToSurvey, takeAddresses } from './discover.js';
import { fingerprintAll, fingerprintLimit } from './fingerprint.js';
import { createHands, type Hands } from './hands.js';
import { judgeSurvey } from './judge.js';
import { completeMark, fingerprintMark, type Plan, roleOf, surveyCase } from './plan.js';
import type { NamedHost } from './range.js';
import { type Survey, SurveySchema } from './result.js';
import { framesPerHost, stepsOf, survey, type Watcher } from './rounds.js';

export interface SurveyOptions {
  /** The ports a and, where there is one, b. */
  readonly bench: Bench;
  readonly subnets: readonly SubnetToSurvey[];
  /** Where there are any, no other hosts are asked. */
  readonly named: readonly NamedHost[];
  /** Frames a second, at most. */
  readonly rate: number;
  readonly driver: LocalDriver;
  readonly seed: number;
  /** Asks arp-fingerprint too. */
  readonly fingerprint: boolean;
  /** The folder that gets survey.json and evidence/. */
  readonly out: string;
  readonly watcher: Watcher;
  readonly stop: AbortSignal;
}

const evidenceFolder = 'evidence';

/** Rejects with a BenchError, WireError or EvidenceError. What was seen before a survey was cut short is its result. */
export async function runSurvey(options: SurveyOptions): Promise<Survey> {
  const { bench, driver, seed, out, stop } = options;
  const id = `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
  const startedAt = new Date().toISOString();
  const { value, notes } = await holdBench(bench, { run: id, driver, seed, stop }, (held) =>
    record(held, options),
  );
  await mkdir(out, { recursive: true });
  const evidence = await writeEvidence(value.recording, join(out, evidenceFolder));
  // Judged as stored, so that judging again can't come to something else.
  const recording = await readEvidence(join(out, evidenceFolder));
  const result = resultOf(recording, {
    id,
    startedAt,
    endedAt: new Date().toISOString(),
    cutShort: value.cutShort ?? null,
    notes: [...value.notes, ...notes],
    evidence: inFolder(evidence),
  });
  await writeFile(join(out, 'survey.json'), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

type Told = Pick<Survey, 'id' | 'startedAt' | 'endedAt' | 'cutShort' | 'notes' | 'evidence'>;

/** survey.json of a recording: what only the run knows is in `told`. */
export function resultOf(recording: Recording, told: Told): Survey {
  const { segments, complete, rate } = judgeSurvey(recording);
  return {
    schemaVersion: 1,
    version,
    ...told,
    complete,
    ports: recording.ports.map(({ name, nic, driver, dropped }) => ({ name, nic, driver, dropped })),
    rate,
    segments,
  };
}

function inFolder({ capture, events }: StoredEvidence): Survey['evidence'] {
  return {
    capture: { ...capture, path: `${evidenceFolder}/${capture.path}` },
    events: { ...events, path: `${evidenceFolder}/${events.path}` },
  };
}

interface Recorded {
  readonly recording: Recording;
  readonly notes: readonly string[];
  readonly cutShort?: string;
}

async function record({ instrument }: HeldBench, options: SurveyOptions): Promise<Recorded> {
  const { recorder, wires, addresses, limits, stopped } = instrument;
  const { subnets, named, rate } = options;
  const params: Plan = {
    families: subnets.map(({ family, text }) => ({ family, subnet: text })),
    named: [...named],
    rate,
  };
  const session = recorder.begin({ caseId: surveyCase, params, limits });
  const players = { old: addresses.mac(), new: addresses.mac(), observer: addresses.mac() };
  for (const [role, mac] of Object.entries(players)) session.claim(role, mac);
  const hands = createHands({ wires, session, players, rate, stopped });
  const notes: string[] = [];
  try {
    await discover(hands, options, notes);
  } catch (error) {
    // Before the first host was asked there is nothing to show.
    hands.close();
    throw error;
  }
  try {
    await act(hands, session, options, notes, stopped);
    session.mark(completeMark);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { recording: await finish(hands, session), notes, cutShort: error.message };
  }
  return { recording: await finish(hands, session), notes };
}

function finish(hands: Hands, session: Session): Promise<Recording> {
  hands.close();
  return session.finish();
}

/** What the parts of a survey weigh in its progress. */
const discovered = 0.1;

async function discover(
  hands: Hands,
  { subnets, named, watcher }: SurveyOptions,
  notes: string[],
): Promise<void> {
  watcher.at(0, `which addresses are free in ${subnets.map(({ text }) => text).join(' and ')}`);
  notes.push(...(await Promise.all(subnets.map((subnet) => takeAddresses(hands, subnet)))).flat());
  // IPv4 first: the stations that it finds are asked for their IPv6 addresses.
  for (const subnet of [...subnets].sort((one, other) => one.family.localeCompare(other.family))) {
    watcher.at(discovered / 2, `looking for hosts in ${subnet.text}`);
    await findHosts(hands, subnet, named);
  }
}

async function act(
  hands: Hands,
  session: Session,
  { bench, subnets, named, fingerprint, watcher }: SurveyOptions,
  notes: string[],
  stopped: AbortSignal,
): Promise<void> {
  const found = subnets.map((subnet) => ({ subnet, hosts: foundIn(hands, subnet, named) }));
  const planned = found.reduce(
    (sum, { subnet, hosts }) => sum + hosts.length * framesPerHost(subnet.family),
    1,
  );
  const steps = found.reduce((sum, { subnet }) => sum + stepsOf(subnet.family), 0);
  const before = hands.outbox.sent;
  const doing = new Map(found.map(({ subnet }) => [subnet.text, '']));
  let begun = 0;
  const show = () => {
    // Hosts that are silent need fewer frames, but no fewer steps.
    const done = Math.min(0.99, Math.max((hands.outbox.sent - before) / planned, begun / steps));
    const lines = found.map(
      ({ subnet: { text }, hosts }) =>
        `${text}, ${hosts.length} host${hosts.length === 1 ? '' : 's'}: ${doing.get(text)}`,
    );
    watcher.at(discovered + (1 - discovered) * done, lines.join(' | '));
  };
  const ticking = setInterval(show, 200);
  try {
    // Both families at once: the one asks while the other waits.
    await Promise.all(
      found.map(({ subnet, hosts }) =>
        survey(hands, subnet.family, hosts, 1 / found.length, (what) => {
          begun += 1;
          doing.set(subnet.text, what);
          show();
        }),
      ),
    );
  } finally {
    clearInterval(ticking);
  }
  const hosts = found.flatMap(({ hosts: some }) => some.map(({ address }) => address));
  if (fingerprint) await askArpFingerprint(hands, session, hosts, bench, notes, watcher, stopped);
}

async function askArpFingerprint(
  hands: Hands,
  session: Session,
  addresses: readonly string[],
  bench: Bench,
  notes: string[],
  watcher: Watcher,
  stopped: AbortSignal,
): Promise<void> {
  const limit = await fingerprintLimit(bench.ports.a);
  if (limit !== undefined) return void notes.push(limit);
  const ipv4 = addresses.filter((address) => !address.includes(':'));
  let done = 0;
  await fingerprintAll(ipv4, {
    nic: bench.ports.a.nic,
    asker: hands.addressOf(roleOf('ipv4', 'asker')),
    stopped,
    found(line) {
      done += 1;
      session.mark(fingerprintMark, line);
      watcher.at(done / ipv4.length, `arp-fingerprint, ${done} of ${ipv4.length}`);
    },
  }).catch((error: Error) => {
    // What the survey itself has seen stands without it.
    if (stopped.aborted) throw error;
    notes.push(error.message);
  });
}

/** Reads survey.json from a survey's folder. Rejects with a sentence. */
export async function readSurvey(folder: string): Promise<Survey> {
  const file = join(folder, 'survey.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new BenchError(`${file} can't be read: name the folder that a survey wrote.`);
  });
  try {
    return v.parse(SurveySchema, JSON.parse(text));
  } catch (error) {
    throw new BenchError(`${file} is not a survey's result: ${(error as Error).message}`);
  }
}
