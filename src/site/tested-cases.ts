/** What the catalogue says of each case: for pages that have a column or a line for it. */
import { probes } from '../../probes/index.js';
import type { Level } from '../result.js';

export interface TestedCase {
  readonly id: string;
  /** Below the probe: `garp-request`. */
  readonly name: string;
  readonly title: string;
  readonly level: Level;
  /** It runs only with --slow. */
  readonly slow: boolean;
  /** Absent where an older suite had the case, of which nothing more is known. */
  readonly probe?: { readonly id: string; readonly title: string; readonly chapter: string };
}

const known = new Map(
  probes.flatMap(({ id, title, chapter = 'All claims', requirement, cases }) =>
    cases.map((c): [string, TestedCase] => [
      `${id}/${c.id}`,
      {
        id: `${id}/${c.id}`,
        name: c.id,
        title: c.title,
        level: c.level ?? requirement.level,
        slow: c.slow === true,
        probe: { id, title, chapter },
      },
    ]),
  ),
);

/** Of a case that the catalogue no longer has, its id is all that there is. */
export function testedCase(id: string): TestedCase {
  return (
    known.get(id) ?? { id, name: id.slice(id.lastIndexOf('/') + 1), title: id, level: 'info', slow: false }
  );
}
