/** The catalogue, in the order in which it is run and shown: a chapter stands where its first probe does. */
import type { Probe } from '../src/probe.js';
import type { Profile } from '../src/profiles/profile.js';
import answers from './host/answers.js';
import conflict from './host/conflict.js';
import connections from './host/connections.js';
import creates from './host/creates.js';
import duplicateDetection from './host/duplicate-detection.js';
import encapsulated from './host/encapsulated.js';
import ethVsSha from './host/eth-vs-sha.js';
import flushStale from './host/flush-stale.js';
import flushTrigger from './host/flush-trigger.js';
import foreignSpa from './host/foreign-spa.js';
import groupSha from './host/group-sha.js';
import lockWindow from './host/lock-window.js';
import loserLast from './host/loser-last.js';
import malformed from './host/malformed.js';
import naConflict from './host/na-conflict.js';
import naForms from './host/na-forms.js';
import naIncomplete from './host/na-incomplete.js';
import naInvalid from './host/na-invalid.js';
import naLockWindow from './host/na-lock-window.js';
import naStaticStays from './host/na-static-stays.js';
import naVerified from './host/na-verified.js';
import nsAnswered from './host/ns-answered.js';
import nsUpdates from './host/ns-updates.js';
import ownStart from './host/own-start.js';
import probeHarmless from './host/probe-harmless.js';
import raUpdates from './host/ra-updates.js';
import refreshByPing from './host/refresh-by-ping.js';
import routerFlag from './host/router-flag.js';
import staticStays from './host/static-stays.js';
import unreachableNeighbour from './host/unreachable-neighbour.js';
import unsolicitedNa from './host/unsolicited-na.js';
import updatesOnAnnouncement from './host/updates-on-announcement.js';
import verifies from './host/verifies.js';
import forgetsOld from './nic/forgets-old.js';
import goesBack from './nic/goes-back.js';
import keeps from './nic/keeps.js';
import newAddress from './nic/new-address.js';
import receives from './nic/receives.js';
import refusesGroup from './nic/refuses-group.js';
import secondAddress from './nic/second-address.js';
import sends from './nic/sends.js';
import routerAsksAgain from './router/asks-again.js';
import clientBehind from './router/client-behind.js';
import routerCreatesStale from './router/creates-stale.js';
import routerFollowsAnnouncement from './router/follows-announcement.js';
import routerFollowsPort from './router/follows-port.js';
import proxyArp from './router/proxy-arp.js';
import proxyNd from './router/proxy-nd.js';
import routerRefreshByAsking from './router/refresh-by-asking.js';
import routerUnderLoad from './router/under-load.js';
import ageing from './switch/ageing.js';
import announcementLock from './switch/announcement-lock.js';
import arpInspection from './switch/arp-inspection.js';
import arpSuppression from './switch/arp-suppression.js';
import badFrames from './switch/bad-frames.js';
import bridgeOwn from './switch/bridge-own.js';
import broadcastLatency from './switch/broadcast-latency.js';
import bulkMove from './switch/bulk-move.js';
import chain from './switch/chain.js';
import destNoRefresh from './switch/dest-no-refresh.js';
import ethSource from './switch/eth-source.js';
import failback from './switch/failback.js';
import firstFrame from './switch/first-frame.js';
import firstLost from './switch/first-lost.js';
import follows, { followsCase } from './switch/follows.js';
import groupSource from './switch/group-source.js';
import halfAnnounced from './switch/half-announced.js';
import hashCollisions from './switch/hash-collisions.js';
import heartbeatEthertype from './switch/heartbeat-ethertype.js';
import heartbeatIpv6 from './switch/heartbeat-ipv6.js';
import heartbeatJoinedGroup from './switch/heartbeat-joined-group.js';
import heartbeatLinkLocal from './switch/heartbeat-link-local.js';
import heartbeatMismatch from './switch/heartbeat-mismatch.js';
import heartbeatUnregisteredGroup from './switch/heartbeat-unregistered-group.js';
import isolation from './switch/isolation.js';
import lastSpeaker from './switch/last-speaker.js';
import learnRate from './switch/learn-rate.js';
import learns from './switch/learns.js';
import linkDown from './switch/link-down.js';
import moveGuard from './switch/move-guard.js';
import moveRate from './switch/move-rate.js';
import moveUnderLoad from './switch/move-under-load.js';
import moveWhenFull from './switch/move-when-full.js';
import neverSpoke from './switch/never-spoke.js';
import portSecurity from './switch/port-security.js';
import relearnTime from './switch/relearn-time.js';
import relearns from './switch/relearns.js';
import repeated from './switch/repeated.js';
import reservedGroup from './switch/reserved-group.js';
import silentTakeover from './switch/silent-takeover.js';
import sourceFilter from './switch/source-filter.js';
import spanningTree from './switch/spanning-tree.js';
import stormControl from './switch/storm-control.js';
import swap from './switch/swap.js';
import tableSize from './switch/table-size.js';
import virtualMac from './switch/virtual-mac.js';
import vlan4095 from './switch/vlan-4095.js';
import vlanDoubleTag from './switch/vlan-double-tag.js';
import vlanIndependence from './switch/vlan-independence.js';
import vlanLeak from './switch/vlan-leak.js';
import vlanMembership from './switch/vlan-membership.js';
import vlanPriorityTag from './switch/vlan-priority-tag.js';
import vlanTaggedMove from './switch/vlan-tagged-move.js';

/** Probes of one chapter of the catalogue, which divides a device's page. */
const chapter = (title: string, members: readonly Probe[]): Probe[] =>
  members.map((probe) => ({ ...probe, chapter: title }));

export const probes: readonly Probe[] = [
  ...chapter('Learning and moving', [
    learns,
    relearns,
    relearnTime,
    firstFrame,
    failback,
    silentTakeover,
    ageing,
    destNoRefresh,
    neverSpoke,
    chain,
    bulkMove,
    repeated,
    groupSource,
    bridgeOwn,
    badFrames,
    ethSource,
    virtualMac,
    swap,
    halfAnnounced,
    lastSpeaker,
  ]),
  ...chapter('Capacity and rate', [
    tableSize,
    learnRate,
    moveRate,
    moveWhenFull,
    hashCollisions,
    moveUnderLoad,
    broadcastLatency,
  ]),
  ...chapter('VLANs', [
    vlanIndependence,
    vlanTaggedMove,
    vlanPriorityTag,
    vlanMembership,
    vlan4095,
    vlanLeak,
    vlanDoubleTag,
  ]),
  ...chapter('Heartbeats', [
    heartbeatLinkLocal,
    heartbeatUnregisteredGroup,
    heartbeatJoinedGroup,
    heartbeatIpv6,
    heartbeatEthertype,
    heartbeatMismatch,
  ]),
  ...chapter('Features that break a takeover', [
    sourceFilter,
    arpInspection,
    arpSuppression,
    announcementLock,
  ]),
  ...chapter('Takeover profiles', [follows, firstLost]),
  // What takes links down, or may shut a port, comes last.
  ...chapter('Features that break a takeover', [stormControl, isolation]),
  ...chapter('Learning and moving', [linkDown]),
  ...chapter('Features that break a takeover', [spanningTree, moveGuard, portSecurity]),
  ...chapter('Heartbeats', [reservedGroup]),
  ...chapter('ARP', [
    updatesOnAnnouncement,
    refreshByPing,
    creates,
    answers,
    lockWindow,
    probeHarmless,
    staticStays,
    flushStale,
    malformed,
    groupSha,
    ethVsSha,
    encapsulated,
  ]),
  ...chapter('NDP', [
    unsolicitedNa,
    naForms,
    naVerified,
    naIncomplete,
    naInvalid,
    nsUpdates,
    nsAnswered,
    raUpdates,
    naLockWindow,
    unreachableNeighbour,
    naStaticStays,
    routerFlag,
    duplicateDetection,
    naConflict,
  ]),
  ...chapter('Connections and remedies', [connections, verifies, loserLast, flushTrigger]),
  // Last of what concerns a host: it may cease to use its address.
  ...chapter('ARP', [ownStart, conflict, foreignSpa]),
  ...chapter('Routers', [
    routerFollowsAnnouncement,
    routerRefreshByAsking,
    routerFollowsPort,
    routerCreatesStale,
    proxyArp,
    proxyNd,
    routerAsksAgain,
    routerUnderLoad,
    clientBehind,
  ]),
  ...chapter('Addresses of a NIC', [
    newAddress,
    refusesGroup,
    sends,
    receives,
    forgetsOld,
    keeps,
    secondAddress,
    goesBack,
  ]),
];

/** The catalogue, and a case for each of a bench file's own takeover profiles. */
export function probesWith(own: readonly Profile[]): readonly Probe[] {
  if (own.length === 0) return probes;
  const cases = own.map((profile) => ({ ...followsCase(profile), ofBench: true }));
  return probes.map((probe) =>
    probe.id === follows.id ? { ...probe, cases: [...probe.cases, ...cases] } : probe,
  );
}
