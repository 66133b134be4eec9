/**
 * Has the host send something: an answer to whoever asks, as V or as another. An echo request does, and where the host
 * answers none, a SYN to the TCP port that the preflight found to answer in its place.
 */
import {
  type AnsweringPort,
  decodeFrame,
  hangUpFrame,
  promptFrame,
  promptNumber,
} from '../../src/frame/index.js';
import type { Context, PortName, Recording } from '../../src/probe.js';

/** Who asks whom: IP addresses of one family. */
export interface Ends {
  readonly service: string;
  readonly host: string;
}

/** Where a question comes from, and what it is called. */
export interface Asker {
  /** The MAC that it comes from. */
  readonly source: string;
  readonly port: PortName;
  readonly label: string;
}

export interface Prompted {
  readonly number: number;
  /** Ends what it has begun at an open port: a host repeats SYN and ACK for a minute. */
  hangUp(): Promise<void>;
}

/** The TCP port that stands in for echo; undefined: none does. */
export function standInOf({ host }: Pick<Context, 'host'>, address: string): AnsweringPort | undefined {
  return host.answeringPort?.[address.includes(':') ? 'ipv6' : 'ipv4'];
}

/** Asks, and waits for nothing. @param number tells it from others; default drawn at random */
export async function prompt(
  context: Context,
  { service, host }: Ends,
  { source, port, label }: Asker,
  number = context.random(2 ** 32),
): Promise<Prompted> {
  const standIn = standInOf(context, host);
  const link = { destination: context.host.mac, source, ipSource: service, ipDestination: host };
  const sent = { ...link, number, ...(standIn && { tcpPort: standIn.port }) };
  await context.send(port, promptFrame(sent), label);
  return {
    number,
    async hangUp() {
      if (standIn?.isOpen) await context.send(port, hangUpFrame(sent), 'hang-up');
    },
  };
}

/** How long a host may take to begin a connection, which can be ended only then. */
const beginMs = 10;

/** Asks once where the answer may have to wait for V's address, and is not waited for: a host sends it also when the
 *  connection that it belongs to is over. */
export async function promptOnce(context: Context, ends: Ends, asker: Asker): Promise<void> {
  const { hangUp } = await prompt(context, ends, asker);
  if (standInOf(context, ends.host)?.isOpen) await context.wait(beginMs);
  await hangUp();
}

/** The TCP port that stood in for echo, told from what was sent; undefined: none did. */
export function portAsked({ frames }: Pick<Recording, 'frames'>): number | undefined {
  for (const { direction, bytes } of frames) {
    const decoded = decodeFrame(bytes);
    if (direction === 'out' && promptNumber(decoded) !== undefined) return decoded.tcp?.destinationPort;
  }
  return undefined;
}
