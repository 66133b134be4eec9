/** What is told of a case of the catalogue wherever it is explained: its needs, how long it waits, what it replays. */
import type { Probe, ProbeCase } from '../probe.js';
import { readProfile } from '../profiles/profile.js';
import { profileLines } from '../profiles/text.js';
import { formatWait } from './words.js';

/** That a case runs only when it is asked for, and how long it takes on a device with the usual timers; undefined where
 *  it is not slow. */
export function slowText(probe: Probe, { slow, params }: ProbeCase<unknown>): string | undefined {
  if (!slow) return undefined;
  const waitMs = probe.waitMs?.(params, {}) ?? 0;
  const wait =
    waitMs > 0 ? `, and waits up to ${formatWait(waitMs)} where the timers are the usual ones` : '';
  return `slow: runs only with --slow${wait}`;
}

/** What a case replays, a line for each kind of frame; empty where it replays nothing. */
export function replayLines({ params }: Pick<ProbeCase<unknown>, 'params'>): string[] {
  const held = typeof params === 'object' && params !== null ? (params as { profile?: unknown }) : {};
  const profile = readProfile(held.profile);
  return profile ? profileLines(profile) : [];
}

/** What the bench must have: of the probe, and of these cases besides. */
export function needsText({ needs }: Probe, cases: readonly ProbeCase<unknown>[]): string {
  const ofSome = [...new Set(cases.flatMap((c) => c.needs ?? []))].filter((need) => !needs.includes(need));
  if (cases.length === 1) return [...needs, ...ofSome].join(', ');
  return [needs.join(', '), ofSome.join(', ')].filter(Boolean).join('; some cases ');
}
