import { broadcastMac, multicastMacOf, vrrpFrame, vrrpGroups } from '../../src/frame/index.js';
import {
  type Context,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type PortName,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { deviations, mostlyLost } from './station.js';

interface Heartbeat {
  /** `broadcast heartbeats`. */
  readonly what: string;
  /** Whether World should hear it too. */
  readonly toAll: boolean;
  build(context: Context, from: PortName, to: PortName, number: number): Uint8Array;
}

const beats = 10;
/** A second's heartbeats of a cluster, and far below any limit on broadcasts. */
const everyMs = 20;
const crossingMs = 200;

const directions = [
  ['a', 'b'],
  ['b', 'a'],
] as const;

const beatLabel = (from: PortName) => `heartbeat-${from}`;
const worldLabel = (from: PortName) => `to-world-${from}`;

const heartbeats: Readonly<Record<string, Heartbeat>> = {
  broadcast: {
    what: 'broadcast heartbeats',
    toAll: true,
    build: (context, from) => context.numbered(from, broadcastMac),
  },
  'vrrp-multicast': {
    what: `VRRP’s heartbeats (to ${vrrpGroups.ipv4})`,
    toAll: true,
    build: (context, from, _to, number) =>
      vrrpFrame({
        destination: multicastMacOf(vrrpGroups.ipv4),
        source: context.portMac(from),
        ipSource: context.portIpv4(from),
        version: 3,
        // A virtual router for each beat, so that no two are equal.
        virtualRouter: number,
        priority: 100,
        interval: 100,
        addresses: [context.ipv4('service')],
      }),
  },
  unicast: {
    what: 'unicast heartbeats',
    toAll: false,
    build: (context, from, to) => context.numbered(from, context.portMac(to)),
  },
};

/** What one port's heartbeats came to. */
function fare(recording: Recording, [from, to]: (typeof directions)[number], toAll: boolean) {
  const sent = deliveries(recording, beatLabel(from));
  const heard = tally(
    sent.map((delivery) => ({
      ...delivery,
      arrivals: new Map([...delivery.arrivals].filter(([port]) => port === to)),
    })),
    to,
  );
  const world = deliveries(recording, worldLabel(from));
  const atWorld = world.filter(({ arrivals }) => arrivals.has('world')).length;
  return {
    from,
    to,
    heard,
    worldHears: atWorld * 2 > world.length,
    worldHearsBeats: !toAll || sent.some(({ arrivals }) => arrivals.has('world')),
  };
}

export default defineProbe<Heartbeat>({
  id: 'switch/isolation',
  device: 'switch',
  title: 'Both nodes of a cluster hear each other’s heartbeats',
  failureTitle: 'The switch keeps the two ports apart, though World hears both',
  why: 'Each node takes the other for dead and both own the address: a split brain that the switch made.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause:
      'cluster managers must hear their peers; ports that can’t are called isolated, protected or private (RFC 5517)',
  },
  needs: ['a', 'b', 'world'],
  cases: Object.entries(heartbeats).map(([id, params]) => ({ id, title: params.what, params })),

  control: (context) => context.sentinel(),
  controlHolds: () => true,

  async stimulus(context) {
    const { params, ports } = context;
    for (const [from, to] of directions) {
      const hearers = params.toAll ? ports.filter((port) => port !== from) : [to];
      context.expect(beatLabel(from), hearers);
      context.expect(worldLabel(from), ['world']);
    }
    for (let number = 1; number <= beats; number += 1) {
      for (const [from, to] of directions) {
        await context.send(from, params.build(context, from, to, number), beatLabel(from));
        await context.send(from, context.numbered(from, context.portMac('world')), worldLabel(from));
      }
      await context.wait(everyMs);
    }
    const arrived = (label: string, at: PortName) =>
      context.frames.filter((f) => f.label === label && f.port === at && f.direction === 'in').length >=
      beats;
    await context.until(
      () =>
        directions.every(([from, to]) => arrived(beatLabel(from), to) && arrived(worldLabel(from), 'world')),
      crossingMs,
    );
    await context.sentinel();
  },

  judge(recording, { what, toAll }) {
    const fares = directions.map((direction) => fare(recording, direction, toAll));
    const said = {
      expected: `port b hears port a’s ${what}, and port a hears port b’s`,
      observed: fares
        .map(({ from, to, heard }) => `${to} heard ${heard.reached} of ${heard.sent} from ${from}`)
        .join(', '),
      findings: fares.map(({ from, to, heard }) => ({
        id: `${from}-to-${to}`,
        holds: heard.reached > 0,
        text: `port ${to} heard ${heard.reached} of ${heard.sent} of port ${from}’s ${what}`,
      })),
    };
    const unheard = fares.find(({ worldHears }) => !worldHears);
    if (unheard) {
      const reason = `World does not hear port ${unheard.from} either, so this is not about isolation.`;
      return inconclusive({ ...said, reason });
    }
    const silent = fares.filter(({ heard }) => heard.sent > 0 && heard.reached === 0);
    const dropped = silent.find(({ worldHearsBeats }) => !worldHearsBeats);
    if (dropped) {
      const reason = `No port hears port ${dropped.from}’s ${what}: they are dropped or pruned, not isolated.`;
      return inconclusive({ ...said, reason });
    }
    if (silent.length > 0) {
      const [one] = silent;
      const who =
        silent.length > 1
          ? `Ports a and b hear none of each other’s`
          : `Port ${one?.to} hears none of port ${one?.from}’s`;
      return fail({
        ...said,
        reason:
          `${who} ${what}, though World hears both ports: they are isolated from each other. Take private VLAN, ` +
          'protected port or client isolation off the cluster’s ports, or run the heartbeat elsewhere.',
      });
    }
    const thin = fares.find(({ heard }) => mostlyLost(heard));
    if (thin) {
      const reason = `Port ${thin.to} missed ${thin.heard.lost} of ${thin.heard.sent} heartbeats: too lossy to tell why.`;
      return inconclusive({ ...said, reason });
    }
    return pass({
      ...said,
      reason: `Ports a and b hear each other’s ${what}.`,
      qualifiers: fares.flatMap(({ heard }) => deviations(heard)),
    });
  },
});
