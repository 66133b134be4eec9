/** What was measured, as pictures: quantities of a kind under one scale, whichever probe they come from. Pure. */
import type { Measurement } from '../result.js';
import { drawRow, drawTicks } from './bars.js';
import { groupBy } from './group.js';
import { firstQuantity, type MeasuredRow, quantityOf } from './measured.js';
import { makeScale } from './scale.js';
import { formatCount, formatNs, isDuration } from './words.js';

/** What the bench file says that numbers are held against; absent where a result does not tell. */
export interface HeldAgainst {
  readonly relearnMs?: number | undefined;
  readonly tableSize?: number | undefined;
}

export interface FigureRow extends Omit<MeasuredRow, 'interval'> {
  readonly interval: string | null;
  readonly picture: string;
  readonly href: string;
}

/** How the page calls a probe, and where it has a case. */
export interface Naming {
  readonly titleOf: (probe: string) => string;
  readonly hrefOf: (caseId: string) => string;
}

export interface Figure {
  readonly title: string;
  readonly caption: string;
  /** The scale's labels. */
  readonly ticks: string;
  /** By probe; the title is empty where the figure's says all. */
  readonly groups: readonly { readonly title: string; readonly rows: readonly FigureRow[] }[];
}

/** A size that rows are held against; `covers` tells which of them, where it is not all. */
interface Mark {
  readonly size: number;
  readonly text: string;
  readonly covers?: (row: MeasuredRow) => boolean;
}

interface Kind {
  readonly title: string;
  readonly caption: string;
  readonly holds: (row: MeasuredRow) => boolean;
  readonly mark?: (held: HeldAgainst) => Mark | undefined;
  /** The scale's end, where it has a natural one. */
  readonly top?: number;
}

const is =
  (...units: Measurement['unit'][]) =>
  (row: MeasuredRow): boolean =>
    units.includes(row.unit);
const isFirst = (row: MeasuredRow) => isDuration(row.unit) && quantityOf(row) === firstQuantity;

/** In the order in which an operator asks. */
const kinds: readonly Kind[] = [
  {
    title: 'How long a move takes',
    caption:
      'A bar is where the truth lies: between the last frame that went astray and the first that came right. Shorter is better.',
    holds: isFirst,
    mark: ({ relearnMs }) =>
      relearnMs === undefined
        ? undefined
        : {
            size: relearnMs * 1e6,
            text: `The upright line is this bench’s limit, ${formatNs(relearnMs * 1e6)}.`,
          },
  },
  { title: 'How many frames', caption: '', holds: is('frames') },
  {
    title: 'How long it takes',
    caption: 'A bar is where the truth lies, as far as this bench can tell.',
    holds: (row) => isDuration(row.unit) && !isFirst(row),
  },
  {
    title: 'How many addresses',
    caption: 'More is better.',
    holds: is('addresses'),
    mark: ({ tableSize }) =>
      tableSize === undefined
        ? undefined
        : {
            size: tableSize,
            text: `The upright line is what the bench file declares, ${formatCount(tableSize)}.`,
            covers: ({ name }) => /\b(held|table)\b/.test(name),
          },
  },
  { title: 'How fast it learns', caption: 'Addresses a second.', holds: is('addresses/s') },
  { title: 'How fast stations may move', caption: 'Moves a second.', holds: is('moves/s') },
  { title: 'What share came through', caption: '', holds: is('percent'), top: 100 },
  { title: 'How many frames a second', caption: '', holds: is('frames/s') },
  { title: 'Counts', caption: '', holds: is('count') },
];

/** The figures of a page; a kind that nothing was measured of has none. */
export function figuresOf(rows: readonly MeasuredRow[], held: HeldAgainst, naming: Naming): Figure[] {
  return kinds.flatMap((kind) => {
    const chosen = rows.filter(kind.holds);
    return chosen.length === 0 ? [] : [figureOf(kind, chosen, held, naming)];
  });
}

function figureOf(kind: Kind, rows: readonly MeasuredRow[], held: HeldAgainst, naming: Naming): Figure {
  const found = kind.mark?.(held);
  const mark = found && rows.some((row) => found.covers?.(row) !== false) ? found : undefined;
  const sizes = rows.flatMap((row) =>
    row.sizes.flatMap(({ value, low, high, limited }) => [
      ...[low ?? value, value, high ?? value],
      // Room for the arrow.
      ...(limited ? [value * 1.15] : []),
    ]),
  );
  const scale = makeScale(mark ? [...sizes, mark.size] : sizes, kind.top);
  const duration = rows.some(({ unit }) => isDuration(unit));
  const picture = (row: MeasuredRow) =>
    drawRow(row.sizes, scale, {
      openTo: isDuration(row.unit) ? 'lower' : 'higher',
      ...(mark && mark.covers?.(row) !== false && { mark: mark.size }),
      ...(row.unit === 'frames' && { tone: fateOf(row.name) }),
    });
  const open = rows.some((row) => row.sizes.some(({ limited }) => limited));
  const caption = [
    kind.caption,
    mark?.text,
    scale.isLog ? 'The scale goes by powers of ten.' : '',
    open ? 'An arrow: the tester, not the device, is the limit; the device may do better.' : '',
  ];
  return {
    title: kind.title,
    caption: caption.filter(Boolean).join(' '),
    ticks: drawTicks(scale, (size) =>
      duration ? formatNs(size) : kind.top === 100 ? `${size} %` : formatCount(size),
    ),
    groups: groupBy(rows, ({ probe }) => probe).map(([probe, group], _, { length }) => {
      const shared = sharedQuantity(group);
      return {
        title: [length > 1 && naming.titleOf(probe), kind.holds !== isFirst && shared]
          .filter(Boolean)
          .join(': '),
        rows: group.map((row) => ({
          ...row,
          name: shared === undefined ? row.name : row.name.slice(shared.length + 1).trim(),
          picture: picture(row),
          interval: row.interval ?? null,
          href: naming.hrefOf(row.caseId),
        })),
      };
    }),
  };
}

/** The quantity of all rows, which then need not say it each; undefined where they differ, or a name is no more. */
function sharedQuantity(rows: readonly MeasuredRow[]): string | undefined {
  const [quantity, ...others] = new Set(rows.map(quantityOf));
  const isMore = rows.length > 1 && rows.every(({ name }) => name !== quantity);
  return others.length === 0 && isMore ? quantity : undefined;
}

/** The colour that frames of this fate have in the cases' pictures. */
function fateOf(name: string): string {
  if (/\blost\b/.test(name)) return 'lost';
  if (/\bold port\b|\bstale\b/.test(name)) return 'stale';
  return /\bflood/.test(name) ? 'flooded' : 'amount';
}
