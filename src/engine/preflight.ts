/**
 * Checks of the instrument before the first case: is every port connected to the device, does the host
 * answer, and how much can it be asked side by side. What fails here is the bench's fault, not the
 * device's, so nothing is judged.
 */
import { join } from 'node:path';
import type { BenchDevice, PortName } from '../bench/bench.js';
import type { RecordedFrame } from '../evidence/recording.js';
import { writeEvidence } from '../evidence/store.js';
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  decodeFrame,
  echoFrame,
  icmpTypes,
  icmpv6Types,
  multicastMacOf,
  neighbourSolicitationFrame,
  solicitedNodeAddress,
  zeroMac,
} from '../frame/index.js';
import type { Context, HostUnderTest } from '../probe.js';
import type { Result } from '../result.js';
import type { Instrument } from './attempt.js';
import { createContext } from './context.js';
import { sound } from './hearing.js';

export type Check = Result['preflight'][number];

export interface Preflight {
  readonly checks: readonly Check[];
  /** Set for a host that answered. */
  readonly host?: HostUnderTest;
  /** How many cases may run side by side. */
  readonly sideBySide: number;
}

const hostAnswerMs = 3_000;
/** How many entries a host is asked to hold at once: that many cases run side by side. */
const manyEntries = 48;
/** How many cases run side by side on a switch: those that wait more than they send. */
const switchCases = 8;
/** The most that one case asks a host to hold, where it can't hold many. */
const entriesPerCase = 3;

/** Runs the checks for a device. @param say is told when a wait is longer than a moment.
 *  @throws what stopped the run: a failed port, the operator. */
export async function preflight(
  instrument: Instrument,
  device: BenchDevice,
  folder: string,
  say: (text: string) => void,
): Promise<Preflight> {
  const session = instrument.recorder.begin({
    caseId: 'preflight',
    params: null,
    limits: instrument.limits,
  });
  const live = createContext({
    params: null,
    limits: instrument.limits,
    declared: device.declared,
    wires: instrument.wires,
    session,
    addresses: instrument.addresses,
    random: instrument.random,
    signal: instrument.stopped,
  });
  try {
    if (device.kind === 'host') return await hostPreflight(live.context, device);
    const checks = await portsPreflight(live.context, instrument.wires, say);
    return { checks, sideBySide: switchCases };
  } finally {
    await live.close();
    await writeEvidence(await session.finish(), join(folder, 'evidence', 'preflight'));
    instrument.addresses.release(live.taken);
  }
}

/** Every port speaks, so that the switch learns it, until every other has heard it. */
async function portsPreflight(
  context: Context<null>,
  wires: Instrument['wires'],
  say: (text: string) => void,
): Promise<Check[]> {
  const others = (port: PortName) => context.ports.filter((other) => other !== port);
  const { heard, inTree, elapsedMs } = await sound(context, wires, say, {
    enough: (soundings) =>
      context.ports.every((port) => others(port).every((other) => soundings.heard(port, other))),
    // A device may refuse what one port sends: that is for the cases to find out. A port that hears nobody, though,
    // is a cable that leads elsewhere, or is still held back.
    mute: (soundings) =>
      context.ports.filter((port) => !others(port).some((other) => soundings.heard(port, other))),
    leastMs: 2_000,
  });
  return context.ports.map((port) => {
    const from = others(port).filter((other) => heard(port, other));
    const by = others(port).filter((other) => heard(other, port));
    const why = inTree.has(port)
      ? 'spanning tree still blocks the switch port: set it to an edge port (portfast)'
      : 'check that its cable leads to the device under test and that the switch port is enabled and in the same VLAN';
    const text =
      from.length > 0
        ? `port ${port} hears ${from.join(', ')}${by.length === 0 ? ', though nobody hears it' : ''} (after ${elapsedMs} ms)`
        : `port ${port} hears no other port of the bench, within ${elapsedMs} ms: ${why}`;
    return { id: `port-${port}`, ok: from.length > 0, text };
  });
}

async function hostPreflight(context: Context<null>, device: BenchDevice): Promise<Preflight> {
  const addresses = [device.ipv4, device.ipv6].flatMap((address) => address ?? []);
  const found = await Promise.all(addresses.map((address) => resolve(context, address)));
  const checks = addresses.map((address, index): Check => {
    const six = address.includes(':');
    const mac = found[index];
    const asked = six ? 'neighbour solicitations' : 'ARP requests';
    const text =
      mac !== undefined
        ? `${address} is at ${mac}`
        : `${address} does not answer ${asked} on port a: check the cable, the address, and that the host is up`;
    return { id: six ? 'host-ipv6' : 'host-ipv4', ok: mac !== undefined, text };
  });
  const mac = found.find((address) => address !== undefined);
  if (mac === undefined) return { checks, sideBySide: 1 };
  const host: HostUnderTest = {
    mac,
    ...(device.ipv4 !== undefined && { ipv4: device.ipv4 }),
    ...(device.ipv6 !== undefined && { ipv6: device.ipv6 }),
  };
  const { answers, text, sideBySide } = await capacity(context, host);
  if (!answers) {
    const mend = 'allow ICMP echo on it during the test, or its belief can’t be seen from outside';
    const echo = { id: 'host-echo', ok: false, text: `the host answers no echo request (ping): ${mend}` };
    return { checks: [...checks, echo], sideBySide };
  }
  return { checks: [...checks, { id: 'host-entries', ok: true, text }], host, sideBySide };
}

/** The link-layer address that the host gives for itself. */
async function resolve(context: Context<null>, address: string): Promise<string | undefined> {
  const source = context.portMac('a');
  const six = address.includes(':');
  const spa = six ? context.ipv6('asker6') : context.ipv4('asker');
  const group = six ? solicitedNodeAddress(address) : '';
  const question = six
    ? neighbourSolicitationFrame({
        destination: multicastMacOf(group),
        source,
        ipSource: spa,
        ipDestination: group,
        target: address,
        options: [{ type: 'source-link-layer', mac: source }],
      })
    : arpFrame({
        destination: broadcastMac,
        source,
        operation: arpOperations.request,
        sha: source,
        spa,
        tha: zeroMac,
        tpa: address,
      });
  context.own(spa, source, 'a');
  const answer = () => {
    for (const frame of context.frames) {
      if (frame.direction !== 'in') continue;
      const { arp, neighbourAdvertisement, ethernet } = decodeFrame(frame.bytes);
      if (arp?.operation === arpOperations.reply && arp.spa === address) return arp.sha;
      if (neighbourAdvertisement?.target === address) {
        const option = neighbourAdvertisement.options.find(({ type }) => type === 'target-link-layer');
        return option?.type === 'target-link-layer' ? option.mac : ethernet?.source;
      }
    }
    return undefined;
  };
  for (let askedMs = 0; askedMs < hostAnswerMs && answer() === undefined; askedMs += 500) {
    await context.send('a', question, six ? 'solicitation' : 'request');
    await context.until(() => answer() !== undefined, 500);
  }
  return answer();
}

/** How many entries the host holds at once: it is pinged from many addresses, and learns each by asking.
 *  Pinged again in the opposite order, it answers at once where it still has the entry. */
async function capacity(
  context: Context<null>,
  host: HostUnderTest,
): Promise<{ answers: boolean; text: string; sideBySide: number }> {
  const address = host.ipv4 ?? host.ipv6 ?? '';
  const six = host.ipv4 === undefined;
  const mac = context.mac('many');
  const services = Array.from({ length: manyEntries }, (_, index) =>
    six ? context.ipv6(`entry-${index}`) : context.ipv4(`entry-${index}`),
  );
  const ping = async (round: number, order: readonly string[]) => {
    for (const service of order) {
      const frame = echoFrame({
        destination: host.mac,
        source: mac,
        ipSource: service,
        ipDestination: address,
        identifier: round,
        sequence: services.indexOf(service),
      });
      await context.send('a', frame, `ping-${round}`);
      // FreeBSD answers 200 echo requests a second at most (net.inet.icmp.icmplim).
      await context.wait(6);
    }
    await context.wait(100);
  };
  for (const service of services) context.own(service, mac, 'a');
  await ping(1, services);
  const since = context.frames.length;
  await ping(2, services.toReversed());
  const first = firstWords(context.frames.slice(since));
  const held = services.filter((service) => first.get(service) === 'answer').length;
  for (const service of services) context.disown(service);
  return {
    answers: context.frames.some(isEchoReply),
    text:
      held === manyEntries
        ? `holds ${manyEntries} neighbour entries at once`
        : `holds about ${held} neighbour entries at once, so fewer cases run side by side`,
    sideBySide: Math.max(1, held === manyEntries ? manyEntries : Math.floor(held / entriesPerCase)),
  };
}

function isEchoReply({ bytes, direction }: RecordedFrame): boolean {
  const { icmp, icmpv6Echo } = decodeFrame(bytes);
  return (
    direction === 'in' && (icmp?.type === icmpTypes.echoReply || icmpv6Echo?.type === icmpv6Types.echoReply)
  );
}

/** What the host did first about each address that it was pinged from: answer, or ask for it. */
function firstWords(frames: readonly RecordedFrame[]): Map<string, 'answer' | 'question'> {
  const words = new Map<string, 'answer' | 'question'>();
  for (const { bytes, direction } of frames) {
    if (direction !== 'in') continue;
    const { arp, neighbourSolicitation, icmp, icmpv6Echo, ipv4, ipv6 } = decodeFrame(bytes);
    const asked = arp?.operation === arpOperations.request ? arp.tpa : neighbourSolicitation?.target;
    const answered = icmp || icmpv6Echo ? (ipv4 ?? ipv6)?.destination : undefined;
    if (asked !== undefined && !words.has(asked)) words.set(asked, 'question');
    if (answered !== undefined && !words.has(answered)) words.set(answered, 'answer');
  }
  return words;
}
