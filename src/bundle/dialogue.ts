/** Gathers answers: from options, from a dialogue, or, without a terminal, from what is known already. */
import { AnswerError, type Question } from './answers.js';
import type { Terminal } from './ask.js';
import { SubmitError } from './submit-error.js';

export interface Asked<T> {
  readonly question: Question<T>;
  /** As the option gave it. */
  readonly given?: string | undefined;
  /** What is known already, the likeliest first; what can't be used is passed over. */
  readonly known?: readonly (T | undefined)[];
}

export interface Answers {
  required<T>(asked: Asked<T>): Promise<T>;
  optional<T>(asked: Asked<T>): Promise<T | undefined>;
  /** One of several, by its number. */
  choose<T>(what: string, choices: readonly T[], show: (choice: T) => string, option: string): Promise<T>;
  confirm(question: string): Promise<boolean>;
  /** Rejects with a SubmitError that names everything that was missing. */
  complete(): void;
}

/** Without a terminal, answers that are missing are gathered for `complete`, which must be called before one is used. */
export function gatherAnswers(terminal: Terminal | undefined): Answers {
  const missing: string[] = [];

  async function answer<T>({ question, given, known = [] }: Asked<T>): Promise<T | undefined> {
    const { text, option, parse, format, optional } = question;
    if (given !== undefined) {
      if (optional && given.trim() === '') return undefined;
      const read = attempt(parse, given);
      if ('value' in read) return read.value;
      missing.push(`${option}: ${read.why}.`);
      return undefined;
    }
    const usual = known
      .filter((value) => value !== undefined)
      .map((value) => attempt(parse, format(value)))
      .find((read) => 'value' in read);
    if (!terminal) {
      if (!usual && !optional)
        missing.push(`${option} is missing: ${text.charAt(0).toLowerCase()}${text.slice(1)}.`);
      return usual?.value;
    }
    for (;;) {
      const offered = usual ? ` [${format(usual.value)}]` : '';
      const none = optional ? (usual ? ' (- for none)' : ' (empty for none)') : '';
      const typed = (await terminal.line(`${text}${none}${offered}: `)).trim();
      if (typed === '' && usual) return usual.value;
      if (optional && (typed === '' || typed === '-')) return undefined;
      const read = typed === '' ? { why: 'an answer is needed' } : attempt(parse, typed);
      if ('value' in read) return read.value;
      terminal.say(`  ✗ ${read.why}.`);
    }
  }

  return {
    // Where there is none, `complete` rejects before anybody sees it.
    required: async (asked) => (await answer(asked)) as never,
    optional: answer,
    async choose(what, choices, show, option) {
      const [only] = choices;
      if (choices.length === 1 && only !== undefined) return only;
      const listed = choices.map((choice, index) => `  ${index + 1}  ${show(choice)}`);
      if (!terminal) {
        throw new SubmitError(`There is more than one ${what}: choose with ${option}.\n${listed.join('\n')}`);
      }
      terminal.say(`Which ${what}?\n${listed.join('\n')}`);
      for (;;) {
        const typed = (await terminal.line('Number [1]: ')).trim() || '1';
        const chosen = /^\d{1,4}$/.test(typed) ? choices[Number(typed) - 1] : undefined;
        if (chosen !== undefined) return chosen;
        terminal.say(`  ✗ '${typed}' is not a number from 1 to ${choices.length}.`);
      }
    },
    async confirm(question) {
      if (!terminal) throw new SubmitError(`${question} Nobody can be asked here: say so with --yes.`);
      for (;;) {
        const typed = (await terminal.line(`${question} (yes, no) [no]: `)).trim().toLowerCase();
        if (['yes', 'y'].includes(typed)) return true;
        if (['no', 'n', ''].includes(typed)) return false;
        terminal.say('  ✗ answer yes or no.');
      }
    },
    complete() {
      if (missing.length > 0) throw new SubmitError(missing.join('\n'));
    },
  };
}

function attempt<T>(
  parse: (text: string) => T,
  text: string,
): { readonly value: T } | { readonly why: string } {
  try {
    return { value: parse(text) };
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    return { why: error.message };
  }
}
