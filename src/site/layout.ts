/** What all pages of the site have in common: the header and footer around them, the policy against anything that a
 *  submitted text could bring along, and the same as JSON beside each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import type { HardwareList } from '../list/schema.js';
import { escapeMarkup, safeHref, stripControls } from '../report/escape.js';
import { formatTime } from '../report/views.js';
import { packageRoot } from '../root.js';
import {
  casesPath,
  disputesPath,
  feedPath,
  indexPath,
  jsonPath,
  linkTo,
  matrixPath,
  profilesPath,
  scriptPath,
  stylePath,
  untestedPath,
} from './paths.js';

/** What every page's frame tells. */
export interface Frame {
  /** The moment that the pages are made for, ISO 8601; nothing else in them depends on the clock. */
  readonly now: string;
  /** Where the site is published, with a slash at its end; absent: it is not known. */
  readonly baseUrl?: string;
  readonly suite: HardwareList['suite'];
}

/** What the pages are made from. */
export interface Site extends Frame {
  readonly list: HardwareList;
  /** Whether the bundle is at hand, so that its run has pages. */
  readonly hasRun: (bundle: string) => boolean;
}

export interface SiteFile {
  /** Relative to the site's root, with slashes; of paths.ts. */
  readonly path: string;
  readonly content: string;
}

export interface Page {
  readonly path: string;
  /** Plain text, for the browser's tab and for search engines. */
  readonly title: string;
  /** The name of a file in templates/site/, without its ending: what stands in `<main>`, its `<h1>` included. */
  readonly template: string;
  readonly view: object;
  /** The same for programs; it is written beside the page. */
  readonly json: unknown;
  /** The pages above this one, the index left out. */
  readonly trail?: readonly { readonly text: string; readonly path: string }[];
  /** Whether the page is better with templates/site.js. */
  readonly script?: boolean;
}

/**
 * In templates, `{{to path}}` is the link from the page to a file of the site, `{{web url}}` an address that somebody
 * submitted (empty where it is none of the web), `{{prose text}}` a text with `code` between backticks, `{{moment iso}}`
 * and `{{day iso}}` a time. No value that a template is given may have one of these names. All templates of reports are
 * partials by their names; those of the site by `site/<name>`.
 */
export function renderPage(page: Page, frame: Frame): SiteFile[] {
  const { path, title, template, view, json, trail = [], script = false } = page;
  const { baseUrl, now, suite } = frame;
  const data = { path };
  const html = templateOf('page')(
    {
      title,
      trail: trail.length > 0 ? trail : null,
      body: templateOf(template)(view, { data }),
      navigation: navigation.map((item) => ({ ...item, isCurrent: isBelow(path, item) })),
      canonical: baseUrl === undefined ? null : new URL(linkTo(indexPath, path), baseUrl).href,
      script: script ? scriptPath : null,
      now,
      suite: { ...suite, catalogue: suite.catalogueDigest.slice(0, 12) },
      paths: { index: indexPath, style: stylePath, feed: feedPath, json: jsonPath(path) },
    },
    { data },
  );
  return [
    // Handlebars escaped every text; what no page may hold is left.
    { path, content: stripControls(html) },
    { path: jsonPath(path), content: `${JSON.stringify(json)}\n` },
  ];
}

interface NavigationItem {
  readonly text: string;
  readonly path: string;
  /** What else the item stands for. */
  readonly folder?: string;
}

const navigation: readonly NavigationItem[] = [
  { text: 'Devices', path: indexPath, folder: 'devices/' },
  { text: 'Side by side', path: matrixPath('switch'), folder: 'matrix/' },
  { text: 'Announcements', path: profilesPath('switch'), folder: 'announcements/' },
  { text: 'What is tested', path: casesPath, folder: 'cases/' },
  { text: 'Disputes', path: disputesPath },
  { text: 'Untested', path: untestedPath },
];

const isBelow = (path: string, item: NavigationItem): boolean =>
  path === item.path || (item.folder !== undefined && path.startsWith(item.folder));

type Template = (view: object, options: { data: { path: string } }) => string;

const templatesFolder = join(packageRoot, 'templates');
const read = (name: string) => readFileSync(join(templatesFolder, `${name}.hbs`), 'utf8');
const namesIn = (folder: string) =>
  readdirSync(join(templatesFolder, folder)).flatMap((file) => /^(.+)\.hbs$/.exec(file)?.[1] ?? []);

let environment: typeof Handlebars | undefined;
const compiled = new Map<string, Template>();

function templateOf(name: string): Template {
  environment ??= makeEnvironment();
  let template = compiled.get(name);
  if (!template) {
    template = environment.compile(read(`site/${name}`), { strict: true });
    compiled.set(name, template);
  }
  return template;
}

function makeEnvironment(): typeof Handlebars {
  const handlebars = Handlebars.create();
  for (const name of namesIn('.')) handlebars.registerPartial(name, read(name));
  for (const name of namesIn('site')) handlebars.registerPartial(`site/${name}`, read(`site/${name}`));
  // Every case has a page of its own: in a list of cases it is a line that leads there.
  handlebars.registerPartial('case', read('site/case-line'));
  handlebars.registerHelper({
    prose: (text: string) =>
      new Handlebars.SafeString(escapeMarkup(text).replace(/`([^`]+)`/g, '<code>$1</code>')),
    to: (to: string, { data }: Handlebars.HelperOptions) => linkTo(data.path, to),
    web: (url: string) => safeHref(url) ?? '',
    moment: (iso: string) => formatTime(iso),
    day: (iso: string) => formatTime(iso).slice(0, 10),
  });
  return handlebars;
}

/** The style of all pages: that of reports, and what the site adds to it. */
export const readStyle = (): string =>
  ['report.css', 'site.css', 'site-lists.css']
    .map((name) => readFileSync(join(templatesFolder, name), 'utf8'))
    .join('\n');
