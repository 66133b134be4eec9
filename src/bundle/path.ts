/** Where a bundle lies below reports/. */
import { folderName } from '../list/slug.js';
import type { Result } from '../result.js';
import type { Subject } from './schema.js';

/** So that a long name leaves room for the run's id. */
const longestLab = 40;

/** `<vendor>/<model>/<date>-<lab>-<run>`. Not unique by itself: where two devices of one run share it, the later one gets
 *  `-2`, `-3`, … behind it. */
export function bundlePath({ device, tester }: Subject, { run }: Result): string {
  const lab = folderName(folderName(tester.organisation).slice(0, longestLab));
  const folder = `${run.startedAt.slice(0, 10)}-${lab}-${run.id.replace(/[^A-Za-z0-9-]+/g, '-')}`;
  return [folderName(device.vendor), folderName(device.model), folder].join('/');
}

/** Whether a bundle lies where `submit` would put it. */
export function isAtItsPath(path: string, subject: Subject, result: Result): boolean {
  const expected = bundlePath(subject, result);
  return (
    path === expected || /^-[1-9]\d*$/.test(path.startsWith(expected) ? path.slice(expected.length) : '')
  );
}
