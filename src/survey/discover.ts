/** Who is on the segment, and which of the addresses that a survey may use are nobody's. */
import { BenchError } from '../bench/bench.js';
import {
  bytesToIpv6,
  echoFrame,
  groupRecordTypes,
  ipv6ToBytes,
  macToBytes,
  mldV2ReportFrame,
  mldV2Routers,
  multicastMacOf,
  resolutionFrame,
  solicitedNodeAddress,
} from '../frame/index.js';
import type { Hands, OwnerName } from './hands.js';
import { roleOf, services } from './plan.js';
import { addressesIn, isHostOf, type NamedHost, type Subnet } from './range.js';
import { echoNumber, type SeenHost } from './sightings.js';
import { allNodes } from './stimuli.js';

/** How long the last one is given to answer. */
const answerMs = 400;
/** An address is ours only when nobody answered for it three times (RFC 5227 §2.1.1: PROBE_NUM), this far apart. */
const probes = 3;
const betweenProbesMs = 350;

export interface SubnetToSurvey extends Subnet {
  /** The addresses that may be used, in this order. */
  readonly range: readonly string[];
}

/**
 * Takes the Vs: addresses of the range for which nobody answers. Resolves to notes: which ones are somebody's. Rejects
 * with a BenchError where too few are free.
 */
export async function takeAddresses(hands: Hands, subnet: SubnetToSurvey): Promise<string[]> {
  const { range } = subnet;
  const { claimed } = hands.sightings;
  for (let round = 0; round < probes; round += 1) {
    await probe(
      hands,
      range.filter((address) => !claimed.has(address)),
    );
    await hands.wait(betweenProbesMs);
  }
  const taken = range.filter((address) => claimed.has(address));
  takeServices(
    hands,
    subnet,
    range.filter((address) => !claimed.has(address)),
    taken,
  );
  if (subnet.family === 'ipv6') await join(hands, subnet);
  return taken.length === 0 ? [] : [`Not used, for they are somebody’s: ${few(taken)}.`];
}

const few = (addresses: readonly string[]) =>
  `${addresses.slice(0, 8).join(', ')}${addresses.length > 8 ? ' …' : ''}`;

/** Asks who is there: every address of an IPv4 subnet, all nodes of an IPv6 one, or the named hosts alone. */
export async function findHosts(
  hands: Hands,
  subnet: SubnetToSurvey,
  named: readonly NamedHost[],
): Promise<void> {
  const ours = new Set(subnet.range);
  const listed = named.map(({ address }) => address).filter((address) => isHostOf(subnet, address));
  if (subnet.family === 'ipv6') {
    await findNodes(hands, subnet, listed);
    return;
  }
  const sought = (named.length > 0 ? listed : addressesIn(subnet)).filter((address) => !ours.has(address));
  const silent = () => sought.filter((address) => !hands.sightings.hosts.has(address));
  await probe(hands, sought);
  await hands.until(() => silent().length === 0, answerMs);
  // With an address of our own: some hear nobody who has none.
  const asker = hands.addressOf(roleOf('ipv4', 'asker'));
  const { players, ports } = hands;
  const again = silent().map((target) => resolutionFrame({ mac: players.observer, ip: asker, target }));
  await hands.sendAll(ports.observer, again);
  await hands.until(() => silent().length === 0, answerMs);
}

/** The hosts that were found, in the order of their addresses. */
export function foundIn(hands: Hands, subnet: Subnet, named: readonly NamedHost[]): SeenHost[] {
  const wanted = new Set(named.map(({ address }) => address));
  return [...hands.sightings.hosts.values()].filter(
    ({ address }) => isHostOf(subnet, address) && (wanted.size === 0 || wanted.has(address)),
  );
}

/** Asks as nobody, so that no cache learns from it: an ARP probe, or duplicate address detection's solicitation. */
async function probe(hands: Hands, addresses: readonly string[]): Promise<void> {
  const { observer } = hands.players;
  await hands.sendAll(
    hands.ports.observer,
    addresses.map((target) => resolutionFrame({ mac: observer, target })),
  );
}

/** Takes what a survey needs of the free addresses. */
function takeServices(hands: Hands, subnet: Subnet, free: readonly string[], taken: readonly string[]): void {
  if (free.length < services.length) {
    const why = taken.length > 0 ? `${few(taken)} answered` : 'it holds no more';
    throw new BenchError(
      `A survey needs ${services.length} addresses of ${subnet.text} that nobody has, and ${free.length} of the range are free (${why}); name a larger one with --use.`,
    );
  }
  // Always from the same end, so that what must be unheard of was taught to nobody in an earlier survey.
  const pool = [...free].reverse();
  for (const [index, service] of services.entries()) {
    const owner = { unheard: 'nobody', asker: 'observer' }[service as string] ?? 'old';
    hands.take(pool[index] ?? '', owner as OwnerName, roleOf(subnet.family, service));
  }
}

/** How often all nodes are asked: their answers come at once, and on a large segment some are lost. */
const roundsToAll = 4;
/** A host that hears nothing asks for us again after a second (RFC 4861 §10: RETRANS_TIMER). */
const betweenRoundsMs = 1_200;

async function findNodes(hands: Hands, subnet: Subnet, listed: readonly string[]): Promise<void> {
  const { hosts } = hands.sightings;
  const found = () => [...hosts.keys()].filter((address) => isHostOf(subnet, address)).length;
  const { ports } = hands;
  if (listed.length === 0) {
    // Those whose stations are known first, one after the other.
    const macs = [...new Set([...hosts.values()].map(({ mac }) => mac))];
    await hands.sendAll(
      ports.observer,
      macs.map((mac, index) => echoToAll(hands, mac, index)),
    );
    if (macs.length > 0) await hands.wait(answerMs);
    for (let round = 0, before = -1; round < roundsToAll && found() > before; round += 1) {
      before = found();
      await hands.sendAll(ports.observer, [echoToAll(hands, multicastMacOf(allNodes), macs.length + round)]);
      await hands.wait(betweenRoundsMs);
    }
  }
  const guessed = listed.length > 0 ? listed : guesses(hands, subnet);
  const open = () => guessed.filter((address) => !hosts.has(address));
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await hands.sendAll(
      ports.observer,
      open().map((address) => solicitation(hands, address)),
    );
    await hands.until(() => open().length === 0, answerMs);
  }
}

const solicitation = (hands: Hands, target: string): Uint8Array =>
  resolutionFrame({
    mac: hands.players.observer,
    ip: hands.addressOf(roleOf('ipv6', 'asker')),
    target,
  });

/** An echo request to all nodes: whoever answers, does so from an address that suits the asker's (RFC 6724 §5). */
function echoToAll(hands: Hands, destination: string, count: number): Uint8Array {
  return echoFrame({
    destination,
    source: hands.players.observer,
    ipSource: hands.addressOf(roleOf('ipv6', 'asker')),
    ipDestination: allNodes,
    ...echoNumber('again', count),
  });
}

/** Joins the groups that our addresses are asked for by: a switch that snoops brings us the questions only then
 *  (RFC 4861 §7.2.1, RFC 4541 §3). */
async function join(hands: Hands, { family }: Subnet): Promise<void> {
  const groups = services.map((service) => solicitedNodeAddress(hands.addressOf(roleOf(family, service))));
  for (const player of ['observer', 'new'] as const) {
    const report = mldV2ReportFrame({
      destination: multicastMacOf(mldV2Routers),
      source: hands.players[player],
      ipSource: '::',
      ipDestination: mldV2Routers,
      records: groups.map((group) => ({ type: groupRecordTypes.toExclude, group, sources: [] })),
    });
    await hands.outbox.send(hands.ports[player], report);
  }
}

/** The addresses that stations of known MACs make of them (RFC 4291, appendix A): for those that leave echo requests to a
 *  group unanswered. */
function guesses(hands: Hands, subnet: Subnet): string[] {
  const [network = '', prefix] = subnet.text.split('/');
  if (Number(prefix) > 64) return [];
  const known = new Set([...hands.sightings.hosts.values()].map(({ mac }) => mac));
  return [...known].map((mac) => {
    const bytes = ipv6ToBytes(network);
    const [first = 0, second = 0, third = 0, ...last] = macToBytes(mac);
    bytes.set([first ^ 2, second, third, 0xff, 0xfe, ...last], 8);
    return bytesToIpv6(bytes);
  });
}
