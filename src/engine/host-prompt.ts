/** How the host under test is had to send something before its cases: by echo requests, or by what stands in for them. */
import type { RecordedFrame } from '../evidence/recording.js';
import {
  type AnsweringPort,
  answeredNumber,
  type Decoded,
  decodeFrame,
  hangUpFrame,
  isHalfOpen,
  type Prompt,
  promptFrame,
} from '../frame/index.js';
import type { Context, HostUnderTest } from '../probe.js';

export type Family = 'ipv4' | 'ipv6';

/** The host's answer to a prompt, if the frame is one: the prompt's number, and what was said. */
export function answerIn(
  { bytes, direction }: RecordedFrame,
  family: Family,
): { readonly number: number; readonly decoded: Decoded } | undefined {
  if (direction !== 'in') return undefined;
  const decoded = decodeFrame(bytes);
  const number = answeredNumber(decoded);
  return number !== undefined && decoded[family] ? { number, decoded } : undefined;
}

/** Asks a host in one family, from a station at port A. */
export interface Prompter {
  readonly family: Family;
  /** Asks as this address, at a TCP port or by an echo request; resolves with the prompt's number. */
  ask(service: string, tcpPort?: number): Promise<number>;
  /** Ends the connections that the host has begun; `all`: also such as may have begun unseen. */
  hangUp(which?: 'all'): Promise<void>;
}

export function prompterOf(
  context: Context<null>,
  host: HostUnderTest,
  family: Family,
  source: string,
): Prompter {
  const link = { destination: host.mac, source, ipDestination: host[family] ?? '' };
  /** Those by TCP that are not known to be over, by their numbers. */
  const begun = new Map<number, Prompt>();
  let looked = 0;
  const end = async (prompt: Prompt) => {
    begun.delete(prompt.number);
    await context.send('a', hangUpFrame(prompt), `hang-up-${family}`);
  };
  return {
    family,
    async ask(ipSource, tcpPort) {
      const number = context.random(2 ** 32);
      const prompt = { ...link, ipSource, number, ...(tcpPort !== undefined && { tcpPort }) };
      if (tcpPort !== undefined) begun.set(number, prompt);
      await context.send('a', promptFrame(prompt), `ping-${family}`);
      return number;
    },
    async hangUp(which) {
      const answers = context.frames.slice(looked).flatMap((frame) => answerIn(frame, family) ?? []);
      looked = context.frames.length;
      for (const { number, decoded } of answers) {
        const prompt = begun.get(number);
        if (prompt && isHalfOpen(decoded)) await end(prompt);
        begun.delete(number);
      }
      if (which === 'all') for (const prompt of [...begun.values()]) await end(prompt);
    },
  };
}

/** Ports that even firewalls which drop silently often refuse (ident, discard); then such as are open on many machines:
 *  SSH, HTTP, HTTPS, SMB, NetBIOS, RPC, remote desktop, WSD, raw printing, LPD, IPP, a phone's and a television's own. */
const commonPorts = [113, 9, 22, 80, 443, 445, 139, 135, 3389, 5357, 9100, 515, 631, 62078, 8009];

const tries = 3;
const answerMs = 1_000;
/** A host that answers at one port has answered at the others by then. */
const othersMs = 100;

/** Finds a port that answers: the one that the bench file names, else a common one. @param service who asks */
export async function findPort(
  context: Context<null>,
  prompter: Prompter,
  service: string,
): Promise<AnsweringPort | undefined> {
  const { tcpPort } = context.declared;
  const declared = tcpPort === undefined ? undefined : await tryPorts(context, prompter, service, [tcpPort]);
  return declared ?? tryPorts(context, prompter, service, commonPorts);
}

/** The ports that were tried, in words. */
export function triedPorts({ declared: { tcpPort } }: Pick<Context<null>, 'declared'>): string {
  return [...new Set([tcpPort ?? [], commonPorts].flat())].join(', ');
}

/** Tries all at once. A closed port is preferred: it leaves nothing to be ended. */
async function tryPorts(
  context: Context<null>,
  prompter: Prompter,
  service: string,
  ports: readonly number[],
): Promise<AnsweringPort | undefined> {
  const asked = new Map<number, number>();
  const since = context.frames.length;
  const answering = (): AnsweringPort[] =>
    context.frames.slice(since).flatMap((frame) => {
      const { number, decoded } = answerIn(frame, prompter.family) ?? {};
      const port = asked.get(number ?? -1);
      return decoded && port !== undefined ? [{ port, isOpen: isHalfOpen(decoded) }] : [];
    });
  for (let n = 0; n < tries && answering().length === 0; n += 1) {
    for (const port of ports) asked.set(await prompter.ask(service, port), port);
    const any = await context.until(() => answering().length > 0, answerMs);
    if (any) await context.until(() => answering().length >= ports.length, othersMs);
    await prompter.hangUp('all');
  }
  const found = answering();
  return found.find(({ isOpen }) => !isOpen) ?? found[0];
}
