/** What `takeover submit` needs to know, and where each answer comes from. */
import { basename } from 'node:path';
import { questions } from '../bundle/answers.js';
import type { Answers } from '../bundle/dialogue.js';
import { keyIn, likelyKeys, type SigningKey } from '../bundle/keys.js';
import { registered } from '../bundle/registration.js';
import type { Remembered } from '../bundle/remembered.js';
import type { Tester } from '../bundle/schema.js';
import { SubmitError } from '../bundle/submit-error.js';
import type { Trust } from '../bundle/trust.js';
import { readResult } from '../engine/rejudge.js';
import { deviceName } from '../report/words.js';
import type { Device } from '../result.js';
import type { StoredResult } from './reports.js';
import { shown } from './run.js';
import { deviceFolders } from './stored.js';
import type { SubmitFlags } from './submit-options.js';

export async function chooseDevice(
  run: string,
  name: string | undefined,
  answers: Answers,
): Promise<StoredResult> {
  const all: StoredResult[] = [];
  for (const folder of await deviceFolders(run)) all.push({ folder, result: await readResult(folder) });
  const named = ({ folder, result }: StoredResult) =>
    name === undefined ||
    [basename(folder), result.device.model, deviceName(result.device)].some(
      (one) => one.toLowerCase() === name.toLowerCase(),
    );
  const show = ({ folder, result: { device } }: StoredResult) =>
    `${device.kind} ${deviceName(device)} ${device.firmware} (${basename(folder)})`;
  const found = all.filter(named);
  if (found.length === 0) {
    throw new SubmitError(
      `No device of ${shown(run)} is called '${name}': it has\n${all.map((one) => `  ${show(one)}`).join('\n')}`,
    );
  }
  const chosen = await answers.choose('device', found, show, '--device');
  answers.complete();
  return chosen;
}

export async function askDevice(device: Device, flags: SubmitFlags, answers: Answers): Promise<Device> {
  const vendor = await answers.required({
    question: questions.vendor,
    given: flags.vendor,
    known: [device.vendor],
  });
  const model = await answers.required({
    question: questions.model,
    given: flags.model,
    known: [device.model],
  });
  const hardware = await answers.optional({
    question: questions.hardware,
    given: flags.hardware,
    known: [device.hardware],
  });
  const firmware = await answers.required({
    question: questions.firmware,
    given: flags.firmware,
    known: [device.firmware],
  });
  const hasConditions = Object.keys(device.conditions).length > 0;
  const conditions = await answers.optional({
    question: questions.conditions,
    given: flags.condition?.join(','),
    known: hasConditions ? [device.conditions] : [],
  });
  return {
    kind: device.kind,
    vendor,
    model,
    ...(hardware !== undefined && { hardware }),
    firmware,
    conditions: conditions ?? {},
  };
}

/** The named key; else one of the likely ones: the registered first, then the one that signed the last time. */
export async function chooseKey(
  named: string | undefined,
  trust: Trust,
  { fingerprint, keyFile }: Remembered,
  answers: Answers,
): Promise<SigningKey> {
  if (named !== undefined) return keyIn(named);
  const likely = await likelyKeys();
  if (keyFile !== undefined && !likely.some((key) => key.fingerprint === fingerprint)) {
    likely.push(
      ...(await keyIn(keyFile).then(
        (key) => [key],
        () => [],
      )),
    );
  }
  if (likely.length === 0) {
    throw new SubmitError(
      'There is no SSH key to sign with: make one (ssh-keygen -t ed25519), name one with --key, or write a preview with --unsigned.',
    );
  }
  const rank = (key: SigningKey) => (registered(trust, key) ? 0 : key.fingerprint === fingerprint ? 1 : 2);
  const [first, ...others] = [...likely].sort((one, other) => rank(one) - rank(other));
  const isPlain = first !== undefined && others.every((key) => rank(key) > rank(first));
  const choices =
    first !== undefined && isPlain && rank(first) < 2 ? [first] : [...(first ? [first] : []), ...others];
  return answers.choose('key', choices, (key) => `${key.fingerprint} (${key.from})`, '--key');
}

export async function askTester(
  flags: SubmitFlags,
  party: Tester | undefined,
  remembered: Remembered,
  answers: Answers,
): Promise<Tester> {
  if (party) return ofParty(flags, party);
  const organisation = await answers.required({
    question: questions.organisation,
    given: flags.organisation,
    known: [remembered.organisation],
  });
  const relation = await answers.required({
    question: questions.relation,
    given: flags.relation,
    known: [remembered.relation],
  });
  return { organisation, relation, ...(await askPayer(flags, relation, organisation, remembered, answers)) };
}

/** A registered key says whose it is, and who pays. */
function ofParty(flags: SubmitFlags, party: Tester): Tester {
  const { organisation, relation, contractedBy } = party;
  const other =
    ((flags.organisation ?? organisation) !== organisation && '--organisation') ||
    ((flags.relation ?? relation) !== relation && '--relation') ||
    ((flags.contractedBy ?? contractedBy) !== contractedBy && '--contracted-by');
  if (other) {
    const payer = contractedBy === undefined ? '' : `, paid by ${contractedBy}`;
    throw new SubmitError(
      `The key is registered for ${organisation} (${relation}${payer}): leave ${other} out, or sign with another --key.`,
    );
  }
  return party;
}

async function askPayer(
  flags: SubmitFlags,
  relation: Tester['relation'],
  organisation: string,
  remembered: Remembered,
  answers: Answers,
): Promise<Pick<Tester, 'contractedBy'>> {
  // Whoever tests his own product, or for this project, was paid by nobody else.
  if (flags.contractedBy === undefined && (relation === 'vendor' || relation === 'project')) return {};
  const contractedBy = await answers.optional({
    question: questions.contractedBy,
    given: flags.contractedBy,
    known: [remembered.contractedBy],
  });
  return contractedBy === undefined || contractedBy === organisation ? {} : { contractedBy };
}
