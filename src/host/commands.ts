/** Running a system's command lines one at a time: each by itself, or all in one interactive shell. */
import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { lastLine, looksLikePrompt, screenText } from './screen.js';
import { type RunResult, type Ssh, SshError, SshTimeout } from './ssh.js';

export interface Commands {
  /** Each command is one of its own, so that others can run beside it. */
  readonly single: boolean;
  /** Rejects with an SshError; with an SshTimeout when the host did not answer in time. */
  run(line: string, timeoutMs?: number): Promise<RunResult>;
  close(): void;
}

/** How long a command may take. */
const runMs = 10_000;

/** Each command in a channel of its own. */
export function singleCommands(ssh: Ssh): Commands {
  return {
    single: true,
    run: (line, timeoutMs = runMs) => ssh.runLine(line, { timeoutMs }),
    close: () => undefined,
  };
}

/** A prompt counts once the host has been silent for so long; then nothing more belongs to the answer. */
const quietMs = 40;
/** A shell that shows no prompt is sent an empty line, at these intervals. */
const nudgeMs = 1500;
const promptMs = 10_000;

/**
 * All commands in one shell, which lives as long as the connection; the next connection gets a new one, which is told
 * `quiet` first. Rejects with an SshError when there is no shell, or none with a prompt.
 */
export async function shellCommands(ssh: Ssh, quiet: readonly string[] = []): Promise<Commands> {
  const open = async () => {
    const shell = await openShell(ssh);
    for (const line of quiet) await shell.run(line, runMs);
    return shell;
  };
  let shell = await open();
  let last: Promise<unknown> = Promise.resolve();
  const runNow = async (line: string, timeoutMs: number) => {
    if (shell.ended()) shell = await open();
    return { stdout: await shell.run(line, timeoutMs), stderr: '', code: 0 };
  };
  return {
    single: false,
    run: (line, timeoutMs = runMs) => {
      const result = last.then(() => runNow(line, timeoutMs));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => shell.end(),
  };
}

interface Shell {
  /** What the command printed: without its echo, pages, or the prompt. */
  run(line: string, timeoutMs: number): Promise<string>;
  ended(): boolean;
  end(): void;
}

async function openShell(ssh: Ssh): Promise<Shell> {
  const channel = await ssh.shell();
  let over = false;
  channel.once('close', () => {
    over = true;
  });
  const ask = (text: string, until: (line: string) => boolean, what: string, timeoutMs: number) =>
    converse(channel, text, until, timeoutMs).catch((error: Error) => {
      // A shell that is late would give this answer to the next question.
      over = true;
      channel.destroy();
      throw error instanceof SshTimeout
        ? new SshTimeout(`${ssh.target} did not finish ${what} within ${timeoutMs / 1000} s.`)
        : new SshError(`${ssh.target} ended its shell.`);
    });
  const findPrompt = (text: string) => ask(text, looksLikePrompt, 'its greeting', promptMs);
  let prompt = lastLine(await findPrompt('')).text;
  // A line of a greeting may look like one: a prompt comes again.
  for (let tries = 0; tries < 3; tries += 1) {
    const again = lastLine(await findPrompt('\n')).text;
    if (again === prompt) break;
    prompt = again;
  }
  return {
    async run(line, timeoutMs) {
      const raw = await ask(`${line}\n`, (text) => text === prompt, `\`${line}\``, timeoutMs);
      const lines = screenText(raw).split('\n').slice(0, -1);
      const echo = lines.findIndex((shown) => shown.trim() !== '');
      return (lines[echo]?.includes(line) ? lines.slice(echo + 1) : lines).join('\n');
    },
    ended: () => over,
    end: () => channel.destroy(),
  };
}

/** Sends a text, turns pages, and resolves with all that came until a line was the prompt. Without a text it listens,
 *  and sends empty lines to a shell that is silent. */
function converse(
  channel: Duplex,
  text: string,
  isPrompt: (line: string) => boolean,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    let raw = '';
    const settle = (finish: () => void) => {
      clearTimeout(quiet);
      clearTimeout(late);
      clearInterval(nudge);
      channel.off('data', onData).off('close', onClose).off('end', onClose);
      finish();
    };
    const check = () => {
      const line = lastLine(raw);
      if (line.pager) channel.write(' ');
      else if (isPrompt(line.text)) settle(() => resolve(raw));
    };
    const onData = (chunk: Buffer) => {
      raw += decoder.write(chunk);
      clearTimeout(quiet);
      quiet = setTimeout(check, quietMs);
    };
    const onClose = () => settle(() => reject(new SshError('The shell ended.')));
    let quiet: NodeJS.Timeout | undefined;
    const late = setTimeout(() => settle(() => reject(new SshTimeout('No prompt came.'))), timeoutMs);
    const nudge = setInterval(() => text === '' && channel.write('\n'), nudgeMs);
    channel.on('data', onData).on('close', onClose).on('end', onClose);
    if (text !== '') channel.write(text);
  });
}
