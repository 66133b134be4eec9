/** A TCP connection that a remote machine makes for us (RFC 4254 §7.2, direct-tcpip). */
import type { Duplex } from 'node:stream';
import type { Client, ClientCallback, ClientChannel } from 'ssh2';
import { SshError } from './ssh-error.js';
import type { OpenChannel } from './ssh-stream.js';

/** Opens a channel on the current connection, or on the one after it. */
export type OpenAny = (
  ask: (client: Client, answer: ClientCallback) => void,
  refused: (error: Error) => SshError,
) => Promise<OpenChannel>;

/** How long the machine may take to connect: less than its kernel's minutes of repeated SYNs. */
const connectMs = 10_000;

/** RFC 4254 §5.1. */
const administrativelyProhibited = 1;

export async function connectFrom(
  target: string,
  open: OpenAny,
  address: string,
  port: number,
): Promise<Duplex> {
  const to = `${address} port ${port}`;
  const opened = open(
    (client, answer) => client.forwardOut('127.0.0.1', 0, address, port, answer),
    (error: Error & { reason?: unknown }) =>
      new SshError(
        error.reason === administrativelyProhibited
          ? `${target} does not let us connect from there to ${to}: set \`AllowTcpForwarding\` in its SSH server.`
          : `${target} could not connect to ${to} (${error.message}).`,
      ),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, connectMs, undefined);
  });
  const first = await Promise.race([opened, late]).finally(() => clearTimeout(timer));
  if (first === undefined) {
    opened.then(({ channel }) => channel.destroy()).catch(() => undefined);
    throw new SshError(`${target} did not connect to ${to} within ${connectMs / 1000} s.`);
  }
  return heard(first);
}

/** A channel that ends with its connection. An 'error' that nobody hears would end the process; its user sees its end. */
export function heard({ channel, connection }: OpenChannel): ClientChannel {
  channel.on('error', () => undefined);
  void connection.broken.then(() => channel.destroy());
  return channel;
}
