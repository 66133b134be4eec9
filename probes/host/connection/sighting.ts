/**
 * The frames of a stream from the host to V, each by where it went: to the station that is V now, or to another. A
 * stream is UDP or TCP that the host sends itself, or what stands in for it where we can't have it send: its answers to
 * something that we send as V.
 */
import { answeredNumber, type Decoded, decodeFrame, type Tcp, tcpFlags } from '../../../src/frame/index.js';
import { addressOf, type PortName, type RecordedFrame, type Recording } from '../../../src/probe.js';
import { type Family, newPort, oldPort, roles } from '../cast.js';

export type Protocol = 'udp' | 'tcp';

/** How the host is had to send to V. */
export const carriers = {
  datagrams: 'UDP datagrams that the host sends by itself',
  'echo-service': 'answers of its UDP echo service',
  'icmp-echo': 'ICMP echo replies, which stand in for UDP',
  'tcp-answers': 'a TCP port’s answers to new connections, which stand in for UDP',
  connection: 'a TCP connection that the host made',
  acknowledgements: 'a TCP connection to a port of the host’s, whose acknowledgements are the stream',
} as const;
export type Carrier = keyof typeof carriers;

/** Discard (RFC 863): where the host’s own streams go to. */
export const discardPort = 9;

/** What tells the frames of a stream, and which of V's owners each went to. */
export interface Scene {
  readonly service: string;
  readonly host: string;
  readonly hostMac: string;
  readonly old: string;
  /** The same as `old` where the MAC address itself moves. */
  readonly new: string;
  readonly newPort: PortName;
}

export function sceneOf(recording: Recording, family: Family, kept: boolean): Scene {
  const old = addressOf(recording, roles.old);
  const has = (name: string) => recording.ports.some((port) => port.name === name);
  return {
    service: addressOf(recording, roles.service),
    host: addressOf(recording, `host-${family}`),
    hostMac: addressOf(recording, 'host-mac'),
    old,
    new: kept ? old : addressOf(recording, roles.new),
    newPort: newPort({ has }),
  };
}

export type Owner = 'old' | 'new';

/** One frame of the stream, as it came in at a port. */
export interface Sighting {
  readonly atNs: number;
  /** Which owner it was for; `other`: none of the two. */
  readonly to: Owner | 'other';
  /** TCP: the host gave the connection up, or its application ended it. */
  readonly ends?: 'reset' | 'finished';
}

/** Whether the host sent the frame to V. */
function isToService({ ethernet, ipv4, ipv6 }: Decoded, scene: Scene): boolean {
  const ip = ipv4 ?? ipv6;
  return ethernet?.source === scene.hostMac && ip?.source === scene.host && ip.destination === scene.service;
}

/** The host’s segment of a connection with V; `connection` and `acknowledgements` have one each. */
export function segmentOf(frame: RecordedFrame, scene: Scene): Tcp | undefined {
  if (frame.direction !== 'in' || frame.label !== undefined) return undefined;
  const decoded = decodeFrame(frame.bytes);
  return isToService(decoded, scene) && isOfConnection(decoded) ? decoded.tcp : undefined;
}

/** Answers to what else the case asks may be TCP too. */
const isOfConnection = (decoded: Decoded): boolean =>
  decoded.tcp !== undefined && answeredNumber(decoded) === undefined;

/** Whether a frame from the host to V is one of the stream’s. */
function isOfStream(decoded: Decoded, carrier: Carrier): boolean {
  switch (carrier) {
    case 'datagrams':
      return decoded.udp?.destinationPort === discardPort;
    case 'echo-service':
      return decoded.udp?.destinationPort === streamPort;
    case 'icmp-echo':
    case 'tcp-answers':
      return (answeredNumber(decoded) ?? 0) >>> 16 === streamIdentifier;
    case 'connection':
    case 'acknowledgements':
      return isOfConnection(decoded);
  }
}

/** V's port, and the upper half of its requests' numbers (an echo's identifier), that tell a stream from what else the
 *  case asks. */
export const streamPort = 49_307;
const streamIdentifier = 0x5354;
export const streamNumber = (nth: number): number => streamIdentifier * 0x10000 + (nth % 0x10000);

/** What a recorded frame is of the stream; undefined: nothing. */
export function sightingOf(frame: RecordedFrame, scene: Scene, carrier: Carrier): Sighting | undefined {
  if (frame.direction !== 'in' || frame.label !== undefined) return undefined;
  const decoded = decodeFrame(frame.bytes);
  if (!isToService(decoded, scene) || !isOfStream(decoded, carrier)) return undefined;
  const destination = decoded.ethernet?.destination;
  const { atNs, port } = frame;
  const flags = isOfConnection(decoded) ? (decoded.tcp?.flags ?? 0) : 0;
  const ends = flags & tcpFlags.rst ? 'reset' : flags & tcpFlags.fin ? 'finished' : undefined;
  const seen = (to: Sighting['to']): Sighting => ({ atNs, to, ...(ends && { ends }) });
  if (destination === scene.new && port === scene.newPort) return seen('new');
  if (port !== oldPort) return undefined;
  return seen(destination === scene.old ? 'old' : 'other');
}

/** How far apart a switch that floods lets two copies of a frame come out. */
const copiesNs = 5_000_000;

/** The stream’s frames in order of time. A frame that a switch flooded counts once, for the owner that it reached. */
export function sightings(recording: Pick<Recording, 'frames'>, scene: Scene, carrier: Carrier): Sighting[] {
  const all = recording.frames.flatMap((frame) => {
    const seen = sightingOf(frame, scene, carrier);
    return seen ? [{ seen, bytes: frame.bytes }] : [];
  });
  const isCopy = (one: (typeof all)[number]) =>
    one.seen.to !== 'new' &&
    all.some(
      ({ seen, bytes }) =>
        seen.to === 'new' &&
        Math.abs(seen.atNs - one.seen.atNs) < copiesNs &&
        Buffer.compare(bytes, one.bytes) === 0,
    );
  return all.filter((one) => !isCopy(one)).map(({ seen }) => seen);
}
