/** V’s segments, and the host’s: who is V at the moment takes and answers them. */
import { type Decoded, decodeFrame, type Tcp, tcpFrame } from '../../../src/frame/index.js';
import type { Context, PortName, RecordedFrame } from '../../../src/probe.js';
import { type Cast, oldPort } from '../cast.js';
import { type Scene, segmentOf } from './sighting.js';

/** Where V is. */
export interface Station {
  readonly mac: string;
  readonly port: PortName;
}

/** What all of a stream’s parts share. */
export interface Line {
  readonly context: Context;
  readonly cast: Cast;
  readonly scene: Scene;
  /** Where V is, and the next recorded frame to be looked at. */
  readonly at: { station: Station | undefined; frame: number };
}

/** Whoever asks as V is neither OLD nor NEW, so that a host which learns from it, or just answers to the sender, shows. */
export const asker = (context: Context) => ({
  destination: context.host.mac,
  source: context.portMac(oldPort),
});

/** A segment from V, at its station, or at the asker's. */
export function sendSegment({ context, cast }: Line, from: Station | undefined, tcp: Tcp): Promise<unknown> {
  const link = from ? { destination: context.host.mac, source: from.mac } : asker(context);
  const ip = { ipSource: cast.service, ipDestination: cast.host };
  return context.send(from?.port ?? oldPort, tcpFrame({ ...link, ...ip, ...tcp }), 'segment');
}

export interface Pump {
  stop(): Promise<void>;
}

/** Gives each of the host’s segments that reaches V, where V is, to `take`; and every frame to `look`. */
export function pump(
  { context, scene, at }: Line,
  take: (tcp: Tcp, station: Station) => Promise<void>,
  look: (frame: RecordedFrame) => void = () => {},
): Pump {
  let stopped = false;
  const reaches = (decoded: Decoded, port: string) =>
    at.station !== undefined && port === at.station.port && decoded.ethernet?.destination === at.station.mac;
  const running = (async () => {
    while (!stopped) {
      await context.until(() => stopped || context.frames.length > at.frame, 50);
      for (let frame = context.frames[at.frame]; frame && !stopped; frame = context.frames[at.frame]) {
        at.frame += 1;
        look(frame);
        const tcp = segmentOf(frame, scene);
        const { station } = at;
        if (tcp && station && reaches(decodeFrame(frame.bytes), frame.port)) await take(tcp, station);
      }
    }
  })();
  // The case ends with the same error.
  running.catch(() => undefined);
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}
