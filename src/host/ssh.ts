/** Running commands on another machine over SSH: one connection for a run, its host key verified. */
import type { SshAccess } from '../bench/bench.js';
import { commandLine } from './shell.js';
import { type Connection, connect, nameOf } from './ssh-connect.js';
import { SshError } from './ssh-error.js';
import {
  endOfInput,
  intoLines,
  type OpenChannel,
  openChannel,
  type RemoteStream,
  remoteStream,
  type StreamOptions,
} from './ssh-stream.js';

export { SshError } from './ssh-error.js';
export type { RemoteStream, StreamEnd, StreamOptions } from './ssh-stream.js';

export interface RunOptions {
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** Written to the command's standard input, which is then closed. */
  readonly stdin?: string | Uint8Array;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code; -1 when a signal ended the command. */
  readonly code: number;
}

export interface Ssh {
  /** `user@host`, or `user@host:port`, for messages. */
  readonly target: string;
  /** Runs a command, one after the other, and waits for its end. Rejects with an SshError. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a command that runs beside the others; `onLine` gets its standard output line by line. */
  stream(argv: readonly string[], onLine: (line: string) => void, options?: StreamOptions): RemoteStream;
  /** The same, byte for byte. */
  bytes(argv: readonly string[], onBytes: (chunk: Buffer) => void, options?: StreamOptions): RemoteStream;
  /** Calls `listener` once when the connection is lost for good; at once if it is already. Returns the
   *  function that ends the subscription. */
  onLost(listener: (error: SshError) => void): () => void;
  readonly lost: boolean;
  /** Ends every stream and the connection; idempotent; never rejects. */
  close(): Promise<void>;
}

const runTimeoutMs = 10_000;
/** How long the other side may take to hang up. */
const hangUpMs = 1000;

/**
 * Connects to a machine. A connection that breaks fails what was running on it; the next command
 * connects again, once in a run. After the second break the machine stays lost.
 */
export async function openSsh(access: SshAccess): Promise<Ssh> {
  const target = nameOf(access);
  const streams = new Set<RemoteStream>();
  const lostListeners = new Set<(error: SshError) => void>();
  const closedError = () => new SshError(`The connection to ${target} is closed.`);
  let closing = false;
  let lost: SshError | undefined;
  let retried = false;
  let last: Promise<unknown> = Promise.resolve();

  const lose = (error: SshError) => {
    lost = error;
    for (const listener of lostListeners) listener(error);
    lostListeners.clear();
  };
  const watched = (connection: Connection): Connection => {
    connection.broken.then((error) => {
      if (closing) return;
      if (retried) return lose(error);
      retried = true;
      current = connect(access).then(watched);
      current.catch(lose);
    });
    return connection;
  };
  let current: Promise<Connection> = Promise.resolve(watched(await connect(access)));

  const bytes: Ssh['bytes'] = (argv, onBytes, options = {}) => {
    const command = commandLine(argv);
    const open = async (): Promise<OpenChannel> => {
      if (lost) throw lost;
      if (closing) throw closedError();
      const connection = await current;
      const channel = await openChannel(connection, command, target);
      return channel ? { connection, channel } : open();
    };
    const stream = remoteStream(open(), onBytes);
    if (options.stdin !== undefined) stream.write(options.stdin);
    streams.add(stream);
    stream.ended.then(() => streams.delete(stream));
    return stream;
  };

  const runNow = async (argv: readonly string[], options: RunOptions): Promise<RunResult> => {
    const { timeoutMs = runTimeoutMs } = options;
    const chunks: Buffer[] = [];
    const stream = bytes(argv, (chunk) => chunks.push(chunk), options);
    stream.write(endOfInput);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), timeoutMs);
    });
    const end = await Promise.race([stream.ended, timeout]);
    clearTimeout(timer);
    if (end === undefined) {
      void stream.close();
      throw new SshError(`${target} did not finish \`${argv[0]}\` within ${timeoutMs / 1000} s.`);
    }
    if (end.error) throw end.error;
    if (end.code === null && closing) throw closedError();
    return { stdout: Buffer.concat(chunks).toString('utf8'), stderr: end.stderr, code: end.code ?? -1 };
  };

  return {
    target,
    run: (argv, options = {}) => {
      const result = last.then(() => runNow(argv, options));
      last = result.catch(() => undefined);
      return result;
    },
    stream: (argv, onLine, options) => bytes(argv, intoLines(onLine), options),
    bytes,
    onLost: (listener) => {
      if (lost) listener(lost);
      else lostListeners.add(listener);
      return () => void lostListeners.delete(listener);
    },
    get lost() {
      return lost !== undefined;
    },
    close: async () => {
      closing = true;
      await Promise.all([...streams].map((stream) => stream.close()));
      const connection = await current.catch(() => undefined);
      if (connection === undefined) return;
      connection.client.end();
      const giveUp = setTimeout(() => connection.client.destroy(), hangUpMs);
      await connection.broken;
      clearTimeout(giveUp);
    },
  };
}
