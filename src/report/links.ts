/** Where a page has things, and where it leads to. */
export interface Links {
  /** The `id` of an element of this page. */
  readonly anchorOf: (name: string) => string;
  /** What stands in the `href` of a link to a case, on this page or on one of its own. */
  readonly hrefOf: (caseId: string) => string;
}
