/** Address resolution seen from outside (RFC 1122 §2.3.2, RFC 4861 §7.2.2): the host has something to send to V, and asks for it. */
import { decodeFrame } from '../../../src/frame/index.js';
import { addressOf, type Context, type RecordedFrame, type Recording } from '../../../src/probe.js';
import { asksFor, isAnswer, requestsOf } from '../belief.js';
import { type Cast, oldPort, type Roles } from '../cast.js';
import { promptOnce } from '../prompt.js';

/** One question as V, from a station that is neither OLD nor NEW: the host's answer waits for V's address. */
export const askOnce = (context: Context, cast: Cast, label: string): Promise<void> =>
  promptOnce(context, cast, { source: context.portMac(oldPort), port: oldPort, label });

/** When the host asked everybody for V: the times of its questions, each once however many ports it came in at. */
export function questionsNs(frames: readonly RecordedFrame[], service: string, sinceNs = 0): number[] {
  const asking = frames.filter(
    ({ direction, label, atNs, bytes }) =>
      direction === 'in' && label === undefined && atNs >= sinceNs && asksFor(decodeFrame(bytes), service),
  );
  const first = asking[0]?.port;
  return asking.filter(({ port }) => port === first).map(({ atNs }) => atNs);
}

/** The station that the host's answer to the questions of a label went to; undefined where none was seen. */
export function answeredTo(recording: Recording, label: string, names: Roles): string | undefined {
  const service = addressOf(recording, names.service);
  const host = addressOf(recording, service.includes(':') ? 'host-ipv6' : 'host-ipv4');
  const asked = requestsOf(recording, label);
  const answer = recording.frames.find(
    ({ direction, bytes }) => direction === 'in' && isAnswer(decodeFrame(bytes), { service, host }, asked),
  );
  return answer && decodeFrame(answer.bytes).ethernet?.destination;
}
