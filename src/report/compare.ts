/** Several hosts or routers of one run, side by side: which way of announcing each follows. Pure. */
import type { Result } from '../result.js';
import { families, type WayRow, ways, waysOf } from './ways.js';
import { deviceName, factsText, statusWord, type TonedWord } from './words.js';

/** A device of a page. */
interface Compared {
  readonly result: Pick<Result, 'device' | 'cases'>;
  readonly hrefOf: (id: string) => string;
}

export interface Comparison {
  /** Over the columns: a protocol, and how many of them it has. */
  readonly groups: readonly { readonly title: string; readonly span: number }[];
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly name: string;
    readonly facts: string;
    readonly href: string;
    readonly status: TonedWord;
    /** One for each column; null: it was not told so. */
    readonly cells: readonly (Cell | null)[];
  }[];
}

interface Cell extends TonedWord {
  readonly except: string;
  readonly took: string | null;
  readonly href: string;
}

/** Undefined where there are not two to compare. */
export function comparisonOf(devices: readonly Compared[]): Comparison | undefined {
  const hosts = devices
    .map((device) => ({ device, rows: waysOf(device.result.cases) }))
    .filter(({ rows }) => rows.length > 0);
  if (hosts.length < 2) return undefined;
  const all = hosts.flatMap(({ rows }) => rows);
  const columns = ways.filter(({ name }) => all.some((row) => row.name === name));
  return {
    groups: Object.entries(families)
      .map(([family, title]) => ({ title, span: columns.filter((way) => way.family === family).length }))
      .filter(({ span }) => span > 0),
    columns: columns.map(({ short }) => short),
    rows: hosts.map(({ device: { result, hrefOf }, rows }) => ({
      name: deviceName(result.device),
      facts: factsText(result.device),
      href: hrefOf('verdict'),
      status: statusWord(result),
      cells: columns.map(({ name }) =>
        cellOf(
          rows.find((row) => row.name === name),
          hrefOf,
        ),
      ),
    })),
  };
}

function cellOf(row: WayRow | undefined, hrefOf: Compared['hrefOf']): Cell | null {
  if (!row) return null;
  return { ...row.said, except: row.except, took: row.took.outside, href: hrefOf(row.caseId) };
}
