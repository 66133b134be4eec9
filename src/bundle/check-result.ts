/** What a result must be in itself, and with the device and tester that are declared beside it. */
import { canonical } from '../list/canonical.js';
import type { Result } from '../result.js';
import { isJudged } from './attempts.js';
import type { Refusal, Signer } from './bundle.js';
import { limits } from './layout.js';
import { refusal } from './refusals.js';
import type { Subject } from './schema.js';
import { misspelling } from './spelling.js';

const runId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;
/** As npm writes versions: nothing but a version can stand where the pages show one. */
const suiteVersion = /^\d{1,5}\.\d{1,5}\.\d{1,5}(-[0-9A-Za-z.-]{1,40})?$/;

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
  const count = cases.length + deselected.length;
  if (count > limits.cases) {
    return [refusal('cases', `the result has ${count} cases, and ${limits.cases} are the most`)];
  }
  if (!cases.some(({ attempts }) => attempts.some(isJudged))) {
    refusals.push(refusal('nothing', 'it shows nothing: no attempt of any case was judged from evidence'));
  }
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
  const names: readonly (readonly [what: string, name: string | undefined, most?: number])[] = [
    ['the vendor', vendor, limits.deviceNameLength],
    ['the model', model, limits.deviceNameLength],
    ['the hardware revision', hardware],
    ['the firmware', firmware],
    ['the organisation', tester.organisation],
    ['whoever paid', tester.contractedBy],
    ...Object.entries(conditions).flatMap(([key, value]): [string, string][] => [
      ['a condition', key],
      [`the condition ${JSON.stringify(key.slice(0, 40))}`, value],
    ]),
  ];
  const refusals = names.flatMap(([what, name, most = limits.nameLength]) => {
    const wrong = name === undefined ? undefined : wrongName(name, most);
    return wrong === undefined ? [] : [refusal('device', `subject.json: ${what} ${wrong}`)];
  });
  const octets = Buffer.byteLength(canonical(device));
  if (octets > limits.deviceOctets) {
    const what = `subject.json describes the device in ${octets} octets, and ${limits.deviceOctets} are the most`;
    refusals.push(refusal('device-size', what));
  }
  return refusals;
}

function wrongName(name: string, most: number): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > most) return `has more than ${most} characters`;
  return misspelling(name);
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
