/** Faults of a switch that holds, learns or moves fewer stations than it should: tables of the switches' own made small,
 *  and nftables in front of the Linux bridge, which hide the source of a frame that they let pass. */
import { setMaxLearned } from '../bridge.js';
import { setOtherConfig } from '../openvswitch.js';
import type { Fault } from './fault.js';
import { a, addressSet, b, onBridge, onOpenVswitch, remember, withRules, world } from './switch-rules.js';

/** The many stations of a case, which are locally administered. */
const many = 'ether saddr & ff:ff:ff:00:00:00 == 02:00:5e:00:00:00';
/** The frame goes its way, and teaches this address in place of its own. */
const hidden = 'ether saddr set 02:00:00:00:de:af';
/** So many stations a second, a few of them in a burst. */
const takesSlowly = (set: string): string[] => [
  `ether saddr @${set} accept`,
  `${many} limit rate 60/second burst 10 packets ${remember(set)} accept`,
  `${many} ${hidden}`,
];

/** The end of an address: stations that share it have one place between them. */
const place = 'ether saddr & 00:00:00:00:0f:ff';

export const capacityFaults: readonly Fault[] = [
  onBridge('small-table', 'The table holds 1,000 stations and refuses more', ['switch/table-size/*'], (lab) =>
    setMaxLearned(lab.switchNamespace, 1_000),
  ),
  onOpenVswitch(
    'small-table-of-flows',
    'The table holds 2,000 stations and drops the oldest for a new one',
    ['switch/table-size/*'],
    (lab) => setOtherConfig(lab.switchNamespace, { 'mac-table-size': 2_000 }),
  ),
  withRules(
    'learns-slowly',
    'Port a learns 60 stations a second, whatever it carries',
    ['switch/learn-rate/*'],
    () => ({ sets: [addressSet('learned')], ports: { [a]: takesSlowly('learned') } }),
  ),
  withRules(
    'moves-slowly',
    'Port b takes over 60 stations a second, whatever it carries',
    ['switch/move-rate/*'],
    () => ({ sets: [addressSet('moved')], ports: { [b]: takesSlowly('moved') } }),
  ),
  withRules(
    'pins-when-full',
    'With 4,000 stations in the table, port b takes none over',
    ['switch/move-when-full/*'],
    () => ({
      sets: ['set table_of_a {\n type ether_addr\n size 4000\n flags dynamic\n}'],
      ports: {
        [a]: [remember('table_of_a')],
        // What can still be added shows that there is room: here the group address that belongs to the station.
        [b]: [
          'add @table_of_a { ether saddr | 01:00:00:00:00:00 } accept',
          `ether saddr @table_of_a ${hidden}`,
        ],
      },
    }),
  ),
  withRules(
    'collides',
    'Of the stations whose addresses end alike, port a learns only the first',
    ['switch/hash-collisions/*'],
    () => ({
      sets: [addressSet('learned'), addressSet('places')],
      ports: {
        [a]: [
          'ether saddr @learned accept',
          `${many} ${place} @places ${hidden} accept`,
          `${many} add @places { ${place} } ${remember('learned')}`,
        ],
      },
    }),
  ),
  withRules(
    'deaf-under-load',
    'While World sends much, port b carries announcements and learns nothing from them',
    ['switch/move-under-load/*'],
    () => ({
      sets: ['set busy {\n typeof meta iiftype\n size 4\n flags dynamic,timeout\n timeout 2s\n}'],
      ports: {
        [world]: ['limit rate over 1000/second burst 200 packets update @busy { meta iiftype }'],
        [b]: [`ether type arp meta iiftype @busy ${hidden}`],
      },
    }),
  ),
  withRules('no-broadcasts-from-b', 'Port b drops every broadcast', ['switch/broadcast-latency/*'], () => ({
    ports: { [b]: ['meta pkttype broadcast drop'] },
  })),
];
