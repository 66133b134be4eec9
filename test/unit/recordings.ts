/**
 * Recordings written by hand, for the tests of judges: each line of a script is something that crossed a
 * port or that the harness noted, a millisecond after the line before it.
 */
import type {
  Declared,
  RecordedEvent,
  RecordedFrame,
  Recording,
  StreamSegment,
} from '../../src/evidence/recording.js';
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  decodeFrame,
  echoFrame,
  multicastMacOf,
  neighbourAdvertisementFrame,
  neighbourSolicitationFrame,
  solicitedNodeAddress,
  zeroMac,
} from '../../src/frame/index.js';
import type { PortName } from '../../src/probe.js';

export const addresses = {
  'port-a': '00:00:5e:00:53:f8',
  'port-b': '00:00:5e:00:53:f9',
  'port-world': '00:00:5e:00:53:fa',
  'port-monitor': '00:00:5e:00:53:fb',
  'host-mac': '02:00:00:00:00:50',
  'host-ipv4': '192.0.2.50',
  'host-ipv6': '2001:db8::50',
} as const;

/** A station that is part of no case. */
export const stranger = '02:00:00:00:00:99';

export interface Script {
  /** A frame that the case sent: it left `from` and came in at each port of `to`. */
  sent(label: string, from: PortName, to: readonly PortName[], bytes?: Uint8Array): Script;
  /** World's frames to a station, by what became of them: `8 b, 1 a+b, 1 -`. */
  stream(label: string, fates: string): Script;
  /** A frame that the case did not send. */
  heard(port: PortName, bytes: Uint8Array): Script;
  /** The frame was given to the port and never left it. */
  swallowed(label: string, from: PortName): Script;
  sentinel(deaf?: readonly PortName[]): Script;
  mark(name: string, detail?: string): Script;
  neighbour(address: string, mac: string | null, state: string | null): Script;
  /** A numbered stream from World, 8 µs from frame to frame, with an announcement in between. */
  numbered(label: string, parts: readonly StreamPart[]): Script;
  wait(ms: number): Script;
  end(): Recording;
}

/** So many frames that came in at these ports, or the announcement under a label that left a port then. */
export type StreamPart =
  | { readonly frames: number; readonly at: readonly PortName[] }
  | { readonly announce: string; readonly from: PortName };

export interface Scene {
  readonly ports?: readonly PortName[];
  /** Roles beyond those of the ports and the host. */
  readonly addresses?: Readonly<Record<string, string>>;
  readonly params?: unknown;
  readonly relearnMs?: number;
  /** What the bench file says of the device. */
  readonly declared?: Declared;
  /** The error of a driver that stamps frames itself. Default: the kernel stamps, exactly. */
  readonly stampErrorNs?: number;
}

const crossingNs = 10_000;
const filler = (label: string, seq: number) => new TextEncoder().encode(`${label} ${seq}`.padEnd(60, '.'));

export function record(scene: Scene = {}): Script {
  const { ports = ['a', 'b', 'world'], relearnMs = 1000, params = null, stampErrorNs = 0 } = scene;
  const frames: RecordedFrame[] = [];
  const events: RecordedEvent[] = [];
  const streams: Recording['streams'][number][] = [];
  const sequences = new Map<string, number>();
  let atNs = 0;
  let sentinels = 0;

  const crossed = (
    port: string,
    direction: 'in' | 'out',
    at: number,
    bytes: Uint8Array,
    name?: [string, number],
  ) =>
    frames.push({
      number: frames.length + 1,
      port,
      direction,
      atNs: at,
      bytes,
      originalLength: bytes.length,
      ...(name && { label: name[0], seq: name[1] }),
    });
  const step = (action: () => void): Script => {
    atNs += 1_000_000;
    action();
    return script;
  };
  const next = (label: string, port: string): number => {
    const seq = (sequences.get(label) ?? 0) + 1;
    sequences.set(label, seq);
    events.push({ atNs, kind: 'sent', port, label, seq });
    return seq;
  };
  const script: Script = {
    sent: (label, from, to, bytes) =>
      step(() => {
        const seq = next(label, from);
        const octets = bytes ?? filler(label, seq);
        crossed(from, 'out', atNs, octets, [label, seq]);
        for (const port of to)
          if (ports.includes(port)) crossed(port, 'in', atNs + crossingNs, octets, [label, seq]);
      }),
    stream(label, fates) {
      for (const [count, to] of fatesOf(fates)) {
        for (let n = 0; n < count; n += 1) script.sent(label, 'world', to);
      }
      return script;
    },
    heard: (port, bytes) => step(() => crossed(port, 'in', atNs, bytes)),
    swallowed: (label, from) => step(() => next(label, from)),
    sentinel(deaf = []) {
      sentinels += 1;
      const label = `sentinel-${sentinels}`;
      const listeners = ports.filter((port) => port !== 'world');
      script.mark('sentinel', `${label}=${listeners.join(',')}`);
      return script.sent(
        label,
        'world',
        listeners.filter((port) => !deaf.includes(port)),
      );
    },
    mark: (name, detail) =>
      step(() => events.push({ atNs, kind: 'mark', name, ...(detail !== undefined && { detail }) })),
    neighbour: (address, mac, state) =>
      step(() =>
        events.push({ atNs, kind: 'neighbour', address, mac, state, source: 'poll', clockErrorNs: 0 }),
      ),
    numbered: (label, parts) =>
      step(() => {
        const segments: StreamSegment[] = [];
        for (const part of parts) {
          if ('announce' in part) {
            const seq = next(part.announce, part.from);
            crossed(part.from, 'out', atNs - 1_000, filler(part.announce, seq), [part.announce, seq]);
            continue;
          }
          const { frames: count, at } = part;
          const firstSeq = (segments.at(-1)?.lastSeq ?? 0) + 1;
          const lastSentNs = atNs + (count - 1) * 8_000;
          segments.push({
            firstSeq,
            lastSeq: firstSeq + count - 1,
            firstSentNs: atNs,
            lastSentNs,
            arrivedAt: at,
          });
          atNs = lastSentNs + 8_000;
        }
        streams.push({ label, port: 'world', framesSent: segments.at(-1)?.lastSeq ?? 0, segments });
      }),
    wait(ms) {
      atNs += ms * 1e6;
      return script;
    },
    end: () => ({
      caseId: 'test/by-hand/case',
      startNs: 0n,
      endNs: atNs + 1_000_000,
      plan: {
        params,
        addresses: { ...addresses, ...scene.addresses },
        limits: { relearnMs },
        declared: scene.declared ?? {},
      },
      ports: ports.map((name) => ({
        name,
        nic: `nic-${name}`,
        driver: 'memory',
        abilities: {
          kernelTimestamps: stampErrorNs === 0,
          timestampErrorNs: stampErrorNs,
          dropCounter: true,
        },
        dropped: 0,
        unrelated: 0,
      })),
      frames: frames.sort((x, y) => x.atNs - y.atNs).map((frame, index) => ({ ...frame, number: index + 1 })),
      events,
      streams,
    }),
  };
  return script;
}

/** `8 b, 1 a+b, 1 -` as counts and the ports reached. */
export function fatesOf(text: string): [number, PortName[]][] {
  return text.split(', ').map((part) => {
    const [count = '', where = ''] = part.split(' ');
    return [Number(count), where === '-' ? [] : (where.split('+') as PortName[])];
  });
}

/** The recording with so many frames lost by the capture of its first port. */
export function withDrops(recording: Recording, dropped: number): Recording {
  return { ...recording, ports: recording.ports.map((port, at) => (at === 0 ? { ...port, dropped } : port)) };
}

/** A takeover of an IPv4 or IPv6 service address: the addresses, by the names of their roles. */
export interface Service {
  readonly service: string;
  readonly old: string;
  readonly new: string;
}

export const serviceOf = (n = 0, family: 'ipv4' | 'ipv6' = 'ipv4'): Service => ({
  service: family === 'ipv4' ? `192.0.2.${100 + n}` : `2001:db8::${100 + n}`,
  old: `00:00:5e:00:53:${(0x10 + n).toString(16)}`,
  new: `00:00:5e:00:53:${(0x40 + n).toString(16)}`,
});

/** What the host does when it is asked where it believes the service to be. */
export type Reaction = 'old' | 'new' | 'asked' | 'observer' | 'other' | 'silent';

const hostOf = ({ service }: Service) => addresses[service.includes(':') ? 'host-ipv6' : 'host-ipv4'];

/** The harness asks under `label`, and the host reacts. */
export function observed(
  script: Script,
  label: string,
  of: Service,
  reaction: Reaction,
  sequence = 1,
  port: PortName = 'a',
): Script {
  const echo = { ipSource: of.service, ipDestination: hostOf(of), identifier: 7, sequence };
  script.mark(label);
  script.sent(
    label,
    'a',
    [],
    echoFrame({ ...echo, destination: addresses['host-mac'], source: addresses['port-a'] }),
  );
  if (reaction === 'silent') return script;
  if (reaction === 'asked') script.heard(port, question(of));
  const to = { old: of.old, new: of.new, asked: of.new, observer: addresses['port-a'], other: stranger }[
    reaction
  ];
  return script.heard(
    port,
    echoFrame({
      destination: to,
      source: addresses['host-mac'],
      ipSource: echo.ipDestination,
      ipDestination: echo.ipSource,
      reply: true,
      identifier: 7,
      sequence,
    }),
  );
}

/** The host asks everybody for the service address. */
function question({ service }: Service): Uint8Array {
  const source = addresses['host-mac'];
  if (!service.includes(':')) {
    const spa = addresses['host-ipv4'];
    const operation = arpOperations.request;
    return arpFrame({
      destination: broadcastMac,
      source,
      operation,
      sha: source,
      spa,
      tha: zeroMac,
      tpa: service,
    });
  }
  const group = solicitedNodeAddress(service);
  return neighbourSolicitationFrame({
    destination: multicastMacOf(group),
    source,
    ipSource: addresses['host-ipv6'],
    ipDestination: group,
    target: service,
    options: [{ type: 'source-link-layer', mac: source }],
  });
}

/** `mac` says on the wire that it has the address: the lesson from which an entry's age counts. */
export function claim(service: string, mac: string, tpa = service): Uint8Array {
  if (!service.includes(':')) {
    const operation = arpOperations.request;
    return arpFrame({
      destination: broadcastMac,
      source: mac,
      operation,
      sha: mac,
      spa: service,
      tha: zeroMac,
      tpa,
    });
  }
  return neighbourAdvertisementFrame({
    destination: multicastMacOf('ff02::1'),
    source: mac,
    ipSource: service,
    ipDestination: 'ff02::1',
    router: false,
    solicited: false,
    override: true,
    target: service,
    options: [{ type: 'target-link-layer', mac }],
  });
}

/** An ARP reply by which the host gives its own address to the asker. */
export function hostReply(
  asker: string,
  spa: string = addresses['host-ipv4'],
  destination = asker,
): Uint8Array {
  const source = addresses['host-mac'];
  return arpFrame({
    destination,
    source,
    operation: arpOperations.reply,
    sha: source,
    spa: addresses['host-ipv4'],
    tha: asker,
    tpa: spa,
  });
}

/** The old owner answers the host, which then talks to it. */
export function established(script: Script, of: Service, suffix = '', reaction: Reaction = 'old'): Script {
  script.sent('answer', 'a', [], claim(of.service, of.old));
  return observed(script, `before${suffix}`, of, reaction);
}

export const decoded = (frame: RecordedFrame) => decodeFrame(frame.bytes);
