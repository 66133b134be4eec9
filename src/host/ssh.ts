/** Running commands on another machine over SSH: one connection for a run, its host key verified. */
import type { Duplex } from 'node:stream';
import type { SshAccess } from '../bench/bench.js';
import { commandLine } from './shell.js';
import { nameOf } from './ssh-connect.js';
import { SshError, SshTimeout } from './ssh-error.js';
import { connectFrom, heard, type OpenAny } from './ssh-forward.js';
import { openLink } from './ssh-link.js';
import {
  endOfInput,
  intoLines,
  openChannel,
  type RemoteStream,
  remoteStream,
  type StreamOptions,
} from './ssh-stream.js';

export { SshError, SshTimeout } from './ssh-error.js';
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
  /** The same for a command line that is one of ours, as it stands: a router's `show … | json` knows no quotes. */
  runLine(line: string, options?: RunOptions): Promise<RunResult>;
  /** Starts a command that runs beside the others; `onLine` gets its standard output line by line. */
  stream(argv: readonly string[], onLine: (line: string) => void, options?: StreamOptions): RemoteStream;
  /** The same, byte for byte. */
  bytes(argv: readonly string[], onBytes: (chunk: Buffer) => void, options?: StreamOptions): RemoteStream;
  /** An interactive shell with a terminal, for machines that run no single commands. It ends with the connection. */
  shell(): Promise<Duplex>;
  /** A TCP connection that the machine itself makes (RFC 4254 §7.2, direct-tcpip). Rejects with an SshError, also when
   *  its server forbids forwarding. Destroy it, or end it, when done; it ends with the SSH connection. */
  connect(address: string, port: number): Promise<Duplex>;
  /** Calls `listener` once when the connection is lost for good; at once if it is already. Returns the
   *  function that ends the subscription. */
  onLost(listener: (error: SshError) => void): () => void;
  readonly lost: boolean;
  /** How often the connection broke so far. */
  readonly breaks: number;
  /** Ends every stream and the connection; idempotent; never rejects. */
  close(): Promise<void>;
}

const runTimeoutMs = 10_000;

/** Wide and long enough that neither lines nor pages break; a terminal that can do nothing needs no escape sequences. */
const terminal = { term: 'dumb', cols: 500, rows: 1000, width: 0, height: 0 };

/**
 * Connects to a machine. A connection that breaks fails what was running on it; the next command uses the new one.
 * A machine that does not come back, or breaks off again at once, stays lost.
 */
export async function openSsh(access: SshAccess): Promise<Ssh> {
  const target = nameOf(access);
  const streams = new Set<RemoteStream>();
  const link = await openLink(access);
  let closing = false;
  let last: Promise<unknown> = Promise.resolve();

  const open: OpenAny = async (...channelOf) => {
    const connection = await link.current();
    const channel = await openChannel(connection, ...channelOf);
    return channel ? { connection, channel } : open(...channelOf);
  };

  const start = (command: string, onBytes: (chunk: Buffer) => void, options: StreamOptions): RemoteStream => {
    const channel = open(
      (client, answer) => client.exec(command, answer),
      ({ message }) => new SshError(`${target} refuses to run a command: ${message}.`),
    );
    const stream = remoteStream(channel, onBytes);
    if (options.stdin !== undefined) stream.write(options.stdin);
    streams.add(stream);
    stream.ended.then(() => streams.delete(stream));
    return stream;
  };

  const runNow = async (command: string, options: RunOptions): Promise<RunResult> => {
    const { timeoutMs = runTimeoutMs } = options;
    const chunks: Buffer[] = [];
    const stream = start(command, (chunk) => chunks.push(chunk), options);
    stream.write(endOfInput);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), timeoutMs);
    });
    const end = await Promise.race([stream.ended, timeout]);
    clearTimeout(timer);
    if (end === undefined) {
      void stream.close();
      const [name] = command.split(' ');
      throw new SshTimeout(`${target} did not finish \`${name}\` within ${timeoutMs / 1000} s.`);
    }
    if (end.error) throw end.error;
    if (end.code === null && closing) throw new SshError(`The connection to ${target} is closed.`);
    return { stdout: Buffer.concat(chunks).toString('utf8'), stderr: end.stderr, code: end.code ?? -1 };
  };
  const runLine: Ssh['runLine'] = (line, options = {}) => {
    const result = last.then(() => runNow(line, options));
    last = result.catch(() => undefined);
    return result;
  };
  const bytes: Ssh['bytes'] = (argv, onBytes, options = {}) => start(commandLine(argv), onBytes, options);

  return {
    target,
    run: (argv, options) => runLine(commandLine(argv), options),
    runLine,
    stream: (argv, onLine, options) => bytes(argv, intoLines(onLine), options),
    bytes,
    shell: async () =>
      heard(
        await open(
          (client, answer) => client.shell(terminal, answer),
          ({ message }) => new SshError(`${target} refuses to open a shell: ${message}.`),
        ),
      ),
    connect: (address, port) => connectFrom(target, open, address, port),
    onLost: link.onLost,
    get lost() {
      return link.lost;
    },
    get breaks() {
      return link.breaks;
    },
    close: async () => {
      closing = true;
      await Promise.all([...streams].map((stream) => stream.close()));
      await link.close();
    },
  };
}
