/** What the probes about a stream or a connection do around the moment in which V changes hands. */
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  multicastMacOf,
  neighbourAdvertisementFrame,
} from '../../../src/frame/index.js';
import type { Context } from '../../../src/probe.js';
import { type Cast, newPort, oldPort } from '../cast.js';
import { observe } from '../takeover.js';
import { enoughAfter } from './outage.js';
import type { Carrier, Owner, Protocol } from './sighting.js';
import type { HostStream } from './stream.js';

/** `mac` at V says so to everybody: a gratuitous ARP, or an unsolicited advertisement with the override flag. */
export function gratuitous(
  service: string,
  mac: string,
  operation: 'request' | 'reply' = 'request',
): Uint8Array {
  if (service.includes(':')) {
    const allNodes = 'ff02::1';
    return neighbourAdvertisementFrame({
      destination: multicastMacOf(allNodes),
      source: mac,
      ipSource: service,
      ipDestination: allNodes,
      router: false,
      solicited: false,
      override: true,
      target: service,
      options: [{ type: 'target-link-layer', mac }],
    });
  }
  return arpFrame({
    destination: broadcastMac,
    source: mac,
    operation: arpOperations[operation],
    sha: mac,
    spa: service,
    tha: operation === 'reply' ? mac : broadcastMac,
    tpa: service,
  });
}

/** How often a stream sends, and how long it is watched after V has changed hands. */
export interface Watch {
  readonly everyMs: number;
  readonly windowMs: number;
}

/** 200 answers a second is all that some hosts give, to echo or by RST (FreeBSD’s net.inet.icmp.icmplim), to all cases
 *  together. */
const answersEveryMs = { quick: 40, slow: 200 } as const;
const quick: Watch = { everyMs: 20, windowMs: 4_000 };
/** A host that verifies asks the old owner three times, a second apart, after five seconds (RFC 4861 section 10); and a
 *  TCP connection that is waiting repeats itself only after 0.2, 0.4, … 6.4 seconds. */
const patient: Record<Protocol, Watch> = {
  udp: { everyMs: 50, windowMs: 12_000 },
  tcp: { everyMs: 50, windowMs: 20_000 },
};

export const watchOf = (protocol: Protocol, announced: boolean): Watch =>
  announced ? quick : patient[protocol];

export function intervalMsOf({ carrier }: { readonly carrier: Carrier }, { everyMs }: Watch): number {
  if (carrier !== 'icmp-echo' && carrier !== 'tcp-answers') return everyMs;
  return everyMs === quick.everyMs ? answersEveryMs.quick : answersEveryMs.slow;
}

/** Keeps the stream running until it has gone to its owner for a moment, or the window closes; then looks at the host
 *  once more, also by asking as somebody else, which tells a host that is gone from one that is lost for V alone. */
export async function watchStream(
  context: Context,
  cast: Cast,
  stream: HostStream,
  owner: Owner,
  watch: Watch,
): Promise<void> {
  const from = stream.seen.length;
  const back = () => {
    const after = stream.seen.slice(from);
    const right = after.slice(after.findLastIndex(({ to }) => to !== owner) + 1);
    const [first, last] = [right[0], right.at(-1)];
    const spanMs = first && last ? (last.atNs - first.atNs) / 1e6 : 0;
    return right.length >= 2 * enoughAfter && spanMs >= steadyMs;
  };
  await stream.run(intervalMsOf(stream, watch), back, watch.windowMs);
  await stream.end();
  await observe(context, cast, 'after');
  await context.host.cache?.read(cast.service);
  if (back()) return;
  const witness = cast.service.includes(':') ? context.ipv6('witness') : context.ipv4('witness');
  context.own(witness, context.portMac(oldPort), oldPort);
  await observe(context, { ...cast, service: witness }, 'witness');
}

const steadyMs = 250;

/**
 * A rival and OLD announce V in turn, until the stream goes to OLD again: an entry that nobody has confirmed since. A
 * host that verifies such an entry does so soon; one that was just confirmed it may trust for 15 to 45 seconds more (RFC
 * 4861 section 6.3.2). V answers no segment from then on, since an acknowledgement would confirm it (section 7.3.1).
 */
export async function unsettle(
  context: Context,
  cast: Cast,
  stream: HostStream,
  watch: Watch,
): Promise<void> {
  stream.move(undefined);
  const rival = context.mac('rival');
  await context.send(oldPort, gratuitous(cast.service, rival), 'rival');
  for (let round = 0; round < 3; round += 1) {
    await context.send(oldPort, gratuitous(cast.service, cast.old), 'unsettle');
    const from = stream.seen.length;
    const settled = () => stream.seen.slice(from).some(({ to }) => to === 'old');
    if (await stream.run(intervalMsOf(stream, watch), settled, lockedMs)) return;
  }
}

/** A host may refuse a second update for a second (Linux’s locktime). */
const lockedMs = 1_100;

export const stationOf = (context: Context, cast: Cast, kept: boolean) => ({
  mac: kept ? cast.old : cast.new,
  port: newPort(context),
});
