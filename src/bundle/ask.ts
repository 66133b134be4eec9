/** A dialogue on a terminal. */
import { createInterface } from 'node:readline/promises';

/** The submitter ended the dialogue: Ctrl-C, Ctrl-D, or a terminal that was closed. */
export class EndedError extends Error {
  override readonly name = 'EndedError';
}

export interface Terminal {
  say(text: string): void;
  /** The next line that is typed. Rejects with an EndedError. */
  line(prompt: string): Promise<string>;
  /** Gives the terminal to others. */
  close(): void;
}

/** A dialogue on this process's terminal; undefined where there is none. What is asked goes to stderr, as progress does. */
export function openTerminal(signal: AbortSignal): Terminal | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const readline = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  // Lines may be pasted faster than they are asked for.
  const typed: string[] = [];
  const waiting: { readonly got: (line: string) => void; readonly ended: (error: Error) => void }[] = [];
  let over = false;
  const end = () => {
    over = true;
    for (const { ended } of waiting.splice(0)) ended(new EndedError('The dialogue was ended.'));
  };
  readline.on('line', (line) => {
    const next = waiting.shift();
    if (next) next.got(line);
    else typed.push(line);
  });
  readline.on('SIGINT', () => readline.close());
  readline.on('close', end);
  signal.addEventListener('abort', () => readline.close(), { once: true });
  return {
    say: (text) => console.error(text),
    async line(prompt) {
      readline.setPrompt(prompt);
      readline.prompt();
      const early = typed.shift();
      if (early !== undefined) return early;
      return new Promise((got, ended) => {
        if (over) ended(new EndedError('The dialogue was ended.'));
        else waiting.push({ got, ended });
      });
    },
    close() {
      readline.off('close', end);
      readline.close();
    },
  };
}
