/** Whether a host follows a takeover, in sentences, and what to change where it does not. Pure. */
import { groupBy } from './group.js';
import { type Family, families, type WayRow } from './ways.js';
import { plural } from './words.js';

/** What is said of a host by one protocol. */
export interface FamilyAnswer {
  readonly title: string;
  /** `follows 5 of 6 ways at any time, 1 only at times`. */
  readonly sentence: string;
  /** What to change; undefined where it follows whatever is said. */
  readonly change: string | undefined;
  /** Whether there is no announcement that it always follows. */
  readonly isMissed: boolean;
  readonly rows: readonly WayRow[];
}

export function answersOf(rows: readonly WayRow[]): FamilyAnswer[] {
  return groupBy(rows, ({ family }) => family).map(([family, group]) => ({
    title: families[family as Family],
    sentence: sentenceOf(group),
    change: changeOf(family as Family, group),
    isMissed: group.some(({ announces }) => announces) && !group.some(isSure),
    rows: group,
  }));
}

const allOf = (count: number): string => (count === 2 ? 'both' : `all ${count}`);

const isSure = ({ announces, answer }: WayRow): boolean => announces && answer === 'always';

function sentenceOf(rows: readonly WayRow[]): string {
  const count = (answer: WayRow['answer']) => rows.filter((row) => row.answer === answer).length;
  if (count('always') === rows.length)
    return rows.length === 1
      ? 'follows the one way that was tried'
      : `follows ${allOf(rows.length)} ways at any time`;
  const parts = [
    `follows ${count('always')} of ${plural(rows.length, 'way')} at any time`,
    count('sometimes') > 0 && `${count('sometimes')} only at times`,
    count('never') > 0 && `${count('never')} never`,
    count('unknown') > 0 && `${count('unknown')} could not be told`,
  ];
  return parts.filter(Boolean).join(', ');
}

function changeOf(family: Family, rows: readonly WayRow[]): string | undefined {
  const announced = rows.filter(({ announces }) => announces);
  const some = (answer: WayRow['answer']) => announced.filter((row) => row.answer === answer);
  const [always, sometimes, never] = [some('always'), some('sometimes'), some('never')];
  const [best] = always;
  if (sometimes.length + never.length === 0) return undefined;
  if (best) {
    const software = best.sentBy.length > 0 ? `, as ${best.sentBy.slice(0, 3).join(', ')} do` : '';
    return `Best announced by ${best.name}${software}: that is taken at any time.`;
  }
  if (sometimes.length > 0)
    return `Announce more than once, over some seconds: what comes too soon after the address was learned is refused.`;
  const asked = rows.find(({ announces }) => !announces);
  if (asked && asked.answer !== 'never' && asked.answer !== 'unknown')
    return `It follows no announcement, but it does follow the new owner’s own request: after a takeover, empty the new owner’s cache and let it ping this device.`;
  return `Look for what makes it deaf (${deafness[family]}). Until that is mended, keep the MAC address across a takeover, as a virtual router’s does: a new one is learned only when the entry has expired.`;
}

/** What is known to make a host deaf. */
const deafness: Readonly<Record<Family, string>> = {
  arp: 'a permanent entry, protection from ARP spoofing, on Linux `drop_gratuitous_arp`',
  ndp: 'a permanent entry, a filter for ICMPv6, on Linux `drop_unsolicited_na`',
};

/** For the verdict: `IPv4, by ARP: follows 5 of 6 ways at any time.` */
export const answerSentences = (answers: readonly FamilyAnswer[]): string[] =>
  answers.map(({ title, sentence }) => `${title}: ${sentence}.`);
