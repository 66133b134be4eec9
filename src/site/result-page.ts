/** What one case of a run saw: expected against observed, the picture, and where to look in the capture. */
import type { Recording } from '../evidence/recording.js';
import { decisiveAttempt } from '../report/decisive.js';
import { frameNumbers } from '../report/frame-numbers.js';
import { drawPicture } from '../report/pictures.js';
import { caseView } from '../report/views.js';
import { deviceName, formatNs, wordOf } from '../report/words.js';
import type { CaseResult } from '../result.js';
import type { Page } from './layout.js';
import { bundleFilePath, casePath, devicePath, isPlainCaseId, linkTo, resultPath, runPath } from './paths.js';
import { type ListedRun, runName, standingView, trailOf } from './run-pages.js';
import { isHandedOut } from './standing-words.js';

/**
 * @param recording of the attempt that decided the case; undefined where none was kept, or it can't be read
 * @param hasCasePage whether the case is one of the catalogue, with a page of its own
 */
export function resultPage(
  run: ListedRun,
  c: CaseResult,
  recording: Recording | undefined,
  hasCasePage: boolean,
): Page {
  const { bundle, entry, submission } = run;
  const path = resultPath(bundle.path, c.id);
  const probe = bundle.result.probes.find(({ id }) => id === c.probe);
  const handedOut = isHandedOut(submission);
  const decisive = decisiveAttempt(c);
  const fileOf = ({ path: file, sha256 }: { readonly path: string; readonly sha256: string }) => ({
    name: file.slice(file.lastIndexOf('/') + 1),
    sha256,
    at: bundleFilePath(bundle.path, file),
  });
  const attempts = c.attempts.map((attempt, i) => ({
    number: i + 1,
    ...wordOf({ level: c.level, outcome: attempt.outcome }),
    startedAt: attempt.startedAt,
    took: formatNs(attempt.durationMs * 1e6),
    reason: attempt.reason === c.reason ? null : attempt.reason,
    isDecisive: attempt === decisive && c.attempts.length > 1,
    files:
      attempt.evidence && handedOut
        ? [fileOf(attempt.evidence.capture), fileOf(attempt.evidence.events)]
        : [],
  }));
  const frames = recording ? frameNumbers(recording) : { rows: [], more: 0 };
  const device = `${deviceName(entry.device)} ${entry.device.firmware}`;
  return {
    path,
    title: `${c.id}: ${device}`,
    template: 'result',
    trail: [...trailOf(run), { text: runName(submission), path: runPath(bundle.path) }],
    view: {
      standing: standingView(submission),
      claim: probe?.title ?? null,
      device: { name: device, path: devicePath(entry) },
      run: { name: runName(submission), path: runPath(bundle.path) },
      casePath: hasCasePage ? casePath(c.id) : null,
      // Its attempts and their files stand in a table of their own.
      case: {
        ...caseView(c, probe),
        attempts: null,
        href: null,
        picture: recording && handedOut ? drawPicture(recording) : null,
      },
      attempts,
      capture: decisive?.evidence && handedOut ? fileOf(decisive.evidence.capture) : null,
      isHeldBack: !handedOut,
      frames: decisive && handedOut && frames.rows.length > 0 ? frames : null,
      commands: {
        judge: `takeover judge reports/${bundle.path}`,
        repeat: isPlainCaseId(c.id) ? `takeover run bench.yaml --grep '^${c.id}$'` : null,
      },
    },
    json: {
      bundle: bundle.path,
      standing: submission.standing,
      device: entry.device,
      entry: entry.id,
      case: c,
      requirement: probe?.requirement ?? null,
      frames: handedOut ? frames.rows : [],
      files: attempts.flatMap(({ number, files }) =>
        files.map(({ name, at, sha256 }) => ({ attempt: number, name, href: linkTo(path, at), sha256 })),
      ),
    },
  };
}
