/** Results and recordings as real runs leave them, for the tests of the views and of the list. */
import type { RecordedEvent, RecordedFrame, Recording, StreamRecord } from '../../src/evidence/recording.js';
import type { CaseResult, ProbeInfo, Result } from '../../src/result.js';

const digest = (n: number) => n.toString(16).padStart(64, '0');

export const relearns: ProbeInfo = {
  id: 'switch/relearns',
  chapter: 'Learning and moving',
  title: 'A station that moved is found at its new port',
  failureTitle: 'Traffic stays at the old port after a takeover',
  why: 'Clients keep sending to the node that is down; the service is gone until the entry ages, five minutes by default.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2022',
    clause: '8.7',
    link: 'https://standards.ieee.org/ieee/802.1Q/10323/',
  },
};

export const relearnTime: ProbeInfo = {
  id: 'switch/relearn-time',
  chapter: 'Learning and moving',
  title: 'How long a move costs',
  failureTitle: 'A move costs more than the bench allows',
  why: 'Every millisecond of it is lost traffic at each failover.',
  requirement: { level: 'info', document: 'RFC 6412', clause: '5.2' },
};

export const linkDown: ProbeInfo = {
  id: 'switch/link-down',
  chapter: 'Learning and moving',
  title: 'Entries of a port go when its link drops',
  failureTitle: 'Entries outlive the link that they were learned on',
  why: 'A cable pulled from the old node blackholes its traffic.',
  requirement: { level: 'should', document: 'practice', clause: 'RFC 2889 5.7' },
};

export const announcement: ProbeInfo = {
  id: 'host/updates-on-announcement',
  chapter: 'ARP',
  title: 'A known neighbour’s new address is taken from an announcement',
  failureTitle: 'The host keeps sending to the old owner',
  why: 'The host talks to a dead node until its cache entry expires.',
  requirement: { level: 'must', document: 'RFC 826', clause: 'Packet Reception' },
};

/** A case that passed, unless told otherwise. */
export function caseOf(probe: ProbeInfo, id: string, over: Partial<CaseResult> = {}): CaseResult {
  const outcome = over.outcome ?? 'pass';
  const n = [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return {
    id: `${probe.id}/${id}`,
    probe: probe.id,
    title: `After ${id.replaceAll('-', ' ')}`,
    level: probe.requirement.level,
    outcome,
    reason: 'All 20 frames after the announcement left at the new port only.',
    expected: '20 of 20 frames at b, none at a, none at monitor',
    observed: '20 at b, 0 at a, 0 at monitor',
    findings: [
      { id: 'reached', holds: true, text: 'The new owner got the frames.' },
      { id: 'no-stale', holds: outcome !== 'fail', text: 'The old port went quiet.' },
      { id: 'no-flood', holds: null, text: 'No third port heard them.' },
    ],
    measurements: [],
    qualifiers: [],
    attempts: [
      {
        outcome,
        reason: over.reason ?? 'All 20 frames after the announcement left at the new port only.',
        startedAt: '2025-11-20T14:03:07.120Z',
        durationMs: 184.2,
        evidence: {
          capture: { path: `evidence/${id}/capture.pcapng`, sha256: digest(n) },
          events: { path: `evidence/${id}/events.json`, sha256: digest(n + 1) },
        },
      },
    ],
    ...over,
  };
}

const failedReason =
  'The switch kept sending to port a: 14 of 20 frames after the announcement arrived there.';

/** A switch with something of everything. */
export function mixedCases(): CaseResult[] {
  return [
    caseOf(relearns, 'garp-request'),
    caseOf(relearns, 'garp-reply'),
    caseOf(relearns, 'rarp', {
      outcome: 'fail',
      reason: failedReason,
      observed: '3 at b, 14 at a, 2 at monitor, 1 lost',
      attempts: [
        ...caseOf(relearns, 'rarp').attempts,
        {
          outcome: 'fail',
          reason: failedReason,
          startedAt: '2025-11-20T14:03:08Z',
          durationMs: 201,
          evidence: null,
        },
      ],
      qualifiers: ['flaky 1/2'],
    }),
    caseOf(relearns, 'unsolicited-na', {
      outcome: 'inconclusive',
      reason:
        'The sentinel after the quiet window did not reach port monitor, so silence there proves nothing.',
    }),
    caseOf(relearns, 'vlan-tagged', { outcome: 'not-applicable', reason: 'The bench declares no VLAN.' }),
    caseOf(relearns, 'minimum-size', { qualifiers: ['slow: 840 ms, near the limit of 1000 ms'] }),
    caseOf(relearnTime, 'garp-request', {
      measurements: [
        { name: 'relearn time, longest of 10, ARP', value: 1.24, unit: 'ms', low: 1.23, high: 1.25 },
        { name: 'frames lost, ARP', value: 124, unit: 'frames' },
      ],
    }),
    caseOf(relearnTime, 'rarp', {
      measurements: [
        { name: 'relearn time, longest of 10, RARP', value: 301, unit: 's', low: 300.4, high: 301.5 },
      ],
    }),
    caseOf(linkDown, 'old-port', {
      outcome: 'fail',
      reason: 'Frames to the station vanished for 4.1 s after the link dropped.',
    }),
    caseOf(linkDown, 'new-port', {
      outcome: 'error',
      reason: 'The driver lost interface lab-b: it was set down.',
    }),
  ];
}

export function resultOf(cases: readonly CaseResult[], over: Partial<Result> = {}): Result {
  return {
    schemaVersion: 1,
    suite: { version: '0.1.0', catalogueDigest: digest(0xcafe) },
    run: {
      id: '20251120-140300-7f3a',
      startedAt: '2025-11-20T14:03:00.000Z',
      endedAt: '2025-11-20T14:06:12.400Z',
      seed: 20251120,
      driver: 'libpcap',
      repeat: 2,
      complete: true,
    },
    environment: { node: 'v20.19.0', kernel: 'Linux 6.1.0-18', libpcap: '1.10.3' },
    bench: {
      name: 'rack 7, north lab',
      ports: ['a', 'b', 'world', 'monitor'].map((name, i) => ({
        name,
        nic: `enp${i + 3}s0`,
        driver: 'libpcap',
        kernelTimestamps: true,
        timestampErrorNs: 1000,
      })),
      unseen: ['Port-to-port isolation: the bench has no second monitor.'],
    },
    device: {
      kind: 'switch',
      vendor: 'Acme',
      model: 'S24',
      hardware: 'B',
      firmware: '4.2.1',
      conditions: { 'port-security': 'off', 'spanning-tree': 'edge ports' },
    },
    preflight: [{ id: 'cabling', ok: true, text: 'Every port hears every other.' }],
    probes: [relearns, relearnTime, linkDown],
    cases: [...cases],
    deselected: [{ id: 'switch/ageing/default', why: 'slow suite' }],
    ...over,
  };
}

const macs = { old: '00:00:5e:00:53:0a', new: '00:00:5e:00:53:0b', world: '00:00:5e:00:53:0c' };

const ethernet = (destination: string, source: string, payload: string): Uint8Array =>
  Buffer.from((destination + source).replaceAll(':', '') + payload, 'hex');

const fromStation = ethernet('ff:ff:ff:ff:ff:ff', macs.old, '0806');

type Sketch = Partial<RecordedFrame> & Pick<RecordedFrame, 'port' | 'direction' | 'atNs'>;

export function recordingOf(
  frames: readonly Sketch[],
  over: Partial<Recording> = {},
  portNames = ['a', 'b', 'world', 'monitor'],
): Recording {
  const ordered = [...frames].sort((x, y) => x.atNs - y.atNs);
  return {
    caseId: 'switch/relearns/rarp',
    startNs: 1763647387120000000n,
    endNs: 400e6,
    plan: {
      params: {},
      addresses: { station: '00:00:5e:00:53:2a' },
      limits: { relearnMs: 1000 },
      declared: {},
    },
    ports: portNames.map((name, i) => ({
      name,
      nic: `enp${i + 3}s0`,
      driver: 'libpcap',
      abilities: { kernelTimestamps: true, timestampErrorNs: 1000, dropCounter: true },
      dropped: 0,
      unrelated: 0,
    })),
    frames: ordered.map((frame, i) => ({
      number: i + 1,
      bytes: ethernet(macs.old, macs.world, '88b5'),
      originalLength: 60,
      ...frame,
    })),
    events: [],
    streams: [],
    ...over,
  };
}

/** A numbered data frame from World at `atNs`, and its arrivals 20 µs later. */
export function data(label: string, seq: number, atNs: number, arrivedAt: readonly string[]): Sketch[] {
  return [
    { label, seq, port: 'world', direction: 'out', atNs },
    ...arrivedAt.map((port): Sketch => ({ label, seq, port, direction: 'in', atNs: atNs + 20_000 })),
  ];
}

const times = <T>(n: number, make: (i: number) => readonly T[]): T[] =>
  Array.from({ length: n }, (_, i) => make(i)).flat();

/** A move that goes wrong in every way: 14 stale, 2 flooded, 1 lost, 3 right of 20 frames. */
export function badMove(): Recording {
  const us = 1000;
  const fateOf = (i: number): string[] => {
    if (i < 14) return ['a'];
    if (i < 16) return ['a', 'b', 'monitor'];
    return i === 16 ? [] : ['b'];
  };
  return recordingOf(
    [
      { label: 'learn', seq: 1, port: 'a', direction: 'out', atNs: 2e6, bytes: fromStation },
      { label: 'learn', seq: 1, port: 'world', direction: 'in', atNs: 2e6 + 15 * us },
      ...times(5, (i) => data('before', i + 1, 12e6 + i * 400 * us, ['a'])),
      { label: 'announcement', seq: 1, port: 'b', direction: 'out', atNs: 16e6 },
      ...['a', 'world', 'monitor'].map(
        (port): Sketch => ({ label: 'announcement', seq: 1, port, direction: 'in', atNs: 16e6 + 18 * us }),
      ),
      ...times(20, (i) => data('check', i + 1, 17e6 + i * 300 * us, fateOf(i))),
      ...['a', 'b', 'monitor'].map(
        (port): Sketch => ({ label: 'sentinel', seq: 1, port, direction: 'in', atNs: 323e6 }),
      ),
      { label: 'sentinel', seq: 1, port: 'world', direction: 'out', atNs: 323e6 - 20 * us },
    ],
    {
      events: [
        { atNs: 1e6, kind: 'mark', name: 'expect', detail: 'check=b' },
        { atNs: 11e6, kind: 'mark', name: 'old state proved' },
        { atNs: 323e6, kind: 'mark', name: 'sentinel' },
      ],
    },
  );
}

/** A stream of 100,000 frames a second over one second, with 124 of them at the old port. */
export function streamedMove(): Recording {
  const sentNs = (seq: number) => 5e6 + seq * 10_000;
  const segment = (firstSeq: number, lastSeq: number, arrivedAt: readonly string[]) => ({
    firstSeq,
    lastSeq,
    firstSentNs: sentNs(firstSeq),
    lastSentNs: sentNs(lastSeq),
    arrivedAt,
  });
  const stream: StreamRecord = {
    label: 'stream',
    port: 'world',
    framesSent: 2000,
    segments: [
      segment(1, 724, ['a']),
      segment(725, 760, []),
      segment(761, 800, ['a', 'b', 'monitor']),
      segment(801, 2000, ['b']),
    ],
  };
  return recordingOf(
    [{ label: 'announcement', seq: 1, port: 'b', direction: 'out', atNs: sentNs(600) + 1000 }],
    {
      caseId: 'switch/relearn-time/garp-request',
      streams: [stream],
      events: [{ atNs: 1e6, kind: 'mark', name: 'expect', detail: 'stream=b' }],
    },
  );
}

/** A host that first answers to the old owner, and takes the new one 1.2 s after the announcement. */
export function hostUpdate(): Recording {
  const ms = 1e6;
  const echo = (i: number, atNs: number, belief: string): Sketch[] => [
    { label: 'observe', seq: i, port: 'a', direction: 'out', atNs },
    { port: 'a', direction: 'in', atNs: atNs + 0.2 * ms, bytes: ethernet(belief, macs.world, '0800') },
  ];
  const neighbour = (atNs: number, mac: string | null, state: string | null): RecordedEvent => ({
    atNs,
    kind: 'neighbour',
    address: '192.0.2.77',
    mac,
    state,
    source: 'stream',
    clockErrorNs: 200_000,
  });
  return recordingOf(
    [
      ...echo(1, 20 * ms, macs.old),
      ...echo(2, 120 * ms, macs.old),
      { label: 'announcement', seq: 1, port: 'b', direction: 'out', atNs: 200 * ms },
      ...times(8, (i) => echo(3 + i, 210 * ms + i * 200 * ms, i < 6 ? macs.old : macs.new)),
    ],
    {
      caseId: 'host/updates-on-announcement/garp-request',
      endNs: 1800 * ms,
      plan: {
        params: {},
        addresses: { service: '192.0.2.77', old: macs.old, new: macs.new },
        limits: { relearnMs: 1000 },
        declared: {},
      },
      events: [
        { atNs: 5 * ms, kind: 'owner', address: '192.0.2.77', mac: macs.old, port: 'a' },
        neighbour(6 * ms, null, null),
        neighbour(18 * ms, macs.old, 'REACHABLE'),
        { atNs: 200 * ms, kind: 'owner', address: '192.0.2.77', mac: macs.new, port: 'b' },
        neighbour(900 * ms, macs.old, 'STALE'),
        neighbour(1400 * ms, macs.new, 'REACHABLE'),
      ],
    },
    ['a', 'b'],
  );
}
