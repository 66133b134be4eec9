/** Times that a bundle tells: each a real one, and all in their order. */
import type { Result } from '../result.js';
import { isJudged } from './attempts.js';
import type { Refusal } from './bundle.js';
import { refusal } from './refusals.js';
import type { Manifest } from './schema.js';

/** As every run writes them: one form, so that they can be compared as texts too. */
const isoTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z$/;
/** From before there was a suite to centuries after it, so that a year has four digits that mean something. */
const [eraMs, eraEndMs] = [Date.UTC(2020), Date.UTC(2200)];

/** Milliseconds since 1970; NaN for a text that is no time, or none at which a bundle can have been made. */
export function timeMs(text: string): number {
  const [, second] = isoTime.exec(text) ?? [];
  const ms = Date.parse(text);
  if (second === undefined || !(ms >= eraMs && ms < eraEndMs)) return Number.NaN;
  // A 31st of February is read as a day in March.
  return new Date(ms).toISOString().startsWith(second) ? ms : Number.NaN;
}

const dayMs = 86_400_000;
/** Clocks of a host and of what it captures with differ a little, and may be set while a run goes on. */
const slackMs = 10_000;

/** Times in their order. `now`: of a new submission; no other check depends on today, so that bundles stay good. */
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
  // A run is as old as what it shows: none may be dated back by when it says that it began.
  const judged = cases.flatMap(({ attempts }) => attempts).filter(isJudged);
  const firstMs = judged.reduce((first, { startedAt }) => Math.min(first, timeMs(startedAt)), Infinity);
  if (Number.isFinite(firstMs) && firstMs > started + dayMs) {
    const what = `the run began at ${shown(run.startedAt)}, more than a day before its first verdict`;
    refusals.push(refusal('time', what));
  }
  if (now && created > now.getTime() + dayMs) {
    refusals.push(refusal('future', `manifest.json was made at ${shown(createdAt)}, which is yet to come`));
  }
  return refusals;
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 80));
