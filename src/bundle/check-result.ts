/** What a result must be in itself, and with the device and tester that are declared beside it. */
import { canonical } from '../list/canonical.js';
import type { Result } from '../result.js';
import type { Refusal, Signer } from './bundle.js';
import { limits } from './layout.js';
import { refusal } from './refusals.js';
import type { Manifest, Subject } from './schema.js';
import { misspelling } from './spelling.js';

const runId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;
/** As npm writes versions: nothing but a version can stand where the pages show one. */
const suiteVersion = /^\d{1,5}\.\d{1,5}\.\d{1,5}(-[0-9A-Za-z.-]{1,40})?$/;
/** As every run writes them: one form, so that they can be compared as texts too. */
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** Milliseconds since 1970; NaN for a text that is no time. */
export const timeMs = (text: string): number => (isoTime.test(text) ? Date.parse(text) : Number.NaN);

export function checkResult(result: Result, subject: Subject): Refusal[] {
  const { run, device, suite } = result;
  const refusals: Refusal[] = [];
  if (!suiteVersion.test(suite.version)) {
    refusals.push(refusal('run', `the suite's version ${shown(suite.version)} is none`));
  }
  if (!runId.test(run.id)) {
    refusals.push(refusal('run', `the run's id ${shown(run.id)} is none that a run gives itself`));
  }
  if (device.kind !== subject.device.kind) {
    const what = `result.json is of a ${device.kind}, and subject.json of a ${subject.device.kind}`;
    refusals.push(refusal('kind', what));
  }
  return [...refusals, ...checkCases(result), ...checkNames(subject)];
}

function checkCases({ cases, deselected, probes, device }: Result): Refusal[] {
  const refusals: Refusal[] = [];
  const listed = new Set(probes.map(({ id }) => id));
  const seen = new Set<string>();
  for (const { id } of [...cases, ...deselected]) {
    if (seen.has(id)) refusals.push(refusal('cases', `the case ${shown(id)} stands twice`));
    seen.add(id);
    if (
      !/^[a-z0-9]+(-[a-z0-9]+)*(\/[a-z0-9]+(-[a-z0-9]+)*){2}$/.test(id) ||
      !id.startsWith(`${device.kind}/`)
    ) {
      refusals.push(refusal('cases', `${shown(id)} is no case of a ${device.kind}`));
    }
  }
  for (const { id, probe, attempts } of cases) {
    if (!listed.has(probe) || !id.startsWith(`${probe}/`)) {
      refusals.push(refusal('cases', `the case ${shown(id)} is of no probe that the result lists`));
    }
    if (attempts.length > limits.attempts) {
      refusals.push(refusal('cases', `the case ${shown(id)} has more than ${limits.attempts} attempts`));
    }
  }
  return refusals;
}

const shown = (id: string): string => JSON.stringify(id.slice(0, 80));

/** Two names that look alike must not make two entries of the list. */
function checkNames({ device, tester }: Subject): Refusal[] {
  const { vendor, model, hardware, firmware, conditions } = device;
  const names: readonly [string, string | undefined][] = [
    ['the vendor', vendor],
    ['the model', model],
    ['the hardware revision', hardware],
    ['the firmware', firmware],
    ['the organisation', tester.organisation],
    ['whoever paid', tester.contractedBy],
    ...Object.entries(conditions).flatMap(([key, value]): [string, string][] => [
      ['a condition', key],
      [`the condition ${JSON.stringify(key.slice(0, 40))}`, value],
    ]),
  ];
  const refusals = names.flatMap(([what, name]) => {
    const wrong = name === undefined ? undefined : wrongName(name);
    return wrong === undefined ? [] : [refusal('device', `subject.json: ${what} ${wrong}`)];
  });
  const octets = Buffer.byteLength(canonical(device));
  if (octets > limits.deviceOctets) {
    const what = `subject.json describes the device in ${octets} octets, and ${limits.deviceOctets} are the most`;
    refusals.push(refusal('device-size', what));
  }
  return refusals;
}

function wrongName(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > limits.nameLength) return `has more than ${limits.nameLength} characters`;
  return misspelling(name);
}

const dayMs = 86_400_000;
/** Clocks of a host and of what it captures with differ a little, and may be set while a run goes on. */
const slackMs = 10_000;

/** Times in their order. `now`: of a new submission. */
export function checkTimes(
  { run, cases }: Result,
  { createdAt }: Manifest,
  now: Date | undefined,
): Refusal[] {
  const [started, ended, created] = [run.startedAt, run.endedAt, createdAt].map(timeMs) as [
    number,
    number,
    number,
  ];
  const refusals: Refusal[] = [];
  // NaN makes every comparison false.
  if (!(started <= ended && ended <= created)) {
    const what = `the run began at ${shown(run.startedAt)} and ended at ${shown(run.endedAt)}, and the bundle was made at ${shown(createdAt)}`;
    refusals.push(refusal('time', what));
  }
  for (const { id, attempts } of cases) {
    const outside = attempts.find(({ startedAt, durationMs }) => {
      const at = timeMs(startedAt);
      return !(at >= started - slackMs && durationMs >= 0 && at + durationMs <= ended + slackMs);
    });
    if (outside) refusals.push(refusal('time', `an attempt at ${shown(id)} was not within the run's time`));
  }
  if (now && created > now.getTime() + dayMs) {
    refusals.push(refusal('future', `manifest.json was made at ${shown(createdAt)}, which is yet to come`));
  }
  return refusals;
}

/** Whether the tester is who signed. */
export function checkTester(
  { tester }: Subject,
  signer: Signer,
  contractedBy: string | undefined,
): Refusal[] {
  const differing = [
    tester.organisation === signer.organisation ? [] : 'organisation',
    tester.relation === signer.relation ? [] : 'relation',
    // Reviewed like the key: whoever named himself a vendor's lab could outvote it with its own voice.
    tester.contractedBy === contractedBy ? [] : 'contractedBy',
  ].flat();
  if (differing.length === 0) return [];
  const what = `subject.json names another tester than parties.json has for ${signer.principal} (${differing.join(', ')})`;
  return [refusal('tester', what)];
}
