/**
 * The features of switches that break a takeover: how each shows, and what to change. A rule speaks only on positive
 * evidence; docs/features.md is this table for readers, and a test keeps the two in step.
 */
import { announced, everything, moves, type Rule, security } from './rule.js';
import * as signs from './signs.js';

export const rules: readonly Rule[] = [
  {
    id: 'port-shut',
    title: 'Port shut at a violation (err-disabled)',
    sign: 'A port that worked has no link any more, or carries nothing in either direction, after a takeover',
    change:
      'Look for err-disabled ports and enable them again; set port security’s violation mode to `restrict` or `protect`, or switch port security and loop protection off at the ports of the cluster.',
    evidence: signs.portShut,
    explains: everything,
  },
  {
    id: 'port-blocked',
    title: 'Port blocked for what it receives (802.1X, or port security with all addresses set)',
    sign: 'Port b delivers frames, but drops those of its NIC’s own address too; or port a drops those of every new station',
    change:
      'Authorise the port: switch 802.1X or MAC authentication off at it, or allow more than the addresses that are configured.',
    unless: ['port-shut'],
    evidence: signs.portBlocked,
    explains: everything,
  },
  {
    id: 'source-filter',
    title: 'Source filter (forged transmits, IP source guard), or port security with one address',
    sign: 'Port b carries its NIC’s own address and no other, from the first case on',
    change:
      'On a virtual switch accept forged transmits and MAC address changes for the port; on a switch switch IP source guard off there, or raise port security’s maximum.',
    unless: ['port-shut', 'port-blocked'],
    evidence: signs.sourceFilter,
    explains: [...announced, ...security, 'switch/arp-suppression/*'],
  },
  {
    id: 'address-limit',
    title: 'Port security: a limit of addresses for a port',
    sign: 'Port b carries some further addresses, and then no more new ones',
    change:
      'Raise port security’s maximum of addresses at the ports of the cluster to all service addresses and both nodes’ own, and let addresses age.',
    unless: ['port-shut', 'port-blocked', 'source-filter'],
    evidence: signs.addressLimit,
    explains: [
      ...announced,
      ...security,
      'switch/arp-suppression/*',
      'switch/table-size/*',
      'switch/learns/*',
    ],
  },
  {
    id: 'sticky-mac',
    title: 'Sticky or secured addresses (port security)',
    sign: 'Port b drops the frames of stations known at port a, and carries new ones',
    change:
      'Remove the service addresses from port security’s sticky or static entries, or switch sticky learning off at the ports of the cluster.',
    unless: ['port-shut', 'port-blocked', 'source-filter', 'address-limit'],
    evidence: signs.stickyAddress,
    explains: [...announced, ...security, 'switch/arp-suppression/*'],
  },
  {
    id: 'learning-off',
    title: 'Address learning switched off at a port',
    sign: 'Announcements are carried, and frames to whatever speaks at the port go elsewhere or are flooded',
    change:
      'Switch MAC address learning on at the port (and look for a limit of learned addresses that is 0).',
    unless: ['port-shut', 'port-blocked'],
    evidence: signs.learningOff,
    explains: [
      ...moves,
      'switch/learns/*',
      'switch/eth-source/*',
      'switch/table-size/*',
      'switch/link-down/*',
    ],
  },
  {
    id: 'announcement-lock',
    title: 'Entries held for a time after a move, or after the station was last heard',
    sign: 'A move is refused for a while, and followed when it is announced again later',
    change:
      'Shorten the hold or move-lock time below the failover time, or have the cluster repeat its announcements for longer than it.',
    unless: ['port-shut'],
    evidence: signs.announcementLock,
    explains: [...announced, ...security],
  },
  {
    id: 'slow-relearn',
    title: 'Moves that take effect late (a filtering database updated by software, or by other switches)',
    sign: 'A move is followed by itself, but later than the bench’s limit',
    change:
      'Look for a software or control-plane learning mode (EVPN, controllers) and its timers; let hardware learn at the ports of the cluster.',
    unless: ['port-shut'],
    evidence: signs.slowRelearn,
    explains: announced,
  },
  {
    id: 'entry-pinned',
    title: 'Entry pinned to its port (static or secured MAC entry)',
    sign: 'Announcements are carried, port b learns new stations, and yet a known one never moves',
    change:
      'Remove static entries of the service addresses, and the setting that makes learned entries permanent (sticky, `mac-address static`, MAC pinning).',
    unless: ['port-shut', 'learning-off', 'announcement-lock', 'slow-relearn'],
    evidence: signs.entryPinned,
    explains: moves,
  },
  {
    id: 'move-guard',
    title: 'MAC move limit or duplicate-MAC detection',
    sign: 'A number of moves is followed, and the next is not',
    change:
      'Raise the number of moves that are allowed, shorten the hold-down, or exempt the service addresses from MAC move limits, loop protection and duplicate detection (RFC 7432 §15.1).',
    evidence: signs.moveGuard,
    explains: moves,
  },
  {
    id: 'arp-suppression',
    title: 'ARP or ND suppression (proxy ARP/ND)',
    sign: 'The switch answers for a silent old owner, or does not pass questions for an address on to its new one',
    change:
      'Switch ARP/ND suppression (proxy ARP/ND) off in the VLAN of the cluster, or have gratuitous ARP and unsolicited advertisements update its table.',
    evidence: signs.arpSuppression,
    explains: [
      'switch/arp-suppression/*',
      'switch/arp-inspection/*',
      'switch/relearns/*',
      'switch/follows/*',
    ],
  },
  {
    id: 'storm-control',
    title: 'Storm control, or a rate limit for broadcasts or ARP',
    sign: 'The later announcements of a burst vanish, while data cross at the same rate',
    change:
      'Raise the limit for broadcasts (and for ARP, where it has its own) at the ports of the cluster above the burst of announcements that a failover sends.',
    unless: ['port-shut', 'port-blocked', 'source-filter'],
    evidence: signs.stormControl,
    explains: announced,
  },
  {
    id: 'arp-inspection',
    title: 'Dynamic ARP inspection, or a filter for ARP',
    sign: 'ARP from port b vanishes, while plain data of the same station cross',
    change:
      'Trust the ports of the cluster for ARP inspection, or bind the service addresses to all nodes’ ports and MAC addresses.',
    unless: ['port-shut', 'port-blocked', 'source-filter', 'sticky-mac', 'arp-suppression'],
    evidence: signs.arpFiltered,
    explains: announced,
  },
  {
    id: 'group-filtering',
    title: 'Multicast pruned (IGMP or MLD snooping)',
    sign: 'Groups that everyone should hear do not come out, while broadcasts do',
    change:
      'Give the VLAN a querier, or switch snooping off in it; flood unregistered groups at the ports of the cluster.',
    unless: ['port-shut', 'port-blocked', 'source-filter', 'sticky-mac'],
    evidence: signs.groupFiltering,
    explains: [
      'switch/heartbeat-*',
      'switch/relearns/unsolicited-na',
      'switch/arp-inspection/*',
      'switch/follows/*',
    ],
  },
  {
    id: 'nd-inspection',
    title: 'ND inspection, or a filter for neighbour discovery',
    sign: 'Neighbour advertisements from port b vanish, while other frames of the same station cross',
    change:
      'Trust the ports of the cluster for ND inspection (IPv6 first-hop security), or bind the service addresses there.',
    unless: [
      'port-shut',
      'port-blocked',
      'source-filter',
      'sticky-mac',
      'arp-suppression',
      'group-filtering',
    ],
    evidence: signs.ndFiltered,
    explains: [
      'switch/relearns/unsolicited-na',
      'switch/arp-inspection/*',
      'switch/follows/*',
      'switch/heartbeat-ipv6/*',
    ],
  },
  {
    id: 'frame-filter',
    title: 'A filter for one kind of frame (ACL, protocol filter)',
    sign: 'Frames of one kind vanish at port b, while others of the same station cross',
    change: 'Look for access lists and protocol filters at the port, and let the kind of frame pass.',
    unless: [
      'port-shut',
      'port-blocked',
      'source-filter',
      'address-limit',
      'sticky-mac',
      'announcement-lock',
    ],
    evidence: signs.frameFilter,
    explains: announced,
  },
  {
    id: 'virtual-address-filter',
    title: 'A filter for virtual or locally administered addresses',
    sign: 'Ordinary addresses move and cross, those of virtual routers or locally administered ones do not',
    change:
      'Look for filters and static entries of virtual-router addresses (00-00-5E-00-01, -02) and of locally administered ones; let them be learned.',
    unless: [
      'port-shut',
      'port-blocked',
      'source-filter',
      'address-limit',
      'sticky-mac',
      'announcement-lock',
    ],
    evidence: signs.virtualAddressFilter,
    explains: ['switch/virtual-mac/*', 'switch/source-filter/*', 'switch/follows/*'],
  },
  {
    id: 'isolation',
    title: 'Port isolation (private VLAN, protected ports)',
    sign: 'Ports a and b do not hear each other, though World hears both',
    change: 'Take the ports of the cluster out of isolation, or make them promiscuous or of one community.',
    unless: ['port-shut', 'port-blocked'],
    evidence: signs.isolation,
    explains: ['switch/isolation/*', 'switch/never-spoke/*', 'switch/heartbeat-*', 'switch/half-announced/*'],
  },
  {
    id: 'spanning-tree',
    title: 'Spanning tree holds a port back after its link came up',
    sign: 'A port whose link came up forwards only seconds later',
    change: 'Set the ports of the cluster to edge ports (portfast), or use rapid spanning tree.',
    unless: ['port-shut'],
    evidence: signs.spanningTree,
    explains: ['switch/spanning-tree/*', 'switch/link-down/*'],
  },
  {
    id: 'kept-on-link-down',
    title: 'Entries are kept when a port’s link goes down',
    sign: 'Frames to a station keep going to its port after the link there has gone down',
    change:
      'Have the cluster announce a takeover at the new port, and shorten the ageing time; look for a setting that flushes addresses at link-down (topology change notices, fast ageing).',
    unless: ['port-shut', 'learning-off'],
    evidence: signs.keptOnLinkDown,
    explains: ['switch/link-down/*'],
  },
  {
    id: 'relays-reserved',
    title: 'Reserved group addresses are relayed (spanning tree off, or tunnelling of layer 2 protocols)',
    sign: 'Frames to 01-80-C2-00-00-00 to -0F come out at other ports',
    change:
      'Switch spanning tree on where it is off; switch the tunnelling or forwarding of BPDUs, LLDP and LACP off at the ports of the cluster.',
    evidence: signs.relaysReserved,
    explains: ['switch/reserved-group/*'],
  },
  {
    id: 'learns-itself',
    title: 'The switch learns its own address at a port',
    sign: 'A frame with the switch’s own address as source moves that address to a port',
    change: 'Filter the switch’s own address as a source at its ports, or report it to its maker.',
    evidence: signs.learnsItself,
    explains: ['switch/bridge-own/*'],
  },
  {
    id: 'short-ageing',
    title: 'A very short ageing time',
    sign: 'A station is forgotten within seconds, though nobody announced it elsewhere',
    change: 'Set the ageing time of MAC addresses to 300 s, or longer than the ARP timeout of the hosts.',
    unless: ['port-shut', 'learning-off'],
    evidence: signs.shortAgeing,
    explains: ['switch/silent-takeover/*', 'switch/ageing/*', 'switch/dest-no-refresh/*'],
  },
  {
    id: 'unknown-unicast-blocked',
    title: 'Unknown unicast blocked or limited',
    sign: 'Frames to a station that never spoke do not come out at every port',
    change: 'Let unknown unicast be flooded in the VLAN, or accept that a silent station is not reached.',
    unless: ['port-shut', 'isolation'],
    evidence: signs.unknownUnicast,
    explains: ['switch/never-spoke/*', 'switch/group-source/*', 'switch/eth-source/*', 'switch/ageing/*'],
  },
];
