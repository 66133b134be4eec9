/** A badge for each device: a picture of our own, and the JSON that shields.io draws one from. Pure. */

import type { Entry } from '../list/schema.js';
import { escapeMarkup } from '../report/escape.js';
import { deviceName } from '../report/words.js';
import type { SiteFile } from './layout.js';
import { dayOf, listStatusWords, staleness } from './list-words.js';
import { badgePath } from './paths.js';

/** White on each of them has a contrast of 4.5 at least (WCAG 2.2, 1.4.3). */
const fills: Readonly<Record<string, string>> = {
  pass: '#17713f',
  fail: '#b8261f',
  inconclusive: '#855300',
  error: '#7a36ab',
};
const grey = '#59636e';
const label = 'MAC takeover';

interface Badge {
  readonly message: string;
  readonly colour: string;
  /** For whoever can't see it. */
  readonly title: string;
}

/**
 * What the badge says. It always says when the device was tested. A stale one is grey: that is decided here, for `now`,
 * since a picture can't look at the clock; so the pages are made anew each day.
 */
export function badgeOf(entry: Entry, now: string): Badge {
  const { symbol, word, tone } = listStatusWords[entry.status];
  const month = dayOf(entry.confidence.lastTested).slice(0, 7);
  const stale = staleness(entry, now);
  const message = `${symbol} ${word.toLowerCase()}, tested ${month}${stale === undefined ? '' : ', stale'}`;
  const name = `${deviceName(entry.device)} ${entry.device.firmware}`;
  return {
    message,
    colour: stale === undefined ? (fills[tone] ?? grey) : grey,
    title: `${label}: ${name}: ${word.toLowerCase()}, tested ${month}.${stale === undefined ? '' : ` Stale: ${stale}`}`,
  };
}

/** https://shields.io/badges/endpoint-badge */
export const endpointOf = ({ message, colour }: Badge) => ({
  schemaVersion: 1,
  label,
  message,
  color: colour,
  // The least that shields.io caches for; a badge changes once a day.
  cacheSeconds: 3600,
});

const height = 20;
const padding = 6;
/** Of a character at 11 px; `textLength` makes it so in whatever font there is. */
const characterWidth = 6.3;

/** The picture; it stands by itself and fetches nothing. */
export function badgeSvg({ message, colour, title }: Badge): string {
  const widthOf = (text: string) => Math.round(text.length * characterWidth) + 2 * padding;
  const [left, right] = [widthOf(label), widthOf(message)];
  const text = (content: string, x: number, width: number) =>
    `<text x="${x + padding}" y="14" textLength="${width - 2 * padding}" lengthAdjust="spacingAndGlyphs">${escapeMarkup(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${height}" role="img" aria-label="${escapeMarkup(title)}">`,
    `<title>${escapeMarkup(title)}</title>`,
    `<clipPath id="r"><rect width="${left + right}" height="${height}" rx="3"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${left}" height="${height}" fill="#32383e"/><rect x="${left}" width="${right}" height="${height}" fill="${colour}"/></g>`,
    `<g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${text(label, 0, left)}${text(message, left, right)}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

export function* badgeFiles(entries: readonly Entry[], now: string): Iterable<SiteFile> {
  for (const entry of entries) {
    const badge = badgeOf(entry, now);
    yield { path: badgePath(entry, 'svg'), content: badgeSvg(badge) };
    yield { path: badgePath(entry, 'json'), content: `${JSON.stringify(endpointOf(badge))}\n` };
  }
}
