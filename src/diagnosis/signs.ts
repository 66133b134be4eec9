/** How features show in the outcomes of the cases: each sign gives its evidence as sentences, or none. */
import type { CaseResult } from '../result.js';
import { type Outcomes, reasons, sentence } from './outcomes.js';

const relearns = (...forms: readonly string[]) => forms.map((form) => `switch/relearns/${form}`);
/** The forms of announcement, by what a filter would go by. */
const arpForms = relearns('arp-request', 'arp-reply', 'arp-probe');
const ndForm = 'switch/relearns/unsolicited-na';
const otherForms = relearns(
  ...['rarp', 'ipv4', 'ipv6', 'llc-snap', 'unknown-ethertype', 'minimum-size', 'maximum-size'],
);
const allForms = 'switch/relearns/*';
const arpInspection = ['gratuitous-request', 'gratuitous-reply', 'request', 'reply'].map(
  (form) => `switch/arp-inspection/${form}`,
);
const ndInspection = ['unsolicited-advertisement', 'solicited-advertisement'].map(
  (form) => `switch/arp-inspection/${form}`,
);
const foreignSources = ['switch/source-filter/foreign-data', 'switch/source-filter/foreign-broadcast'];
const virtualSources = ['switch/source-filter/locally-administered', 'switch/source-filter/virtual-router'];
const takeover = 'switch/port-security/takeover';

const isFailed = ({ outcome }: CaseResult) => outcome === 'fail';
const holds = (entry: CaseResult, finding: string, value: boolean) =>
  entry.findings.some((each) => each.id === finding && each.holds === value);
const value = (entry: CaseResult | undefined, name: string) =>
  entry?.measurements.find((each) => each.name.startsWith(name))?.value;

/** Moves that were not followed though the announcement came out at World: all frames stayed at the old port. */
const carriedInVain = (o: Outcomes) =>
  o.found('carried', true, allForms).filter((entry) => isFailed(entry) && holds(entry, 'reached-new', false));
/** Forms of which no announcement came out at World. */
const dropped = (o: Outcomes, ...forms: readonly string[]) =>
  o.found('carried', false, ...forms).filter(isFailed);
/** Cases in which port b carried a source that is not its NIC's own. */
const foreignCarried = (o: Outcomes) => [
  ...o.found('carried', true, allForms),
  ...o.found('source-carried', true, ...foreignSources),
  ...o.found('moved-carried', true, takeover),
];

/** A port that worked is dead from some case on. */
export function portShut(o: Outcomes): string[] {
  const seen = [
    ...o.found('port-a-alive', false, 'switch/port-security/*', 'switch/move-guard/*'),
    ...o.found('port-b-alive', false, 'switch/port-security/*', 'switch/move-guard/*'),
  ].filter(isFailed);
  return [...reasons(seen), ...deadSince(o, 'a'), ...deadSince(o, 'b')];
}

/** So many cases in a row to the run's end, and it is no chance. */
const fewestDead = 3;

function deadSince(o: Outcomes, port: 'a' | 'b'): string[] {
  const all = o.cases('switch/*');
  const isDead = (entry: CaseResult) => holds(entry, `port-${port}-alive`, false);
  const lastAlive = all.findLastIndex((entry) => entry.outcome === 'pass' || isFailed(entry));
  const dead = all.slice(lastAlive + 1).filter(isDead);
  const first = dead[0];
  return first && dead.length >= fewestDead
    ? [
        `${first.id} and ${dead.length - 1} later cases: port ${port}, which had worked, was dead until the run’s end.`,
      ]
    : [];
}

/** Port b drops even its own address; or port a whatever a station says there, in every form. */
export function portBlocked(o: Outcomes): string[] {
  const atA = o.found('carried', false, 'switch/learns/*').filter(isFailed);
  return [
    ...reasons(o.failed('switch/source-filter/own-address')),
    ...(isMostOf(atA, o.cases('switch/learns/*'))
      ? sentence(atA, 'port a drops the frames of a station that is new to the switch')
      : []),
  ];
}

const isMostOf = (some: readonly CaseResult[], all: readonly CaseResult[]) => some.length > all.length / 2;

/** Foreign sources never cross port b; and none did earlier. */
export function sourceFilter(o: Outcomes): string[] {
  if (foreignCarried(o).length > 0) return [];
  return reasons(o.failed(...foreignSources));
}

/** Some further addresses are carried, and more are not. */
export function addressLimit(o: Outcomes): string[] {
  const manyOnly = o.passed('switch/storm-control/burst-100').length > 0;
  const limited = [
    ...o.found('address-limit', true, 'switch/port-security/*').filter(isFailed),
    ...(manyOnly ? o.failed('switch/storm-control/many-addresses') : []),
  ];
  const blocked = o.failed(...foreignSources);
  const earlier = foreignCarried(o);
  const some = limited.filter(
    (entry) => (value(entry, 'addresses carried') ?? value(entry, 'announcements carried') ?? 0) > 0,
  );
  if (some.length > 0) return reasons(some);
  if (earlier.length === 0 || blocked.length + limited.length === 0) return [];
  return [
    ...reasons([...blocked, ...limited]),
    ...sentence(earlier, 'earlier in the run port b carried other addresses that were new to it'),
  ];
}

/** New addresses cross port b, those known at port a don't. */
export function stickyAddress(o: Outcomes): string[] {
  const crossing = [...o.found('source-carried', true, ...foreignSources)];
  const refused = [
    ...o.found('moved-carried', false, takeover).filter(isFailed),
    ...(dropped(o, ...otherForms).length > 1 ? dropped(o, allForms) : []),
  ];
  if (crossing.length === 0 || refused.length === 0 || announcementLock(o).length > 0) return [];
  return [
    ...sentence(refused, 'port b drops the frames of a station that was known at port a'),
    ...sentence(crossing, 'port b carries addresses that are new to the switch'),
  ];
}

/** Port b carries everything, and learns nothing; or port a. */
export function learningOff(o: Outcomes): string[] {
  const unlearned = o.found('learned', false, ...foreignSources);
  const kept = carriedInVain(o);
  if (unlearned.length > 0 && kept.length > 0) {
    return [
      ...sentence(kept, 'the announcement was carried, and not acted on'),
      ...sentence(
        unlearned,
        'frames to a new address at port b are flooded: it was not learned there either',
      ),
    ];
  }
  const atA = o.failed('switch/learns/*');
  return isMostOf(atA, o.cases('switch/learns/*'))
    ? sentence(atA, 'frames to a station at port a are flooded after it has spoken')
    : [];
}

/** The announcement is carried, port b learns new stations, and yet this one never moves. */
export function entryPinned(o: Outcomes): string[] {
  const kept = carriedInVain(o);
  const learned = o.found('learned', true, ...foreignSources);
  const never = o.found('moves', false, 'switch/announcement-lock/*');
  if (kept.length === 0 || learned.length === 0 || never.length === 0) return [];
  return [
    ...sentence(kept, 'the announcement was carried, and not acted on'),
    ...sentence(never, 'the station stayed at port a, however often port b announced it'),
    ...sentence(learned, 'port b learns addresses that are new to the switch'),
  ];
}

export const announcementLock = (o: Outcomes): string[] =>
  reasons(o.found('held', true, 'switch/announcement-lock/*').filter(isFailed));

export const slowRelearn = (o: Outcomes): string[] =>
  reasons(o.found('delayed', true, 'switch/announcement-lock/*').filter(isFailed));

/** A few moves are followed, and then no more. */
export function moveGuard(o: Outcomes): string[] {
  const guarded = o.found('guarded', true, 'switch/move-guard/*').filter(isFailed);
  // A station that is held after each move is refused the second of a series as well.
  const counting = guarded.filter(
    (entry) => (value(entry, 'moves followed') ?? 0) > 1 || announcementLock(o).length === 0,
  );
  return reasons(counting);
}

export const arpSuppression = (o: Outcomes): string[] => reasons(o.failed('switch/arp-suppression/*'));

/** Announcements of one form vanish, while other frames of the same station cross. */
function filtered(o: Outcomes, inspection: readonly string[], forms: readonly string[]): string[] {
  const inspected = o.failed(...inspection);
  const gone = dropped(o, ...forms);
  const crossing = o.found('carried', true, ...otherForms);
  const limited = o.failed('switch/storm-control/*').length > 0;
  return [
    ...reasons(inspected),
    ...(gone.length > 0 && crossing.length > 0 && (inspected.length > 0 || !limited)
      ? [
          ...sentence(gone, 'none of the announcements came out at World'),
          ...sentence(crossing, 'announced by other frames, the same move was carried'),
        ]
      : []),
  ];
}

export const arpFiltered = (o: Outcomes): string[] => filtered(o, arpInspection, arpForms);
export const ndFiltered = (o: Outcomes): string[] => filtered(o, ndInspection, [ndForm]);

/** One kind of frame vanishes, and others cross. */
export function frameFilter(o: Outcomes): string[] {
  const gone = dropped(o, ...otherForms);
  const crossing = o.found('carried', true, allForms);
  if (gone.length === 0 || crossing.length < gone.length) return [];
  return [
    ...sentence(gone, 'none of the frames came out at World'),
    ...sentence(crossing, 'announced by other frames, the same move was carried'),
  ];
}

/** Bursts of one station are cut short. Where only those of many are, it is the number of stations. */
export const stormControl = (o: Outcomes): string[] => reasons(o.failed('switch/storm-control/burst-*'));

/** Multicast of every kind is pruned, broadcasts are not. */
export function groupFiltering(o: Outcomes): string[] {
  const pruned = ndInspection
    .flatMap((id) => o.found('plain-carried', false, id))
    .filter((entry) => holds(entry, 'carried', false) && entry.id.includes('unsolicited'));
  const broadcast = o.found('carried', true, ...arpForms, ...arpInspection);
  const heartbeats = o.failed(
    'switch/heartbeat-link-local/*',
    'switch/heartbeat-ipv6/*',
    'switch/heartbeat-unregistered-group/*',
    'switch/heartbeat-joined-group/*',
  );
  return [
    ...reasons(heartbeats),
    ...(broadcast.length > 0
      ? sentence(pruned, 'neither the advertisement nor other frames to its group came out')
      : []),
  ];
}

/** Ordinary addresses move, or cross, and virtual ones don't. */
export function virtualAddressFilter(o: Outcomes): string[] {
  // Each kind of case beside its ordinary twin: the moves are announced by an ARP request.
  const moved = o.passed('switch/relearns/arp-request');
  const crossed = o.passed(...foreignSources);
  const ordinary = [...moved, ...crossed];
  const failed = [
    ...(moved.length > 0 ? o.failed('switch/virtual-mac/*') : []),
    ...(crossed.length === foreignSources.length ? o.failed(...virtualSources) : []),
  ];
  return [
    ...reasons(failed),
    ...(failed.length > 0 ? sentence(ordinary, 'ordinary addresses are not treated so') : []),
  ];
}

export const isolation = (o: Outcomes): string[] => reasons(o.failed('switch/isolation/*'));
export const spanningTree = (o: Outcomes): string[] => reasons(o.failed('switch/spanning-tree/*'));
export const keptOnLinkDown = (o: Outcomes): string[] => reasons(o.failed('switch/link-down/*'));
export const relaysReserved = (o: Outcomes): string[] => reasons(o.failed('switch/reserved-group/*'));
export const learnsItself = (o: Outcomes): string[] => reasons(o.failed('switch/bridge-own/*'));
export const shortAgeing = (o: Outcomes): string[] => reasons(o.failed('switch/silent-takeover/silence'));
export const unknownUnicast = (o: Outcomes): string[] => reasons(o.failed('switch/never-spoke/*'));
