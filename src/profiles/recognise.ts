/** From frames on a wire to the profile of the takeover that they announce. */
import {
  arpOperations,
  broadcastMac,
  type Decoded,
  decodeFrame,
  etherTypes,
  ipProtocols,
  zeroMac,
} from '../frame/index.js';
import { linkLocalOf } from './frames.js';
import type { Announcement, Profile, ProfileFrame } from './profile.js';

export interface HeardFrame {
  readonly bytes: Uint8Array;
  /** CLOCK_REALTIME, nanoseconds. */
  readonly timeNs: bigint;
  readonly direction: 'in' | 'out';
}

export interface RecogniseOptions {
  /** Only frames that announce this link-layer address. */
  readonly mac?: string;
  /** Only frames that announce this IP address. */
  readonly ip?: string;
  /** What the profile says of its origin. */
  readonly source: string;
}

/** A frame that announces, or shows, an owner. */
interface Sign {
  readonly timeNs: bigint;
  readonly family: 'ipv4' | 'ipv6';
  /** The address that is announced. */
  readonly mac: string;
  /** The service address; undefined in RARP and in heartbeats. */
  readonly ip?: string;
  readonly news: boolean;
  /** Its fields, but for the times. */
  readonly frame: ProfileFrame;
}

/** Frames that are further apart don't belong to one round. */
const roundGapMs = 15;
/** An owner's own heartbeat may come this long before its first announcement. */
const leadMs = 50;

/** A profile for each address and family that was announced, in the order of their first announcements. */
export function recognise(heard: readonly HeardFrame[], { mac, ip, source }: RecogniseOptions): Profile[] {
  const signs = heard
    .flatMap((frame) => signOf(frame) ?? [])
    .filter((sign) => mac === undefined || sign.mac === mac || !sign.news)
    .sort((one, other) => Number(one.timeNs - other.timeNs));
  const keys = [
    ...new Set(
      signs
        .filter((sign) => sign.news && (ip === undefined || sign.ip === ip))
        .map(({ mac: m, family }) => `${m} ${family}`),
    ),
  ];
  return keys.flatMap((key, index) => {
    const [, family] = key.split(' ');
    const alone = keys.filter((other) => other.endsWith(` ${family}`)).length === 1;
    // A virtual router may show itself by another address than the one that it announces.
    const shown = (sign: Sign) => alone && !sign.news && sign.family === family && isVirtual(sign.mac);
    const own = signs.filter((sign) => `${sign.mac} ${sign.family}` === key || shown(sign));
    const chosen = own.filter((sign) => ip === undefined || sign.ip === ip || !sign.news);
    return profileOf(chosen, keys.length > 1 ? `recorded-${index + 1}` : 'recorded', source) ?? [];
  });
}

function profileOf(signs: readonly Sign[], name: string, source: string): Profile | undefined {
  const first = signs.find(({ news }) => news);
  const last = signs.findLast(({ news }) => news);
  if (!first || !last) return undefined;
  const since = ({ timeNs }: Sign, start: Sign) => Number(timeNs - start.timeNs) / 1e6;
  const start = signs.find((sign) => since(first, sign) <= leadMs && since(first, sign) >= 0) ?? first;
  // Heartbeats go on for ever: those after the last announcement say nothing new.
  const taken = signs.filter(
    (sign) => since(sign, start) >= 0 && (sign.news || since(last, sign) >= -roundGapMs),
  );
  const services = [...new Set(taken.flatMap(({ ip }) => ip ?? []))];
  const shapes = new Map<string, Sign[]>();
  for (const sign of taken.map((each) => seenFrom(each, first.mac))) {
    const shape = JSON.stringify(sign.frame);
    shapes.set(shape, [...(shapes.get(shape) ?? []), sign]);
  }
  const announcements = [...shapes.values()].flatMap((same) =>
    roundsOf(same, start, Math.max(1, services.length)),
  );
  const beats = taken.filter(({ news }) => !news).map((each) => seenFrom(each, first.mac));
  const [beat] = beats;
  return {
    name,
    title: `a takeover of ${services.join(', ') || first.mac}`,
    source,
    family: first.family,
    moved: isVirtual(first.mac) ? first.mac : 'station',
    ...(services.length > 1 && { addresses: services.length, order: orderOf(taken, services) }),
    announcements,
    ...(beat && { steady: { ...beat.frame, everyMs: intervalMs(beats) } }),
  };
}

const isVirtual = (mac: string) => mac.startsWith('00:00:5e:00:0');

/** A heartbeat that another address sends than the one that moves says so. */
const seenFrom = (sign: Sign, moved: string): Sign =>
  sign.news || sign.mac === moved ? sign : { ...sign, frame: { ...sign.frame, source: sign.mac } };

/** Entries of one shape: bursts of the same size are rounds of one entry. */
function roundsOf(same: readonly Sign[], start: Sign, services: number): Announcement[] {
  const rounds: Sign[][] = [];
  for (const sign of same) {
    const last = rounds.at(-1)?.at(-1);
    if (last && Number(sign.timeNs - last.timeNs) / 1e6 < roundGapMs) rounds.at(-1)?.push(sign);
    else rounds.push([sign]);
  }
  const bySize = new Map<number, Sign[][]>();
  for (const round of rounds) bySize.set(round.length, [...(bySize.get(round.length) ?? []), round]);
  return [...bySize].flatMap(([size, equal]) => {
    const frame = equal[0]?.[0]?.frame;
    if (!frame) return [];
    const gaps = equal.flatMap((round) =>
      round.slice(1).map((sign, index) => Number(sign.timeNs - (round[index]?.timeNs ?? sign.timeNs)) / 1e3),
    );
    const per = namesOne(frame) ? services : 1;
    const repeat = Math.max(1, Math.round(size / per));
    return {
      ...frame,
      atMs: equal.map((round) => rounded(Number((round[0] ?? start).timeNs - start.timeNs) / 1e6)),
      ...(repeat > 1 && { repeat }),
      ...(gaps.length > 0 && { gapUs: Math.round(median(gaps)) }),
    };
  });
}

const namesOne = ({ frame }: ProfileFrame) => frame.startsWith('arp') || frame === 'neighbour-advertisement';

/** To a tenth of a millisecond. */
const rounded = (ms: number) => Math.round(ms * 10) / 10;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function intervalMs(beats: readonly Sign[]): number {
  const gaps = beats
    .slice(1)
    .map((beat, index) => Number(beat.timeNs - (beats[index]?.timeNs ?? beat.timeNs)) / 1e6);
  return gaps.length === 0 ? 1000 : Math.max(1, Math.round(median(gaps)));
}

function orderOf(signs: readonly Sign[], services: readonly string[]): 'rounds' | 'addresses' {
  const named = signs.flatMap(({ ip }) => ip ?? []);
  const repeated = named[0] === named[1];
  return repeated && services.length > 1 ? 'addresses' : 'rounds';
}

function signOf({ bytes, timeNs }: HeardFrame): Sign | undefined {
  const decoded = decodeFrame(bytes);
  const { ethernet } = decoded;
  if (!ethernet || decoded.error) return undefined;
  const [tag] = ethernet.tags;
  const vlan = tag && { vlan: { id: tag.vid, ...(tag.priority > 0 && { priority: tag.priority }) } };
  const sign = arpSign(decoded, bytes.length) ?? advertisementSign(decoded) ?? heartbeatSign(decoded);
  return sign && { ...sign, timeNs, frame: { ...sign.frame, ...vlan } };
}

type Found = Omit<Sign, 'timeNs'>;

/** An address as the role that it plays beside the one that is announced. */
function role(address: string, moved: string): string {
  if (address === moved) return 'moved';
  if (address === broadcastMac) return 'broadcast';
  return address === zeroMac ? 'zero' : address;
}

/** A sender that differs from the announced address: a virtual router's by its number, another as its NIC. */
const sender = (source: string, moved: string) =>
  source === moved ? {} : { source: isVirtual(source) ? source : 'nic' };

function arpSign({ arp, ethernet, etherType }: Decoded, length: number): Found | undefined {
  if (!arp || !ethernet) return undefined;
  const isRarp = etherType === etherTypes.rarp;
  // Gratuitous: RFC 5944 section 4.6. A question for another's address announces nothing.
  if (!isRarp && (arp.spa !== arp.tpa || arp.spa === '0.0.0.0')) return undefined;
  const kind = isRarp
    ? arp.operation === arpOperations.rarpReply
      ? 'rarp-reply'
      : 'rarp-request'
    : arp.operation === arpOperations.reply
      ? 'arp-reply'
      : 'arp-request';
  const tha = role(arp.tha, arp.sha);
  return {
    family: 'ipv4',
    mac: arp.sha,
    ...(!isRarp && { ip: arp.spa }),
    news: true,
    frame: {
      frame: kind,
      ...sender(ethernet.source, arp.sha),
      ...(ethernet.source !== arp.sha && { sha: 'moved' }),
      ...(ethernet.destination !== broadcastMac && { destination: ethernet.destination }),
      ...(tha !== 'zero' && { tha }),
      ...(length > 42 && { octets: length - 4 * ethernet.tags.length }),
    },
  };
}

function advertisementSign({ neighbourAdvertisement: na, ethernet, ipv6 }: Decoded): Found | undefined {
  if (!na || !ethernet || !ipv6 || na.solicited) return undefined;
  const option = na.options.find(({ type }) => type === 'target-link-layer');
  const mac = option?.type === 'target-link-layer' ? option.mac : ethernet.source;
  const flags = `${na.router ? 'R' : ''}${na.override ? 'O' : ''}`;
  return {
    family: 'ipv6',
    mac,
    ip: na.target,
    news: true,
    frame: {
      frame: 'neighbour-advertisement',
      ...sender(ethernet.source, mac),
      ...(ipv6.source === linkLocalOf(ethernet.source) &&
        ipv6.source !== na.target && { sender: 'link-local' as const }),
      ...(flags !== 'O' && { flags }),
      ...(!option && { option: 'none' }),
      ...(option && ethernet.source !== mac && { option: 'moved' }),
    },
  };
}

function heartbeatSign({ ipv4, ipv6, ethernet }: Decoded): Found | undefined {
  const protocol = ipv4?.protocol ?? ipv6?.nextHeader;
  const message = ipv4?.payload ?? ipv6?.payload;
  if (protocol !== ipProtocols.vrrp || !message || !ethernet) return undefined;
  const [first = 0, virtualRouter = 0, , words = 0] = message;
  const six = ipv6 !== undefined;
  // CARP says version 2 too, and has seven words of authentication where VRRP counts its addresses.
  const carp = first >> 4 === 2 && message.length === 36 && words === 7;
  return {
    family: six ? 'ipv6' : 'ipv4',
    mac: ethernet.source,
    news: false,
    frame: {
      frame: carp ? 'carp-advertisement' : 'vrrp-advertisement',
      virtualRouter: Math.max(1, virtualRouter),
      ...(!carp && first >> 4 === 3 && !six && { version: 3 }),
    },
  };
}
