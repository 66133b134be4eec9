/** A stream from the host to V while it runs. */
import type { Context } from '../../../src/probe.js';
import { type Cast, newPort, oldPort } from '../cast.js';
import { enoughBefore } from './outage.js';
import { type Line, pump, type Station, sendSegment } from './segments.js';
import { type Carrier, type Protocol, type Scene, type Sighting, sightingOf } from './sighting.js';
import { type Source, ways } from './sources.js';

export interface HostStream {
  readonly carrier: Carrier;
  /** What was seen of it so far, in order. */
  readonly seen: readonly Sighting[];
  /** From now on V's end of a connection is at this station; undefined: V answers nothing. */
  move(to: Station | undefined): void;
  /** Has the host send a frame every `everyMs` until the condition holds, or the deadline comes. */
  run(everyMs: number, done: () => boolean, deadlineMs: number): Promise<boolean>;
  /** Ends it, and leaves nothing on the host. */
  end(): Promise<void>;
}

/** How long its first frames may take to be seen. */
const flowMs = 700;
const closeMs = 500;

/** Starts a stream, and has it run to V at OLD; undefined where the host can't be had to send one: the case has noted why. */
export async function startStream(
  context: Context,
  cast: Cast,
  protocol: Protocol,
  kept: boolean,
): Promise<HostStream | undefined> {
  const scene: Scene = {
    service: cast.service,
    host: cast.host,
    hostMac: context.host.mac,
    old: cast.old,
    new: kept ? cast.old : cast.new,
    newPort: newPort(context),
  };
  const station = { mac: cast.old, port: oldPort };
  const line: Line = { context, cast, scene, at: { station, frame: context.frames.length } };
  for (const way of ways[protocol]) {
    const source = await way(line);
    const stream = source && runningStream(line, source);
    if (!stream) continue;
    // A server that holds few connections may end one at once (sshd_config(5), MaxStartups).
    const flows = () =>
      hasEnded(stream) || stream.seen.filter(({ to }) => to === 'old').length >= enoughBefore;
    context.mark('stream');
    if ((await stream.run(50, flows, flowMs)) && !hasEnded(stream)) {
      context.mark('carrier', stream.carrier);
      return stream;
    }
    context.mark('no-flow', stream.carrier);
    await stream.end();
  }
  if (protocol === 'tcp')
    context.mark(
      'no-stream',
      'No TCP connection with the host could be had: name a port that is open in the bench file’s `services.tcp`, or give SSH access.',
    );
  return undefined;
}

/** Whether the host has ended the connection. */
export const hasEnded = ({ seen }: HostStream): boolean => seen.some(({ ends }) => ends !== undefined);

function runningStream(line: Line, source: Source): HostStream {
  const { context, scene, at } = line;
  const { carrier, prompt, endpoint } = source;
  const seen: Sighting[] = [];
  let sent = 0;
  const answering = pump(
    line,
    async (tcp, station) => {
      for (const answer of endpoint?.receive(tcp) ?? []) await sendSegment(line, station, answer);
    },
    (frame) => {
      const sighting = sightingOf(frame, scene, carrier);
      if (sighting) seen.push(sighting);
    },
  );
  return {
    carrier,
    seen,
    move(to) {
      at.station = to;
    },
    async run(everyMs, done, deadlineMs) {
      const endMs = context.nowMs() + deadlineMs;
      while (!done()) {
        if (context.nowMs() >= endMs) return false;
        sent += 1;
        await prompt(sent);
        await context.until(() => false, everyMs);
      }
      return true;
    },
    async end() {
      context.mark('stream-end');
      if (endpoint && endpoint.state !== 'closed') {
        // V ends it first, so that the host is not left with a connection in TIME-WAIT.
        await sendSegment(line, undefined, endpoint.close());
        await source.close?.();
        const closed = await context.until(() => endpoint.state === 'closed', closeMs);
        if (!closed) await sendSegment(line, undefined, endpoint.abort());
      }
      await source.close?.();
      await answering.stop();
    },
  };
}
