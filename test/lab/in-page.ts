/** What the browser tests have a page evaluate. As text, since the types of this program know no document. */

export const pageWidth = 'document.documentElement.scrollWidth';

/** When the first content was painted, in milliseconds since the navigation. */
export const firstPaintMs = `new Promise((resolve) => {
  new PerformanceObserver((entries) => {
    const [paint] = entries.getEntriesByName('first-contentful-paint');
    if (paint) resolve(paint.startTime);
  }).observe({ type: 'paint', buffered: true });
})`;

/** Resolves when what the page shows now has been laid out and painted. */
export const painted = 'new Promise((done) => requestAnimationFrame(() => setTimeout(done)))';

/** The titles of a feed's entries, and what an XML parser complains of. */
export const titlesOf = (feed: string): string => `(async () => {
  const text = await (await fetch(${JSON.stringify(feed)})).text();
  const parsed = new DOMParser().parseFromString(text, 'application/xml');
  return [...parsed.querySelectorAll('parsererror, entry > title')].map((node) => node.textContent);
})()`;

/** Of a picture, once it is decoded. */
export const widthOfPicture = (path: string): string => `(async () => {
  const image = new Image();
  image.src = ${JSON.stringify(path)};
  await image.decode();
  return image.naturalWidth;
})()`;

/** What axe-core finds, a line each; by all its rules, or by some. Its own source must have been evaluated before. */
export const axeFindings = (rules?: readonly string[]): string => `axe.run({
  ...(${JSON.stringify(rules ?? null)} && { runOnly: ${JSON.stringify(rules ?? [])} }),
  resultTypes: ['violations'],
}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).slice(0, 3).join(' ')))`;

/** Takes away what only repeats what came before: axe-core looks at every element for every rule. */
export const thinOut = `{
  const repeated = ['.panel:nth-of-type(n+3)', '.many tr > :nth-child(n+15)', '.many tr:nth-child(n+6)', '.list tbody tr:nth-child(n+6)',
    '.claim:nth-of-type(n+3)', '.strip li:nth-child(n+4)', '.works-with li:nth-child(n+4)', 'option:nth-child(n+4)'];
  for (const element of document.querySelectorAll(repeated.join())) element.remove();
}`;

export interface Focused {
  readonly text: string;
  readonly id: string;
  readonly outline: string;
}

export const focused = `(() => {
  const element = document.activeElement ?? document.body;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return { text: element.textContent.trim(), id: element.id, outline: outlineStyle + ' ' + outlineWidth };
})()`;

export interface Printed {
  readonly ink: string;
  /** Boxes whose content is wider than they are. */
  readonly cut: readonly string[];
  readonly search: boolean;
}

export const printed = `(() => {
  const boxes = [...document.querySelectorAll('main, .scroll, .results')];
  return {
    ink: getComputedStyle(document.body).color,
    cut: boxes.filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className || box.id),
    search: document.querySelector('form.search')?.checkVisibility() ?? false,
  };
})()`;

/** What a hole in the escaping would let somebody do. */
export const injectScript = `{
  const script = document.createElement('script');
  script.textContent = "document.title = 'broken'";
  document.body.append(script);
}`;
