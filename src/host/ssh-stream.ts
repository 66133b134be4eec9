/** A command on another machine as a stream: its input, its output, its end. */
import { StringDecoder } from 'node:string_decoder';
import type { Client, ClientCallback, ClientChannel } from 'ssh2';
import type { Connection } from './ssh-connect.js';
import type { SshError } from './ssh-error.js';

export interface StreamOptions {
  /** Written to the command's standard input, which stays open until `close`. */
  readonly stdin?: string | Uint8Array;
}

export interface StreamEnd {
  /** The exit code; null when a signal, `close` or the loss of the connection ended the command. */
  readonly code: number | null;
  readonly stderr: string;
  /** Why it ended, if the command itself wasn't the reason. */
  readonly error?: SshError;
}

/** A command that keeps running. */
export interface RemoteStream {
  write(bytes: Uint8Array | string): void;
  /** Never rejects. */
  readonly ended: Promise<StreamEnd>;
  /** Closes the command's standard input, and its channel if that doesn't end it within a second. */
  close(): Promise<void>;
}

/** How long a command may take to end once its standard input is closed. */
const graceMs = 1000;
/** How long a connection's break may show itself after its channels' ends. */
const breakMs = 200;

export interface OpenChannel {
  readonly connection: Connection;
  readonly channel: ClientChannel;
}

/** Opens a channel of any kind; undefined: the connection broke before it was asked for, and it can be asked for
 *  again. `refused` words the server's refusal. */
export function openChannel(
  { client, broken }: Connection,
  ask: (client: Client, answer: ClientCallback) => void,
  refused: (error: Error) => SshError,
): Promise<ClientChannel | undefined> {
  return new Promise((resolve, reject) => {
    try {
      ask(client, (error, channel) => {
        if (!error) return resolve(channel);
        // Either the server's word, or the first sign of a broken connection.
        setTimeout(() => reject(refused(error)), breakMs);
      });
    } catch {
      // ssh2 throws `Not connected` between the socket's end and the client's `close`.
      broken.then(() => resolve(undefined));
    }
    broken.then(reject);
  });
}

/** Written instead of bytes: closes standard input once what stands before it is written. */
export const endOfInput = new Uint8Array(0);

export function remoteStream(ready: Promise<OpenChannel>, onBytes: (chunk: Buffer) => void): RemoteStream {
  const stderr: Buffer[] = [];
  let channel: ClientChannel | undefined;
  let waiting: (Uint8Array | string)[] = [];
  let closing = false;

  const write = (bytes: Uint8Array | string) => {
    if (channel === undefined) waiting.push(bytes);
    else if (bytes === endOfInput) channel.end();
    else if (channel.writable) channel.write(bytes);
  };
  const run = async (): Promise<StreamEnd> => {
    const { connection, channel: opened } = await ready;
    channel = opened;
    const closed = new Promise<StreamEnd>((resolve) => {
      let exit: { code: number | null } | undefined;
      const end = (error?: SshError) => {
        const text = Buffer.concat(stderr).toString('utf8');
        resolve({ code: exit?.code ?? null, stderr: text, ...(error && !exit && { error }) });
      };
      opened.on('data', onBytes);
      opened.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      opened.on('error', () => undefined);
      opened.on('exit', (code: number | null) => {
        exit = { code };
      });
      connection.broken.then(end);
      opened.on('close', (code?: number | null) => {
        // The exit status of a quick command can stand in one packet with the server's consent, before `exit` was heard.
        if (code !== undefined) exit ??= { code };
        // A channel that closes without one may be the first sign of a broken connection.
        if (exit || closing) end();
        else setTimeout(end, breakMs);
      });
    });
    for (const bytes of waiting) write(bytes);
    waiting = [];
    return closed;
  };
  let abandon: (end: StreamEnd) => void = () => undefined;
  const abandoned = new Promise<StreamEnd>((resolve) => {
    abandon = resolve;
  });
  const failed = (error: SshError): StreamEnd => ({ code: null, stderr: '', error });
  const ended = Promise.race([run().catch(failed), abandoned]);

  return {
    write,
    ended,
    close: async () => {
      closing = true;
      write(endOfInput);
      const insist = setTimeout(() => {
        channel?.signal('TERM');
        channel?.close();
      }, graceMs);
      // OpenSSH keeps a channel until its command ends: one that ignores all this must not hold us up.
      const giveUp = setTimeout(() => {
        abandon({ code: null, stderr: Buffer.concat(stderr).toString('utf8') });
      }, 2 * graceMs);
      await ended;
      clearTimeout(insist);
      clearTimeout(giveUp);
    },
  };
}

/** Cuts a byte stream into lines, without their ends; a last line without one is kept back. */
export function intoLines(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
}
