/** `takeover submit`: a run becomes a bundle of the list. */
import { basename, join, resolve } from 'node:path';
import { AnswerError, questions } from '../bundle/answers.js';
import { EndedError, openTerminal, type Terminal } from '../bundle/ask.js';
import { BundleError } from '../bundle/bundle.js';
import { gatherAnswers } from '../bundle/dialogue.js';
import { readTrust } from '../bundle/open.js';
import { previewOf } from '../bundle/preview.js';
import { registered, registration, registrationAdvice } from '../bundle/registration.js';
import { readRemembered, remember } from '../bundle/remembered.js';
import type { Subject } from '../bundle/schema.js';
import { withStaging } from '../bundle/staging.js';
import { draftBundle, sealDraft } from '../bundle/submit.js';
import { SubmitError } from '../bundle/submit-error.js';
import { SubstitutionError } from '../bundle/substitution.js';
import { deviceName } from '../report/words.js';
import { type Device, exitCodes } from '../result.js';
import { packageRoot } from '../root.js';
import { shown } from './run.js';
import { askDevice, askTester, chooseDevice, chooseKey } from './submit-answers.js';
import type { SubmitFlags } from './submit-options.js';

export const submitCommand = (run: string, flags: SubmitFlags): Promise<number> =>
  endable((signal, terminal) => submit(resolve(run), flags, signal, terminal));

/** Runs a dialogue that may be ended at any time, and tells its errors as sentences. */
export async function endable(
  act: (signal: AbortSignal, terminal: Terminal | undefined) => Promise<number>,
): Promise<number> {
  const end = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const heard = () => end.abort(new EndedError('The dialogue was ended.'));
  for (const signal of signals) process.on(signal, heard);
  const terminal = openTerminal(end.signal);
  try {
    return await act(end.signal, terminal);
  } catch (error) {
    if (error instanceof EndedError) {
      console.error('\nEnded; nothing was written.');
      return exitCodes.inconclusive;
    }
    const isTold = [SubmitError, SubstitutionError, BundleError, AnswerError].some(
      (kind) => error instanceof kind,
    );
    if (!isTold) throw error;
    console.error((error as Error).message);
    return exitCodes.usage;
  } finally {
    terminal?.close();
    for (const signal of signals) process.off(signal, heard);
  }
}

async function submit(
  run: string,
  flags: SubmitFlags,
  signal: AbortSignal,
  terminal: Terminal | undefined,
): Promise<number> {
  const reports = resolve(flags.reports ?? join(packageRoot, 'reports'));
  const answers = gatherAnswers(terminal);
  const { folder, result } = await chooseDevice(run, flags.device, answers);
  const trust = await readTrust(reports);
  const remembered = await readRemembered();
  const device = await askDevice(result.device, flags, answers);
  const key = flags.unsigned ? undefined : await chooseKey(flags.key, trust, remembered, answers);
  const owner = key && registered(trust, key);
  const tester = await askTester(flags, owner?.party, remembered, answers);
  const benchName = await answers.required({
    question: questions.benchName,
    given: flags.benchName,
    known: [result.bench.name],
  });
  answers.complete();
  const added = key && !owner ? registration(trust, key, tester, new Date()) : undefined;

  const submission = {
    folder,
    result: { ...result, bench: { ...result.bench, name: benchName } },
    subject: { schemaVersion: 1, device, tester } satisfies Subject,
    reports,
    signal,
  };
  const path = await withStaging(reports, async (staging) => {
    const draft = await draftBundle(submission, staging);
    console.error(previewOf(draft, key).join('\n'));
    if (added) console.error(`\n${registrationAdvice(added).join('\n')}`);
    console.error('');
    if (!flags.yes && !(await answers.confirm('Write this bundle?'))) return undefined;
    terminal?.close();
    await sealDraft(draft, submission, staging, {
      ...(key && { key }),
      trust: added?.trust ?? trust,
    });
    return draft.path;
  });
  if (path === undefined) {
    console.error('Nothing was written.');
    return exitCodes.inconclusive;
  }
  await remember({
    ...tester,
    ...(key && { fingerprint: key.fingerprint }),
    ...(key?.file !== undefined && { keyFile: key.file }),
  });
  tellNext({ reports, path, device, isSigned: key !== undefined, isNew: added !== undefined });
  return exitCodes.compliant;
}

interface Written {
  readonly reports: string;
  readonly path: string;
  readonly device: Device;
  readonly isSigned: boolean;
  readonly isNew: boolean;
}

function tellNext({ reports, path, device, isSigned, isNew }: Written): void {
  const folder = shown(join(reports, path));
  // Into a command line that people copy.
  const name = `${deviceName(device)} ${device.firmware}`.replaceAll(/["$`\\!]/g, '');
  console.error(
    [
      `Wrote ${folder}.`,
      ...(isSigned ? [] : ['It is not signed: it is shown as a preview, and counts for nothing.']),
      '',
      `Next${isNew ? ', when the pull request with your key is merged' : ''}, in your clone of the list:`,
      `  takeover verify ${isSigned ? '--new ' : ''}${folder}`,
      `  git checkout -b submit-${basename(path)}`,
      `  git add ${folder}`,
      `  git commit -m "Submit ${name}"`,
      '  git push -u origin HEAD',
      'and open a pull request with this one bundle. Nothing is published before it is merged.',
    ].join('\n'),
  );
}
