/** What a terminal would show of what a remote shell sent. Pure. */

/** ECMA-48 control sequences, and the operating system commands that set a window's title. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;

/** How pagers ask for a key: Cisco's and EOS's `--More--`, Junos's `---(more 42%)---`, RouterOS's and less's. */
const pager =
  /-{2,}\s*\(?more\b[^\n]*?\)?\s*-{2,}(?:\s*\(\d+%\))?|(?:-- )?\[Q quit\|[^\n]*\]|\(END\)|<--- More --->/i;

/** The text without control sequences, each line as it stands in the end: a carriage return begins it anew, a backspace
 *  goes one back, and what comes then overwrites. */
export function screenText(raw: string): string {
  return withoutEscapes(raw)
    .replaceAll(/\r+\n/g, '\n')
    .split('\n')
    .map(overwritten)
    .map((line) => line.replace(pager, ''))
    .join('\n');
}

/** A form feed stands for the one sequence that counts: what is right of the cursor goes. */
function withoutEscapes(raw: string): string {
  return raw.replaceAll('\f', '').replaceAll(escapes, (sequence) => (/\[[02]?K$/.test(sequence) ? '\f' : ''));
}

function overwritten(line: string): string {
  if (!/[\r\b\f]/.test(line)) return line;
  const cells: string[] = [];
  let at = 0;
  for (const letter of line) {
    if (letter === '\r') at = 0;
    else if (letter === '\b') at = Math.max(0, at - 1);
    else if (letter === '\f') cells.length = Math.min(at, cells.length);
    else cells[at++] = letter;
  }
  return cells.join('').trimEnd();
}

/** The last line so far, where a prompt would stand; `pager`: it asks for a key. */
export function lastLine(raw: string): { readonly text: string; readonly pager: boolean } {
  const tail = withoutEscapes(raw.slice(-2000)).split('\n').at(-1) ?? '';
  const shown = overwritten(tail).trim();
  return { text: shown, pager: pager.test(shown) && shown.replace(pager, '').trim() === '' };
}

/** `R1#`, `user@host> `, `[admin@MikroTik] >`, `$ `. */
export const looksLikePrompt = (line: string): boolean => /^\S.{0,80}[>#$%]$|^[>#$%]$/.test(line);
