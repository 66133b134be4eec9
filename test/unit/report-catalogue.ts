/** A switch's whole catalogue as a report meets it: some 150 cases of every kind, for the tests of the page. */
import type { CaseResult, Finding, Measurement, ProbeInfo, Result } from '../../src/result.js';
import { caseOf, resultOf } from './report-fixtures.js';

type Level = CaseResult['level'];

/** As the catalogue has them. */
const chapters: Readonly<Record<string, string>> = {
  'Capacity and rate': 'table-size learn-rate move-rate broadcast-latency',
  'Features that break a takeover': 'storm-control arp-inspection move-guard',
  'Takeover profiles': 'follows',
};
const chapterOf = (name: string): string =>
  Object.entries(chapters).find(([, names]) => names.split(' ').includes(name))?.[0] ??
  (name.startsWith('vlan') ? 'VLANs' : name.startsWith('heartbeat') ? 'Heartbeats' : 'Learning and moving');

const probe = (name: string, level: Level, title: string, failureTitle: string): ProbeInfo => ({
  id: `switch/${name}`,
  chapter: chapterOf(name),
  title,
  failureTitle,
  why: `An operator notices when it is too late: ${failureTitle.toLowerCase()}.`,
  requirement: { level, document: 'practice', clause: 'see the catalogue' },
});

const learns = probe(
  'learns',
  'must',
  'A station is learned from any valid frame',
  'A frame teaches nothing',
);
const moved = probe(
  'relearns',
  'must',
  'After one frame from its new port, frames to a station leave that port only',
  'The switch keeps sending to the old owner after a takeover',
);
const time = probe('relearn-time', 'info', 'How long a move takes', 'A move takes longer than allowed');
const first = probe('first-frame', 'info', 'The very next frame follows', 'The next frame goes astray');
const bulk = probe(
  'bulk-move',
  'must',
  'Addresses moved in one burst all move',
  'Late addresses stay behind',
);
const table = probe('table-size', 'info', 'The table holds what is declared', 'The table holds less');
const rates = probe('learn-rate', 'info', 'Learning keeps up', 'Stations are missed at a high rate');
const moves = probe('move-rate', 'info', 'Moving keeps up', 'Moves are missed at a high rate');
const latency = probe(
  'broadcast-latency',
  'info',
  'How long a broadcast takes',
  'A broadcast takes too long',
);
const storm = probe('storm-control', 'should', 'Bursts come through whole', 'Bursts are cut short');
const inspection = probe('arp-inspection', 'should', 'Announcements come through', 'ARP is dropped');
const guard = probe('move-guard', 'info', 'Moves are not counted', 'A station that moves often is held');
const follows = probe(
  'follows',
  'must',
  'The switch follows failover software',
  'The switch does not follow what failover software sends',
);
const vlans = ['vlan-independence', 'vlan-tagged-move', 'vlan-priority-tag', 'vlan-membership', 'vlan-leak'];
const vlanProbes = vlans.map((name) =>
  probe(name, 'must', `VLANs: ${name.slice(5)} holds`, 'VLANs get mixed up'),
);
const heartbeat = probe('heartbeat-link-local', 'must', 'Heartbeats reach every port', 'Heartbeats get lost');

const forms = [
  ...['arp-request', 'arp-reply', 'arp-probe', 'rarp', 'unsolicited-na', 'ipv4', 'ipv6', 'llc-snap'],
  ...['unknown-ethertype', 'minimum-size', 'maximum-size'],
];
const programs = [
  ...['keepalived', 'keepalived-ipv6', 'keepalived-vmac', 'keepalived-min', 'ucarp', 'openbsd-carp'],
  ...[
    'pacemaker-ipaddr2',
    'pacemaker-ipaddr2-ipv6',
    'heartbeat-send-arp',
    'arping-u',
    'arping-a',
    'frr-vrrpd',
  ],
  ...['metallb', 'kube-vip', 'vip-manager', 'linux-bonding', 'qemu-announce', 'vmware-notify', 'ovs-bond'],
];

const moveFindings = (follows: boolean, carried: boolean): Finding[] => [
  {
    id: 'reached-new',
    holds: follows,
    text: follows ? '20 of 20 frames reached port b' : '0 of 20 frames reached port b',
  },
  {
    id: 'no-stale-copy',
    holds: follows,
    text: follows ? 'no stale copy at port a' : '20 stale copies at port a',
  },
  { id: 'no-flood', holds: null, text: 'no monitor port: a flood to further ports would go unseen' },
  { id: 'carried', holds: carried, text: carried ? 'World heard the announcement' : 'World heard none of 3' },
];

const m = (
  name: string,
  unit: Measurement['unit'],
  value: number,
  more: Partial<Measurement> = {},
): Measurement => ({
  name,
  unit,
  value,
  ...more,
});

const isArp = (name: string) =>
  /^arp|keepalived(?!-ipv6)|ucarp|carp|send-arp|kube|vip|metallb|bonding|frr/.test(name);

/** A case of the trigger or the program; with `arpDropped`, the switch drops every ARP announcement. */
function announced(about: ProbeInfo, name: string, arpDropped: boolean): CaseResult {
  const fails = arpDropped && isArp(name);
  return caseOf(about, name, {
    outcome: fails ? 'fail' : 'pass',
    findings: moveFindings(!fails, !fails),
    ...(fails && {
      reason:
        '1000 ms after it was announced from port b, frames to the station still go to the old port a. None of 3 came out at World: the switch drops them, and so learns nothing from them.',
    }),
  });
}

const relearnTimes = (how: string, us: number): Measurement[] => [
  m(`relearn time, longest of 10, ${how}`, 'us', us * 1.6, { low: us, high: us * 2.2 }),
  m(`relearn time, median of 10, ${how}`, 'us', us, { low: us * 0.6, high: us * 1.4 }),
  m(`relearn time, shortest of 10, ${how}`, 'us', us / 2, { low: 0, high: us }),
  m(`stream around the moves, ${how}`, 'frames/s', 125_000),
  m(`frames lost during the moves, ${how}`, 'frames', Math.round(us / 100)),
  m(`frames to the old port during the moves, ${how}`, 'frames', Math.round(us / 25)),
  m(`frames flooded during the moves, ${how}`, 'frames', 0),
];

function measuring(): CaseResult[] {
  const info = (about: ProbeInfo, id: string, measurements: Measurement[], over: Partial<CaseResult> = {}) =>
    caseOf(about, id, { measurements, findings: [], reason: 'It was measured.', ...over });
  const delays = [0.1, 1, 10].map((ms) =>
    m(`followed, ${ms} ms after the announcement`, 'percent', ms < 1 ? 62 : 100),
  );
  const bursts = [1, 10, 100, 1000].map((n) =>
    m(`delivered, of a burst of ${n}`, 'percent', Math.min(100, 12_000 / n / 1.2)),
  );
  return [
    info(time, 'announced', relearnTimes('gratuitous ARP', 2400)),
    info(time, 'datagram', relearnTimes('a datagram', 310)),
    info(first, 'followed', delays),
    ...[1, 16, 256, 4096].map((n) =>
      caseOf(bulk, `stations-${n}`, {
        outcome: n === 4096 ? 'fail' : 'pass',
        level: n === 256 ? 'must' : 'info',
        measurements: [m(`outage of the last of ${n} addresses`, 'ms', n / 3, { low: n / 4, high: n / 2.5 })],
      }),
    ),
    info(table, 'sequential', [m('table size, addresses in a row', 'addresses', 16_320)]),
    info(table, 'random', [m('table size, random addresses', 'addresses', 15_871)]),
    info(rates, 'highest', [m('learning rate', 'addresses/s', 812_345.12, { limitedBy: 'tester' })]),
    info(moves, 'highest', [m('moving rate', 'moves/s', 4120, { low: 4100, high: 4200 })]),
    info(latency, 'broadcast', [m('broadcast latency, longest of 100', 'us', 4.2, { limitedBy: 'tester' })]),
    caseOf(storm, 'burst', {
      outcome: 'fail',
      reason: 'Of a burst of 1000 announcements 10 % came out at World; of 100 and fewer, all.',
      measurements: bursts,
    }),
    info(guard, 'moves-in-10s', [
      m('moves until the station is held', 'count', 5),
      m('hold-down time', 's', 30, { low: 29, high: 31 }),
    ]),
  ];
}

/** `arpDropped`: whether the switch drops ARP announcements, as ARP inspection does. */
export function wholeCatalogue({ arpDropped }: { arpDropped: boolean }): Result {
  const cases: CaseResult[] = [
    ...forms.map((form) => caseOf(learns, form, arpDropped && isArp(form) ? { outcome: 'fail' } : {})),
    ...forms.map((form) => announced(moved, form, arpDropped)),
    ...measuring(),
    ...vlanProbes.flatMap((about) =>
      ['tagged', 'untagged'].map((id) =>
        caseOf(about, id, {
          outcome: 'not-applicable',
          findings: [],
          reason:
            'The bench file declares no VLANs of the device; add `vlans: {native: 1, tagged: [10, 20]}`.',
        }),
      ),
    ),
    ...['vrrp', 'unregistered', 'solicited-node'].map((id) => caseOf(heartbeat, id)),
    caseOf(
      inspection,
      'compared',
      arpDropped ? { outcome: 'fail', reason: 'ARP announcements vanish while plain data passes.' } : {},
    ),
    ...programs.map((name) => announced(follows, name, arpDropped)),
  ];
  const diagnoses = [
    {
      id: 'arp-inspection',
      title:
        'The switch inspects ARP (dynamic ARP inspection) and drops announcements that it has no binding for',
      evidence: [
        'switch/relearns/arp-request failed and none of the announcements came out at World.',
        'switch/relearns/ipv4 passed: plain data of the same station are carried and followed.',
      ],
      change:
        'Trust the ports of the cluster’s nodes (`ip arp inspection trust`), or add static bindings for the service addresses.',
    },
  ];
  const result = resultOf(cases, {
    probes: [
      learns,
      moved,
      time,
      first,
      bulk,
      table,
      rates,
      moves,
      latency,
      storm,
      guard,
      ...vlanProbes,
      heartbeat,
      inspection,
      follows,
    ],
    deselected: ['ageing/default', 'ageing/restarts', 'dest-no-refresh/refresh'].map((id) => ({
      id: `switch/${id}`,
      why: 'slow: it runs with --slow',
    })),
  });
  result.bench.limits = { relearnMs: 1000, tableSize: 16_384 };
  return arpDropped ? { ...result, diagnoses } : result;
}
