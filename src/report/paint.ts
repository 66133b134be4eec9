/** Colours, cuts and line breaks for what is shown on a terminal. */
import type { ChalkInstance } from 'chalk';
import type { Tone, TonedWord } from './words.js';

export type Paint = (text: string) => string;

export function paints(chalk: ChalkInstance): Record<Tone, Paint> {
  const asIs: Paint = (text) => text;
  return {
    holds: asIs,
    'holds-not': asIs,
    pass: chalk.green,
    fail: chalk.red,
    inconclusive: chalk.yellow,
    'not-applicable': chalk.dim,
    error: chalk.magenta,
    'not-run': chalk.dim,
  };
}

// Results come from elsewhere too: what they say must not steer the terminal it is shown on.
export const plain = (text: string): string =>
  text.replace(/[\p{Control}\u202a-\u202e\u2066-\u2069]+/gu, ' ');

export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

export function painted(paint: Record<Tone, Paint>, { tone, symbol, word }: TonedWord): string {
  return paint[tone](`${symbol} ${word}`);
}

/** Breaks text at spaces so that no line exceeds `width`; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of plain(text).split(' ').filter(Boolean)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
