/** What a stranger says, cut to what a list can hold. */
import { stripControls } from '../report/escape.js';

/** On one line, without control characters, of at most so many UTF-16 code units. */
export function clip(text: string, longest: number): string {
  // A giant text is not gone through twice.
  const line = stripControls(text.slice(0, 4 * longest))
    .replace(/\s+/g, ' ')
    .trim();
  if (line.length <= longest && text.length <= 4 * longest) return line;
  const end = /[\ud800-\udbff]$/.test(line.slice(0, longest - 1)) ? longest - 2 : longest - 1;
  return `${line.slice(0, end)}…`;
}

/** `a, b, c and 5 more`. */
export function listed(items: readonly string[], most: number): string {
  const rest = items.length - most;
  return rest > 0 ? `${items.slice(0, most).join(', ')} and ${rest} more` : items.join(', ');
}
