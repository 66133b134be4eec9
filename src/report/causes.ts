/** The likely causes that a result names, with every case that they rest on as a link. */
import type { CaseResult, Diagnosis } from '../result.js';

/** Text in pieces: those that name a case lead to it. */
export type LinkedText = readonly { readonly text: string; readonly href: string | null }[];

/** `The rarp of switch/relearns/rarp …`: splits at the ids of cases that the page has. */
export function linkCases(
  text: string,
  known: ReadonlySet<string>,
  hrefOf: (id: string) => string,
): LinkedText {
  return text
    .split(/((?:switch|host|router|nic)(?:\/[a-z0-9]+(?:-[a-z0-9]+)*){2})/)
    .filter(Boolean)
    .map((piece) => ({ text: piece, href: known.has(piece) ? hrefOf(piece) : null }));
}

export function causesOf(
  { diagnoses, cases }: { diagnoses: readonly Diagnosis[]; cases: readonly CaseResult[] },
  hrefOf: (id: string) => string,
) {
  const known = new Set(cases.map(({ id }) => id));
  return diagnoses.map(({ title, evidence, change }) => ({
    title,
    change,
    evidence: evidence.map((text) => linkCases(text, known, hrefOf)),
  }));
}
