/** One page for a run, complete in itself: no script, nothing fetched, every text escaped. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import type { CaseResult } from '../result.js';
import { packageRoot } from '../root.js';
import { baselineBox } from './baseline-box.js';
import { comparisonOf } from './compare.js';
import { deviceView } from './device-view.js';
import { escapeMarkup, safeHref, stripControls } from './escape.js';
import { groupBy } from './group.js';
import type { Links } from './links.js';
import { drawPictures, type ReportInput } from './pictures.js';
import { caseView, formatTime } from './views.js';
import { deviceName, isProblem } from './words.js';

/** All pictures of a page together, in characters. Cases that did not pass have theirs first. */
const pictureBudget = 1_800_000;
/** Cases shown unfolded, the first problem of a probe each: a page on which everything failed can still be read. */
const openCases = 6;

/**
 * Renders the page. Rejects only where `recordingOf` rejects.
 * @param options.generatedAt the moment that the page names as its own, ISO 8601
 */
export async function renderHtml(
  inputs: readonly ReportInput[],
  options: { generatedAt: string },
): Promise<string> {
  const { page, style } = loadTemplates();
  const budget = { left: pictureBudget };
  const devices = [];
  // A device that no case was selected for, has nothing to show.
  const ordered = [...inputs]
    .sort((x, y) => emptiness(x) - emptiness(y))
    .map((input, i) => ({ ...input, ...linksWith(inputs.length > 1 ? `${i + 1}/` : '') }));
  for (const input of ordered) {
    const shown = await casesShown(input, input, budget);
    const baseline = input.comparison ? baselineBox(input.comparison, input.hrefOf) : null;
    devices.push({ ...deviceView(input.result, input, shown), baseline });
  }
  const names = ordered.map(({ result }) => deviceName(result.device)).join(', ');
  const html = page({
    title: `${names}: MAC address takeover`,
    style,
    styleHash: createHash('sha256').update(style).digest('base64'),
    several: devices.length > 1,
    comparison: comparisonOf(ordered) ?? null,
    devices,
    generatedAt: formatTime(options.generatedAt),
  });
  // Handlebars escaped every text; what no page may hold is left.
  return stripControls(html);
}

function linksWith(prefix: string): Links {
  const anchorOf = (id: string) => prefix + id.replace(/[^\w./-]/g, '-');
  return { anchorOf, hrefOf: (id) => `#${anchorOf(id)}` };
}

const emptiness = ({ result }: ReportInput) => Number(result.cases.length === 0);

let loaded: { page: (view: object) => string; style: string } | undefined;

const partials = [
  'device',
  'baseline',
  'contents',
  'announcements',
  'ways',
  'compare',
  'figures',
  'chapter',
  'matrix',
  'case-table',
  'case',
  'case-body',
  'causes',
  'problems',
  'entry',
];

function loadTemplates() {
  if (loaded) return loaded;
  const read = (name: string) => readFileSync(join(packageRoot, 'templates', name), 'utf8');
  const handlebars = Handlebars.create();
  for (const name of partials) handlebars.registerPartial(name, read(`${name}.hbs`));
  // Between backticks stands what is typed or written in a file.
  handlebars.registerHelper('prose', (text: string) => {
    return new Handlebars.SafeString(escapeMarkup(text).replace(/`([^`]+)`/g, '<code>$1</code>'));
  });
  loaded = { page: handlebars.compile(read('run.hbs'), { strict: true }), style: read('report.css') };
  return loaded;
}

/** A case by itself, with its picture where the page has room for it. */
async function casesShown(input: ReportInput, { anchorOf }: Links, budget: { left: number }) {
  const { cases, probes } = input.result;
  const about = new Map(probes.map((probe) => [probe.id, probe]));
  const pictures = await drawPictures(input, budget);
  const firstProblems = groupBy(cases.filter(isProblem), ({ probe }) => probe).map(([, [first]]) => first);
  const open = new Set(firstProblems.slice(0, openCases));
  return (c: CaseResult) => ({
    ...caseView(c, about.get(c.probe)),
    anchor: anchorOf(c.id),
    open: open.has(c),
    href: safeHref(input.evidenceHref(c.id)) ?? null,
    picture: pictures.get(c.id) ?? null,
  });
}
