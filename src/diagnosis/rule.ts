/** What a rule says of a feature, and the groups of cases that rules speak of. */
import type { Outcomes } from './outcomes.js';

export interface Rule {
  readonly id: string;
  /** Names the feature as its makers do. */
  readonly title: string;
  /** How it shows, in words. */
  readonly sign: string;
  /** What to change on the device. */
  readonly change: string;
  /** Features that show the same and more: where one of them was found, this one is not looked for. */
  readonly unless?: readonly string[];
  /** Sentences that name cases; empty where the feature does not show. */
  evidence(outcomes: Outcomes): readonly string[];
  /** The failures that it accounts for, by case id; `*` at the end stands for the rest. */
  readonly explains: readonly string[];
}

export const everything = ['switch/*'];
/** What needs a move to be followed, and what is asked of a moved station. */
export const moves = [
  ...['relearns', 'relearn-time', 'first-frame', 'failback', 'chain', 'swap', 'bulk-move', 'repeated'],
  ...['first-lost', 'last-speaker', 'half-announced', 'virtual-mac', 'follows', 'announcement-lock'],
  ...['move-guard', 'move-rate', 'move-when-full', 'move-under-load', 'heartbeat-joined-group'],
].map((probe) => `switch/${probe}/*`);
export const security = ['switch/port-security/*', 'switch/source-filter/*'];
/** What fails beside a filter of announcements: whatever announces in the form that is filtered. */
export const announced = [
  ...moves,
  'switch/arp-inspection/*',
  'switch/storm-control/*',
  'switch/broadcast-latency/*',
];

/** What is said where cases failed and no rule accounts for them. */
export const unexplained: Pick<Rule, 'id' | 'title' | 'sign' | 'change'> = {
  id: 'unexplained',
  title: 'Unexplained',
  sign: 'Cases failed that none of the features above accounts for',
  change:
    'Read the reasons of these cases and their frames; if the device does as it is configured to, report it to its maker.',
};
