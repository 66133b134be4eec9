/** The page of a bundle: what its run says, who stands behind it, and what can be downloaded. */
import type { Bundle } from '../bundle/bundle.js';
import { differencesOf } from '../bundle/differences.js';
import { bundleFiles } from '../bundle/layout.js';
import type { Entry } from '../list/schema.js';
import { deviceView } from '../report/device-view.js';
import { deviceName, plural, wordOf } from '../report/words.js';
import type { CaseResult, Device } from '../result.js';
import type { Page } from './layout.js';
import { dayOf } from './list-words.js';
import { bundleFilePath, devicePath, linkTo, resultPath, runPath } from './paths.js';
import { isHandedOut, partyText, type Submission, standingWords } from './standing-words.js';

/** A bundle, and how it stands in the list. */
export interface ListedRun {
  readonly bundle: Bundle;
  readonly entry: Entry;
  readonly submission: Submission;
}

/** What of the device the submitter says otherwise than the run's bench file did, as the page tells it. */
const differencesView = (declared: Device, benched: Device) =>
  differencesOf(declared, benched).map(({ field, subject = '–', result = '–' }) => ({
    term: field,
    declared: subject,
    benched: result,
  }));

/** On top of the pages of a run that does not count: that it doesn't, and why; null where it counts. */
export const standingView = ({ standing, why = '' }: Submission) =>
  standing === 'counted' ? null : { ...standingWords[standing], why };

/** The pages above those of a run. */
export const trailOf = ({ entry }: Pick<ListedRun, 'entry'>) => [
  { text: `${deviceName(entry.device)} ${entry.device.firmware}`, path: devicePath(entry) },
];

/** `2026-11-20, Lab North`. */
export const runName = ({
  startedAt,
  organisation,
}: Pick<Submission, 'startedAt' | 'organisation'>): string => `${dayOf(startedAt)}, ${organisation}`;

/** The `id` of an element, from whatever names it. */
export const anchorOf = (name: string): string => name.replace(/[^\w./-]/g, '-');

export function runPage(run: ListedRun): Page {
  const { bundle, submission } = run;
  const { manifest, signer, subject, withdrawal } = bundle;
  const path = runPath(bundle.path);
  // The submitter says which device it was; where the run says otherwise, the page tells.
  const result = { ...bundle.result, device: subject.device };
  const hrefOf = (id: string) => linkTo(path, resultPath(bundle.path, id));
  const differences = differencesView(subject.device, bundle.result.device);
  const downloads = isHandedOut(submission) ? downloadsOf(bundle) : [];
  return {
    path,
    title: `${deviceName(subject.device)} ${subject.device.firmware}, ${runName(submission)}`,
    template: 'run',
    trail: trailOf(run),
    view: {
      standing: standingView(submission),
      device: deviceView(result, { anchorOf, hrefOf }, (c) => ({ ...caseLine(c), href: hrefOf(c.id) })),
      differences: differences.length > 0 ? differences : null,
      by: [
        { term: 'Submitted by', value: partyText(submission) },
        { term: 'Signed by', value: signer ? signer.principal : 'nobody' },
        ...(signer ? [{ term: 'Key', value: signer.fingerprint }] : []),
        { term: 'Put together', value: manifest.createdAt },
      ],
      withdrawal: withdrawal ? { at: withdrawal.at, reason: withdrawal.reason } : null,
      downloads,
      command: `takeover verify reports/${bundle.path}`,
    },
    json: {
      bundle: bundle.path,
      entry: run.entry.id,
      run: bundle.result.run,
      suite: bundle.result.suite,
      device: subject.device,
      differences,
      status: submission.status,
      standing: submission.standing,
      why: submission.why ?? null,
      tester: subject.tester,
      signer,
      manifestSha256: bundle.manifestSha256,
      files: downloads.map((file) => ({
        name: file.name,
        href: linkTo(path, file.path),
        sha256: file.sha256,
      })),
      cases: result.cases.map(({ id, level, outcome }) => ({ id, level, outcome, href: hrefOf(id) })),
    },
  };
}

/** A case as a line of a list. */
const caseLine = (c: CaseResult) => ({ ...wordOf(c), id: c.id, title: c.title, level: c.level });

function downloadsOf({ path, manifest, manifestSha256, signer, withdrawal }: Bundle) {
  const digestOf = (name: string) => manifest.files.find((file) => file.path === name)?.sha256 ?? null;
  const { result, subject } = bundleFiles;
  const files = [
    { name: result, about: 'everything that the run says', sha256: digestOf(result) },
    { name: subject, about: 'the device and who tested it', sha256: digestOf(subject) },
    {
      name: bundleFiles.manifest,
      about: `${plural(manifest.files.length, 'file')} with their digests`,
      sha256: manifestSha256,
    },
    ...(signer
      ? [
          {
            name: bundleFiles.signature,
            about: 'its signature, as ssh-keygen -Y sign makes it',
            sha256: null,
          },
        ]
      : []),
    ...(withdrawal ? [{ name: bundleFiles.withdrawal, about: 'why it was withdrawn', sha256: null }] : []),
  ];
  return files.map((file) => ({ ...file, path: bundleFilePath(path, file.name) }));
}
