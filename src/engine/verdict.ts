/**
 * From a recording to a verdict: the guards that hold for every probe, then the probe's own judge.
 * Pure: `takeover judge` calls it on stored evidence and must come to the same.
 */
import { portNames } from '../bench/bench.js';
import type { Recording } from '../evidence/recording.js';
import type { Probe } from '../probe.js';
import type { Judgement } from '../result.js';
import { arrivedAt, inconclusive } from '../timeline.js';

/** What makes a recording unfit to be judged, as a sentence; undefined when it is fit. */
export function unfit(recording: Recording): string | undefined {
  for (const port of recording.ports) {
    if (port.dropped) {
      return `The capture on port ${port.name} (${port.nic}) lost ${port.dropped} frames, so silence proves nothing.`;
    }
  }
  const left = new Set<string>();
  for (const { label, seq, port, direction } of recording.frames) {
    if (direction === 'out' && label !== undefined) left.add(`${port} ${label} ${seq}`);
  }
  for (const event of recording.events) {
    if (event.kind === 'sent' && !left.has(`${event.port} ${event.label} ${event.seq}`)) {
      return `The frame '${event.label}' was given to port ${event.port} but never seen to leave it.`;
    }
  }
  for (const event of recording.events) {
    if (event.kind !== 'mark' || event.name !== 'sentinel') continue;
    const [label = '', listeners = ''] = (event.detail ?? '').split('=');
    const deaf = listeners.split(',').filter((port) => port !== '' && !arrivedAt(recording, label, port));
    if (deaf.length > 0) {
      return (
        `Port ${deaf.join(' and port ')} heard neither the broadcast nor the unicast sentinel after the quiet ` +
        'window, so silence there proves nothing. Check cable, link and whether the switch blocks the port.'
      );
    }
  }
  return undefined;
}

/** Which of the ports that the probe needs were not recorded, as a sentence. */
function lacking(probe: Pick<Probe, 'needs'>, { ports }: Recording): string | undefined {
  const isPort = (need: string) => portNames.some((name) => name === need);
  const missing = probe.needs.find((need) => isPort(need) && !ports.some(({ name }) => name === need));
  return missing === undefined ? undefined : `Port ${missing} was not recorded, and this case needs it.`;
}

/** The verdict on one recording. Never throws: a judge that does is reported as an inconclusive case. */
export function verdict<Params>(probe: Probe<Params>, params: Params, recording: Recording): Judgement {
  const none = { expected: probe.title, observed: 'nothing that could be judged' };
  try {
    const reason = lacking(probe, recording) ?? unfit(recording);
    if (reason !== undefined) return inconclusive({ ...none, reason });
    const holds = probe.controlHolds(recording, params);
    if (holds !== true) return inconclusive({ ...none, reason: holds, observed: 'the control did not hold' });
    const judged = probe.judge(recording, params);
    const quiet = recording.events.some((event) => event.kind === 'mark' && event.name === 'sentinel');
    if (judged.outcome === 'pass' && probe.device === 'switch' && !quiet) {
      return inconclusive({ ...none, reason: 'No sentinel proved that the observers were alive.' });
    }
    return judged;
  } catch (error) {
    return inconclusive({
      ...none,
      reason: `The judge could not read this recording: ${(error as Error).message}`,
    });
  }
}
