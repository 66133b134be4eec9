/**
 * From a recording to a verdict: the guards that hold for every probe, then the probe's own judge.
 * Pure: `takeover judge` calls it on stored evidence and must come to the same.
 */
import { portNames } from '../bench/bench.js';
import type { Recording } from '../evidence/recording.js';
import type { Probe } from '../probe.js';
import type { Finding, Judgement } from '../result.js';
import { arrivedAt, inconclusive } from '../timeline.js';

interface Unfit {
  readonly reason: string;
  /** The ports that seem to be shut. */
  readonly findings: readonly Finding[];
}

const shut = (port: string, text: string): Finding => ({ id: `port-${port}-alive`, holds: false, text });

/** From when on a port that was seen without a link may have lost it: what it was given then never left, and none
 *  wonders. Infinity for a port that was not seen so. */
function lostLinkAfter({ events }: Recording, port: string): number {
  const seen = events.filter((e) => e.kind === 'mark' && e.name === 'link-seen');
  const at = (state: string) =>
    seen.findLast((e) => e.kind === 'mark' && e.detail === `${port}=${state}`)?.atNs;
  const [up = -1, down] = [at('up'), at('down')];
  return down === undefined || down < up ? Number.POSITIVE_INFINITY : up;
}

/** What makes a recording unfit to be judged; undefined when it is fit. */
function unfit(recording: Recording): Unfit | undefined {
  for (const port of recording.ports) {
    if (port.dropped) {
      const reason = `The capture on port ${port.name} (${port.nic}) lost ${port.dropped} frames, so silence proves nothing.`;
      return { reason, findings: [] };
    }
  }
  const left = new Set<string>();
  for (const { label, seq, port, direction } of recording.frames) {
    if (direction === 'out' && label !== undefined) left.add(`${port} ${label} ${seq}`);
  }
  for (const event of recording.events) {
    if (event.kind === 'sent' && !left.has(`${event.port} ${event.label} ${event.seq}`)) {
      if (event.atNs > lostLinkAfter(recording, event.port)) continue;
      const reason = `The frame '${event.label}' was given to port ${event.port} but never seen to leave it.`;
      return {
        reason,
        findings: [shut(event.port, `frames did not leave port ${event.port}: has it a link?`)],
      };
    }
  }
  for (const event of recording.events) {
    if (event.kind !== 'mark' || event.name !== 'sentinel') continue;
    const [label = '', listeners = ''] = (event.detail ?? '').split('=');
    const deaf = listeners.split(',').filter((port) => port !== '' && !arrivedAt(recording, label, port));
    if (deaf.length > 0) {
      const reason =
        `Port ${deaf.join(' and port ')} heard neither the broadcast nor the unicast sentinel after the quiet ` +
        'window, so silence there proves nothing. Check cable, link and whether the switch blocks the port.';
      return { reason, findings: deaf.map((port) => shut(port, `port ${port} hears World no more`)) };
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
    const reason = lacking(probe, recording);
    if (reason !== undefined) return inconclusive({ ...none, reason });
    const found = unfit(recording);
    if (found) return inconclusive({ ...none, ...found });
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
