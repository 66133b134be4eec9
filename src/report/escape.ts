/** Text into markup. Results may come from strangers, so everything that they say goes through here. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Removes what XML 1.0 (§2.2) can't hold or what no reader should meet: control characters except tab and
 * line ends, lone surrogates, non-characters, and the marks that reorder text on screen.
 */
export function stripControls(text: string): string {
  return text
    .replace(/[^\P{Control}\t\n\r]|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Escapes for XML or HTML, as an element's text or a quoted attribute's value. */
export function escapeMarkup(text: string): string {
  return stripControls(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** A link as it may stand in an `href`: http and https only, or undefined. */
export function safeLink(link: string | undefined): string | undefined {
  return link !== undefined && /^https?:\/\/[^\s]+$/i.test(link) ? link : undefined;
}

/** As `safeLink`, or a path relative to the page: anything but another scheme. */
export function safeHref(href: string | undefined): string | undefined {
  return href !== undefined && /^(?![a-z][a-z0-9+.-]*:|\/\/)[^\s]+$/i.test(href) ? href : safeLink(href);
}
