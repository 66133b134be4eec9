/** What became of the frames of a recording, so that a picture of it can be coloured. Pure. */
import type { RecordedFrame, Recording, StreamRecord, StreamSegment } from '../evidence/recording.js';
import { deliveries } from '../timeline.js';

/** `right`: only where it belonged. `stale`: at an earlier owner's port. `flooded`: at more or other
 *  ports. `lost`: nowhere. `plain`: a frame that nothing was expected of. What a host sends, or its cache
 *  holds, is `right` for the owner at that time and `stale` for an earlier one. */
export type Fate = 'right' | 'stale' | 'flooded' | 'lost' | 'plain';

export interface Mark {
  readonly atNs: number;
  readonly port: string;
  readonly direction: 'in' | 'out';
  readonly fate: Fate;
  readonly name: string;
  /** The same for every sighting of one frame. */
  readonly frame: string;
  /** Its number in capture.pcapng; of a lost frame, the number that it was sent as. */
  readonly packet: number;
}

export interface Band {
  readonly fromNs: number;
  readonly toNs: number;
  readonly port: string;
  readonly fate: Fate;
  readonly name: string;
  readonly frames: number;
}

export interface Announcement {
  readonly atNs: number;
  readonly port: string;
  readonly name: string;
  readonly packet: number;
}

export interface Sightings {
  readonly marks: readonly Mark[];
  readonly bands: readonly Band[];
  readonly announcements: readonly Announcement[];
}

/** Since when a label's frames belong at which ports. */
interface Expectation {
  readonly sinceNs: number;
  readonly ports: readonly string[];
}

/** Reads the marks `expect`, whose detail is `label=port,port`. */
function declared(recording: Recording): Map<string, Expectation[]> {
  const byLabel = new Map<string, Expectation[]>();
  for (const event of recording.events) {
    if (event.kind !== 'mark' || event.name !== 'expect' || event.detail === undefined) continue;
    const split = event.detail.lastIndexOf('=');
    const label = event.detail.slice(0, split);
    const ports = event.detail
      .slice(split + 1)
      .split(',')
      .filter(Boolean);
    byLabel.set(label, [...(byLabel.get(label) ?? []), { sinceNs: event.atNs, ports }]);
  }
  return byLabel;
}

/** Where a frame of the label, sent at that time, belongs; undefined: nothing was expected of it. */
type Expected = (label: string, atNs: number) => readonly string[] | undefined;

/** Frames that ask whether the rest would arrive. */
const isPoll = (label: string): boolean => /(^|-)poll(-|$)/.test(label);

/** What a case declared counts, for its polls too; without that, in a case about ports, `before…` belongs to
 *  port a, or everywhere while its addressee has never spoken, and `after…` and `check…` to b. A host swallows what
 *  it is sent. */
function expectations(recording: Recording): Expected {
  const byLabel = declared(recording);
  const all = [...byLabel.values()].flat().sort((x, y) => x.sinceNs - y.sinceNs);
  const spokeNs = new Map<string, number>();
  const addressee = new Map<string, string>();
  for (const { direction, label, bytes, atNs } of recording.frames) {
    if (direction === 'in' || label === undefined) continue;
    const source = macAt(bytes, 6);
    if (!spokeNs.has(source)) spokeNs.set(source, atNs);
    addressee.set(label, macAt(bytes, 0));
  }
  const isKnown = (label: string, atNs: number) =>
    (spokeNs.get(addressee.get(label) ?? '') ?? Number.POSITIVE_INFINITY) <= atNs;
  const everywhere = recording.ports.map(({ name }) => name).filter((name) => name !== 'world');
  return (label, atNs) => {
    const said = byLabel.get(label);
    if (said) return (said.findLast(({ sinceNs }) => sinceNs <= atNs) ?? said[0])?.ports;
    if (isAboutHost(recording)) return undefined;
    const latest = isPoll(label) ? all.findLast(({ sinceNs }) => sinceNs <= atNs) : undefined;
    if (latest) return latest.ports;
    if (label.startsWith('before')) return isKnown(label, atNs) ? ['a'] : everywhere;
    if (label.startsWith('after') || label.startsWith('check')) return ['b'];
    return undefined;
  };
}

/** Whether the case looks at what a host believes, not at the ports that a switch sends to. */
export const isAboutHost = ({ plan }: Recording): boolean => Object.keys(plan.addresses).some(isOwnerRole);

/** `old` and `new`, also numbered: the roles of a host's neighbours. */
const isOwnerRole = (role: string): boolean => /^(old|new)(-|$)/.test(role);

/** Whether a link-layer address is the old owner's or the new one's. */
export function ownerOf(recording: Recording, mac: string | null): 'old' | 'new' | undefined {
  const [role] =
    Object.entries(recording.plan.addresses).find(([key, address]) => address === mac && isOwnerRole(key)) ??
    [];
  if (role === undefined) return undefined;
  return role.startsWith('old') ? 'old' : 'new';
}

/** Whether the one who takes `mac` for an owner at a time is right; undefined where it never was one. */
export function beliefIn(recording: Recording, mac: string, atNs: number): 'right' | 'stale' | undefined {
  const owners = recording.events.filter((event) => event.kind === 'owner');
  const owned = new Set(owners.filter((owner) => owner.mac === mac).map(({ address }) => address));
  const current = owners.findLast((owner) => owned.has(owner.address) && owner.atNs <= atNs);
  if (current) return current.mac === mac ? 'right' : 'stale';
  const role = ownerOf(recording, mac);
  return role && (role === 'new' ? 'right' : 'stale');
}

/** A frame's fate by the ports that it should have reached, those it reached, and former owners' ports. */
function fateOf(
  expected: readonly string[],
  arrivedAt: readonly string[],
  former: ReadonlySet<string>,
): Fate {
  if (arrivedAt.length === 0) return expected.length === 0 ? 'right' : 'lost';
  const extra = arrivedAt.filter((port) => !expected.includes(port));
  if (extra.length === 0) return 'right';
  return arrivedAt.length === 1 && extra.every((port) => former.has(port)) ? 'stale' : 'flooded';
}

/** Remembers who owned the address, as the expectations move from port to port. */
function ownership() {
  // Without an earlier expectation the old owner is at port a.
  let owner = 'a';
  const former = new Set<string>();
  return {
    owner: (): string => owner,
    /** Takes note of an expectation; returns the ports of those who owned the address before. */
    move(expected: readonly string[]): ReadonlySet<string> {
      const [port] = expected;
      if (expected.length === 1 && port !== undefined && port !== owner) {
        former.add(owner);
        former.delete(port);
        owner = port;
      }
      return former;
    },
  };
}

const isAnnouncement = (label: string): boolean => /^(announce|speak)/.test(label);

/** Sorts everything that the recording shows into marks, bands of streams, and announcements. */
export function sightings(recording: Recording): Sightings {
  const expected = expectations(recording);
  const marks: Mark[] = [];
  const announcements: Announcement[] = [];
  const streamLabels = new Set(recording.streams.map(({ label }) => label));

  const labels = new Set(recording.frames.flatMap(({ label }) => (label === undefined ? [] : [label])));
  const sent = [...labels]
    .filter((label) => !streamLabels.has(label))
    .flatMap((label) => deliveries(recording, label).map((delivery) => ({ label, ...delivery })))
    .sort((x, y) => x.sentNs - y.sentNs);

  const owners = ownership();
  const fates = new Map<string, Fate>();
  const sentAs = new Map<string, number>();
  for (const { direction, label, seq, number } of recording.frames) {
    if (direction === 'out' && label !== undefined) sentAs.set(`${label} #${seq}`, number);
  }
  for (const { label, seq, sentNs, arrivals } of sent) {
    const ports = expected(label, sentNs);
    if (!ports) continue;
    const arrivedAt = [...arrivals.keys()];
    const fate = fateOf(ports, arrivedAt, owners.move(ports));
    const name = `${label} #${seq}`;
    fates.set(name, fate);
    // A frame that missed a port is drawn there as lost, unless its arrival elsewhere already tells.
    if (fate !== 'right' && fate !== 'lost') continue;
    for (const port of ports.filter((p) => !arrivals.has(p))) {
      const packet = sentAs.get(name) ?? 0;
      marks.push({ atNs: sentNs, port, direction: 'in', fate: 'lost', name, frame: name, packet });
    }
  }

  for (const frame of recording.frames) {
    const { label, seq, atNs, port, direction, number: packet } = frame;
    if (label !== undefined && streamLabels.has(label)) continue;
    const name = label === undefined ? `frame of ${frame.originalLength} octets` : `${label} #${seq ?? '?'}`;
    if (label !== undefined && isAnnouncement(label) && direction === 'out' && !expected(label, atNs)) {
      announcements.push({ atNs, port, name, packet });
      continue;
    }
    const fate = fates.get(name) ?? (direction === 'out' ? 'plain' : beliefOf(frame, recording));
    marks.push({
      atNs,
      port,
      direction,
      fate,
      name,
      frame: label === undefined ? `${packet}` : name,
      packet,
    });
  }
  return { marks, bands: bandsOf(recording.streams, expected, announcements), announcements };
}

/** A frame that a host sends of its own accord shows by its destination which owner the host believes in. */
function beliefOf({ label, bytes, atNs }: RecordedFrame, recording: Recording): Fate {
  if (label !== undefined) return 'plain';
  return beliefIn(recording, macAt(bytes, 0), atNs) ?? 'plain';
}

const hex = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** Asked for every frame of a page's many recordings. */
function macAt(frame: Uint8Array, offset: number): string {
  let text = '';
  for (const octet of frame.subarray(offset, offset + 6)) text += text === '' ? hex[octet] : `:${hex[octet]}`;
  return text;
}

/**
 * The segments of streams on the lanes of the ports that they reached; what was lost, where it belonged.
 * A stream is expected at one port, the new one unless the case says otherwise; what it sent before the
 * announcement belongs to the owner until then.
 */
function bandsOf(
  streams: readonly StreamRecord[],
  expected: Expected,
  announcements: readonly Announcement[],
): Band[] {
  const owners = ownership();
  return streams.flatMap((stream) => {
    const [first] = stream.segments;
    const last = stream.segments.at(-1);
    if (!first || !last) return [];
    const announcedNs = announcements.find(
      ({ atNs }) => atNs >= first.firstSentNs && atNs <= last.lastSentNs,
    )?.atNs;
    const cut =
      announcedNs === undefined ? stream.segments : stream.segments.flatMap((s) => splitAt(s, announcedNs));
    return cut.flatMap(({ firstSentNs: fromNs, lastSentNs: toNs, firstSeq, lastSeq, arrivedAt }) => {
      const early = announcedNs !== undefined && fromNs < announcedNs;
      const ports = early ? [owners.owner()] : (expected(stream.label, fromNs) ?? ['b']);
      const fate = fateOf(ports, arrivedAt, owners.move(ports));
      const name = `${stream.label} #${firstSeq}–${lastSeq}`;
      const frames = lastSeq - firstSeq + 1;
      return (arrivedAt.length === 0 ? ports : arrivedAt).map((port) => ({
        fromNs,
        toNs,
        port,
        fate,
        name,
        frames,
      }));
    });
  });
}

/** The parts of a segment before and after a time; its frames are taken as evenly spaced. */
function splitAt(segment: StreamSegment, atNs: number): StreamSegment[] {
  const { firstSeq, lastSeq, firstSentNs, lastSentNs } = segment;
  const spacingNs = (lastSentNs - firstSentNs) / Math.max(1, lastSeq - firstSeq);
  const before = spacingNs > 0 ? Math.ceil((atNs - firstSentNs) / spacingNs) : 0;
  if (before <= 0 || before > lastSeq - firstSeq) return [segment];
  const middle = firstSeq + before;
  const middleNs = firstSentNs + before * spacingNs;
  return [
    { ...segment, lastSeq: middle - 1, lastSentNs: middleNs - spacingNs },
    { ...segment, firstSeq: middle, firstSentNs: middleNs },
  ];
}
