/** Bundles made to deceive: by what they claim, and by evidence that is not theirs. */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { probes } from '../../probes/index.js';
import { wrongClaim } from '../../src/bundle/attempts.js';
import { withoutUnshown } from '../../src/bundle/catalogue-claims.js';
import { judgeBundle } from '../../src/bundle/judge.js';
import { limits } from '../../src/bundle/layout.js';
import type { RefusalCode } from '../../src/bundle/refusals.js';
import type { AttemptOutcome } from '../../src/engine/attempt.js';
import { deviations, runCase } from '../../src/engine/case.js';
import { leftOut, probeInfo } from '../../src/engine/catalogue.js';
import type { PcapngFile, PcapngInterface, PcapngPacket } from '../../src/evidence/pcapng.js';
import { readPcapng } from '../../src/evidence/pcapng-read.js';
import { writePcapng } from '../../src/evidence/pcapng-write.js';
import type { Recording } from '../../src/evidence/recording.js';
import { catalogueOf } from '../../src/list/catalogue.js';
import { recordOf } from '../../src/list/record.js';
import type { PublishedSuites } from '../../src/list/suites.js';
import { renderHtml } from '../../src/report/html.js';
import type { CaseResult } from '../../src/result.js';
import {
  type BundleOptions,
  type BundleParts,
  fixtureCases,
  honestParts,
  sha256,
} from './bundle-fixtures.js';
import { openTrap, type Trap } from './bundle-trap.js';

const [arpRequest, rarp] = fixtureCases.moves;
const evidenceOf = (id: string) => `evidence/${id}/1`;

type Case = BundleParts['result']['cases'][number];

function caseOf({ result }: Pick<BundleParts, 'result'>, id: string): Case {
  const found = result.cases.find((entry) => entry.id === id);
  assert.ok(found);
  return found;
}
const editCase = (
  id: string,
  edit: (entry: Case) => void,
  behaviour?: BundleOptions['behaviour'],
): BundleOptions => ({
  ...(behaviour && { behaviour }),
  edit: (parts) => edit(caseOf(parts, id)),
});
const editRecording = (id: string, edit: (recording: Recording) => Recording): BundleOptions => ({
  edit({ recordings }) {
    const recording = recordings.get(evidenceOf(id));
    assert.ok(recording);
    recordings.set(evidenceOf(id), edit(recording));
  },
});

/** One file of a case's evidence, with the digests that follow. */
function editEvidence(
  id: string,
  which: 'capture' | 'events',
  edit: (bytes: Uint8Array) => Uint8Array,
): BundleOptions {
  return {
    editFiles(files) {
      const result = JSON.parse(Buffer.from(files.get('result.json') ?? []).toString()) as { cases: Case[] };
      const file = result.cases.find((entry) => entry.id === id)?.attempts[0]?.evidence?.[which];
      assert.ok(file);
      const bytes = edit(files.get(file.path) ?? new Uint8Array());
      files.set(file.path, bytes);
      file.sha256 = sha256(bytes);
      files.set('result.json', Buffer.from(JSON.stringify(result)));
    },
  };
}

/** What a deceiver would write over a failed case. */
function makePass(entry: Case): void {
  entry.outcome = 'pass';
  entry.reason = 'The switch moved the station.';
  for (const attempt of entry.attempts) Object.assign(attempt, { outcome: 'pass', reason: entry.reason });
}

/** A case that only a bench file could have. */
const slogan = 'switch/follows/the-best-switch';
function addSlogan({ result }: Pick<BundleParts, 'result'>, number?: number): void {
  const probe = probes.find(({ id }) => id === 'switch/follows') ?? assert.fail();
  if (!result.probes.some(({ id }) => id === probe.id)) result.probes.push(structuredClone(probeInfo(probe)));
  result.cases.push({
    ...structuredClone(caseOf({ result }, fixtureCases.notApplicable)),
    ...{ id: number === undefined ? slogan : `${slogan}-${number}`, probe: probe.id },
    ...{ level: probe.requirement.level, expected: probe.title },
  });
}

const edited = (edit: (file: PcapngFile) => PcapngFile) => (bytes: Uint8Array) =>
  writePcapng(edit(readPcapng(bytes)));
const withComment = (packet: PcapngPacket): PcapngPacket => ({
  ...packet,
  comments: [...packet.comments, 'x', 'certified'],
});
const described = (port: PcapngInterface): PcapngInterface => ({ ...port, description: 'certified' });

/** An option of pcapng, and a block of little-endian octets. */
function option(code: number, text: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(text.length, 2);
  return Buffer.concat([head, Buffer.from(text), Buffer.alloc(-text.length & 3)]);
}
function block(type: number, body: Uint8Array): Buffer {
  const [head, tail] = [Buffer.alloc(8), Buffer.alloc(4)];
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(body.length + 12, 4);
  tail.writeUInt32LE(body.length + 12, 0);
  return Buffer.concat([head, body, tail]);
}
/** Gzip's FNAME and MTIME (RFC 1952, 2.3). */
function withName(bytes: Buffer): Buffer {
  const head = Buffer.from(bytes.subarray(0, 10));
  head[3] = 0b1000;
  return Buffer.concat([head, Buffer.from('bob\0'), bytes.subarray(10)]);
}
function withTime(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(1, 4);
  return bytes;
}
const lengthAt = (bytes: Uint8Array, at: number): number => Buffer.from(bytes).readUInt32LE(at + 4);

/** A capture with one more option in a block of it, before the end marker. */
function spliced(bytes: Uint8Array, number: number, more: Buffer): Buffer {
  let at = 0;
  for (let n = 0; n < number; n++) at += lengthAt(bytes, at);
  const end = at + lengthAt(bytes, at);
  const body = Buffer.concat([bytes.subarray(at + 8, end - 8), more, bytes.subarray(end - 8, end - 4)]);
  return Buffer.concat([
    bytes.subarray(0, at),
    block(Buffer.from(bytes).readUInt32LE(at), body),
    bytes.subarray(end),
  ]);
}

const refusedClaims: readonly (readonly [string, RefusalCode, BundleOptions, Date?])[] = [
  [
    'another kind of device',
    'kind',
    { edit: ({ subject }) => void Object.assign(subject.device, { kind: 'nic' }) },
  ],
  ['a run whose id is a path', 'run', { runId: '../../x' }],
  [
    'a suite whose version is a claim',
    'run',
    { edit: ({ result }) => void Object.assign(result.suite, { version: '1.0.0 (certified)' }) },
  ],
  [
    'a run that ended before it began',
    'time',
    { edit: ({ result }) => void Object.assign(result.run, { endedAt: '2020-01-01T00:00:00.000Z' }) },
  ],
  [
    'a run that is dated back by two days',
    'time',
    { edit: ({ result }) => void Object.assign(result.run, { startedAt: '2025-12-30T10:00:00.000Z' }) },
  ],
  [
    'a run of which nothing was judged',
    'nothing',
    {
      edit: ({ result }) =>
        result.cases.forEach((entry) => void Object.assign(entry, { outcome: 'not-run', attempts: [] })),
    },
  ],
  [
    'a run in which every attempt ended with an error',
    'nothing',
    {
      edit: ({ result }) =>
        result.cases
          .flatMap(({ attempts }) => attempts)
          .forEach((one) => void Object.assign(one, { outcome: 'error' })),
    },
  ],
  [
    'more cases than any suite has',
    'cases',
    {
      edit: ({ result }) =>
        void result.deselected.push(
          ...Array.from({ length: limits.cases }, (_, n) => ({
            id: `switch/learns/x-${n}`,
            why: leftOut.slow,
          })),
        ),
    },
  ],
  ['a bundle older than its run', 'time', { createdAt: '2025-12-31T00:00:00.000Z' }],
  [
    'a time that is none',
    'time',
    {
      edit: ({ result }) => void Object.assign(result.run, { endedAt: 'tomorrow' }),
      createdAt: '2026-01-02T00:00:00.000Z',
    },
  ],
  [
    'a new submission from the future',
    'future',
    { startedAt: '2027-01-01T00:00:00.000Z' },
    new Date('2026-06-01'),
  ],
  [
    'an attempt before the run',
    'time',
    editCase(
      rarp,
      ({ attempts }) => void Object.assign(attempts[0] ?? {}, { startedAt: '2025-01-01T00:00:00.000Z' }),
    ),
  ],
  [
    'a case that stands twice',
    'cases',
    {
      edit: ({ result }) =>
        void result.cases.push(structuredClone(caseOf({ result }, fixtureCases.notApplicable))),
    },
  ],
  [
    'a case that ran and was left out',
    'cases',
    { edit: ({ result }) => void result.deselected.push({ id: rarp, why: 'slow' }) },
  ],
  [
    'a case of another kind of device',
    'cases',
    editCase(rarp, (entry) => void Object.assign(entry, { id: 'host/x/y', probe: 'host/x' })),
  ],
  [
    'a case whose id is a path',
    'cases',
    editCase(fixtureCases.notApplicable, (entry) => void Object.assign(entry, { id: 'switch/../../x' })),
  ],
  ['a case of no listed probe', 'cases', { edit: ({ result }) => void result.probes.splice(0, 99) }],
  [
    'a failed case of which only the evidence is left',
    'evidence-unnamed',
    {
      behaviour: 'never-moves',
      editFiles(files) {
        const result = JSON.parse(Buffer.from(files.get('result.json') ?? []).toString()) as {
          cases: CaseResult[];
        };
        result.cases = result.cases.filter(({ id }) => id !== rarp);
        files.set('result.json', Buffer.from(JSON.stringify(result)));
      },
    },
  ],
  [
    'evidence that the manifest does not list',
    'evidence-unlisted',
    {
      editManifest: ({ files }) =>
        void files.splice(
          files.findIndex(({ path }) => path.startsWith(evidenceOf(rarp))),
          1,
        ),
    },
  ],
  [
    'two cases that name one recording',
    'evidence-shared',
    {
      edit(parts) {
        const first = caseOf(parts, arpRequest).attempts[0];
        const second = caseOf(parts, rarp).attempts[0];
        if (first && second) second.evidence = structuredClone(first.evidence);
      },
    },
  ],
  [
    'one capture under two names',
    'evidence-shared',
    {
      edit({ recordings }) {
        const recording = recordings.get(evidenceOf(arpRequest));
        if (recording) recordings.set(evidenceOf(rarp), recording);
      },
    },
  ],
  [
    'an address of the lab’s in a text',
    'address',
    editCase(rarp, (entry) => void Object.assign(entry, { observed: 'answered by 3c:ec:ef:12:34:56' })),
  ],
  [
    'a private network in the environment’s key',
    'address',
    { edit: ({ result }) => void Object.assign(result.bench, { name: 'lab 10.20.30.40' }) },
  ],
];

/** What opens, and does not stand when it is judged again: the id of the case, and what is said. */
const judgedClaims: readonly (readonly [string, string, RegExp, BundleOptions])[] = [
  ['a failure called a pass', rarp, /still go to the old port/, editCase(rarp, makePass, 'never-moves')],
  [
    'a pass above an honest attempt that failed',
    rarp,
    /outcome is pass, which does not follow from its attempts \(fail\)/,
    editCase(rarp, (entry) => void Object.assign(entry, { outcome: 'pass' }), 'never-moves'),
  ],
  [
    'a must called information',
    rarp,
    /its level is must, not info/,
    editCase(rarp, (entry) => void Object.assign(entry, { level: 'info' }), 'never-moves'),
  ],
  [
    'a title of one’s own',
    rarp,
    /title/,
    editCase(rarp, (entry) => void Object.assign(entry, { title: 'Certified' })),
  ],
  [
    'a failed case that is gone without a trace',
    rarp,
    /in the catalogue, and neither among the cases nor left out/,
    {
      behaviour: 'never-moves',
      edit: ({ result }) =>
        void result.cases.splice(
          result.cases.findIndex(({ id }) => id === rarp),
          1,
        ),
    },
  ],
  [
    'a failed case called not applicable',
    rarp,
    /the bench had all that it needs/,
    editCase(
      rarp,
      (entry) =>
        void Object.assign(entry, {
          outcome: 'not-applicable',
          attempts: [],
          findings: [],
          measurements: [],
        }),
      'never-moves',
    ),
  ],
  [
    'a pass that was never tried',
    fixtureCases.notApplicable,
    /never tried, and yet its outcome is pass/,
    editCase(fixtureCases.notApplicable, (entry) => void Object.assign(entry, { outcome: 'pass' })),
  ],
  [
    'a pass without evidence',
    rarp,
    /no evidence was stored/,
    editCase(rarp, ({ attempts }) =>
      attempts.forEach((attempt) => void Object.assign(attempt, { evidence: null })),
    ),
  ],
  [
    'another measurement',
    rarp,
    /measurements/,
    editCase(rarp, ({ measurements }) => void Object.assign(measurements[0] ?? {}, { value: 0.001 })),
  ],
  [
    'a measurement of one’s own',
    rarp,
    /measurements/,
    editCase(rarp, ({ measurements }) => void measurements.push({ name: 'relearned', value: 1, unit: 'us' })),
  ],
  [
    'a reason of one’s own',
    rarp,
    /texts/,
    editCase(rarp, (entry) => void Object.assign(entry, { reason: 'The best switch that we ever saw.' })),
  ],
  [
    'an attempt with a reason of one’s own',
    rarp,
    /its reason was another: The switch moved/,
    editCase(rarp, ({ attempts }) => void Object.assign(attempts[0] ?? {}, { reason: 'Perfect.' })),
  ],
  [
    'a finding of one’s own',
    rarp,
    /findings/,
    editCase(rarp, ({ findings }) => void findings.push({ id: 'x', holds: true, text: 'y' })),
  ],
  [
    'a failure called flaky',
    rarp,
    /how often it failed/,
    editCase(rarp, ({ qualifiers }) => void qualifiers.push('flaky 1/2'), 'never-moves'),
  ],
  [
    'a probe that claims less',
    'switch/relearns',
    /not what the catalogue says/,
    {
      edit: ({ result }) =>
        result.probes.forEach(
          (probe) =>
            void (probe.id === 'switch/relearns' && Object.assign(probe, { why: 'Nobody needs it.' })),
        ),
    },
  ],
  [
    'words of one’s own, under a version that was never published',
    rarp,
    /texts/,
    {
      edit(parts) {
        Object.assign(parts.result.suite, { version: '0.0.9' });
        Object.assign(caseOf(parts, rarp), { reason: 'Certified for takeover.' });
      },
    },
  ],
  [
    'a level and a title of one’s own, under a catalogue that was never published',
    rarp,
    /its level is must, not info/,
    {
      edit(parts) {
        Object.assign(parts.result.suite, { version: '0.0.9', catalogueDigest: '0'.repeat(64) });
        Object.assign(caseOf(parts, rarp), { level: 'info', title: 'Certified' });
      },
    },
  ],
  [
    'a case of no catalogue',
    'switch/relearns/certified',
    /not in the catalogue/,
    {
      edit(parts) {
        Object.assign(parts.result.suite, { catalogueDigest: '0'.repeat(64) });
        parts.result.cases.push({
          ...structuredClone(caseOf(parts, fixtureCases.notApplicable)),
          ...{ id: 'switch/relearns/certified', probe: 'switch/relearns' },
        });
      },
    },
  ],
  [
    'a qualifier of one’s own',
    rarp,
    /texts/,
    editCase(
      rarp,
      ({ qualifiers }) => void qualifiers.push('deviation: it came out otherwise before: buy two of them'),
    ),
  ],
  [
    'the engine’s words for a deviation that no attempt shows',
    rarp,
    /came out otherwise before does not follow/,
    editCase(rarp, ({ qualifiers }) => void qualifiers.push(deviations.refuted)),
  ],
  ['a slogan for a case of a bench file’s own', slogan, /no evidence shows it/, { edit: addSlogan }],
  [
    'a slogan above somebody else’s evidence, which the harness is said to have failed with',
    slogan,
    /no evidence shows it/,
    {
      edit(parts) {
        addSlogan(parts);
        const [attempt] = structuredClone(caseOf(parts, rarp).attempts);
        const recording = parts.recordings.get(evidenceOf(rarp));
        assert.ok(attempt?.evidence && recording);
        for (const file of [attempt.evidence.capture, attempt.evidence.events])
          file.path = file.path.replace(rarp, slogan);
        parts.recordings.set(evidenceOf(slogan), { ...recording, endNs: recording.endNs + 1 });
        Object.assign(caseOf(parts, slogan), {
          outcome: 'error',
          attempts: [{ ...attempt, outcome: 'error' }],
        });
      },
    },
  ],
  [
    'more cases of a bench file’s own than any has',
    '',
    /51 cases are not in the catalogue, and 50 are the most/,
    { edit: (parts) => void Array.from({ length: 51 }, (_, n) => addSlogan(parts, n)) },
  ],
  [
    'a slogan among what was left out',
    slogan,
    /was left out, and is not in the catalogue/,
    { edit: ({ result }) => void result.deselected.push({ id: slogan, why: leftOut.deselected }) },
  ],
  [
    'a run without its bench’s limit',
    '',
    /does not say which limit/,
    { edit: ({ result }) => void delete result.bench.limits },
  ],
  ...[0, 0.5, 600_001, 1e15].map((relearnMs): (typeof judgedClaims)[number] => [
    `a limit of ${relearnMs} ms`,
    '',
    /and can only be 1 to 600000 whole ones/,
    {
      edit({ result, recordings }) {
        Object.assign(result.bench.limits ?? assert.fail(), { relearnMs });
        for (const [path, recording] of recordings)
          recordings.set(path, { ...recording, plan: { ...recording.plan, limits: { relearnMs } } });
      },
    },
  ]),
  ...(
    [
      ['a comment in the section of a capture', (bytes) => spliced(bytes, 0, option(1, 'bob, 10.1.2.3'))],
      ['an option that nobody knows', (bytes) => spliced(bytes, 1, option(0x8bad, 'certified'))],
      ['a block that nobody knows', (bytes) => Buffer.concat([bytes, block(0xbad, Buffer.from('text'))])],
      [
        'a second section',
        (bytes) => Buffer.concat([bytes, Buffer.from(bytes).subarray(0, lengthAt(bytes, 0))]),
      ],
      [
        'a second comment of a frame',
        edited((file) => ({ ...file, packets: file.packets.map(withComment) })),
      ],
      [
        'other words for an interface',
        edited((file) => ({ ...file, interfaces: file.interfaces.map(described) })),
      ],
    ] as const satisfies readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[]
  ).map(([name, edit]): (typeof judgedClaims)[number] => [
    name,
    rarp,
    /octets that this suite does not write/,
    editEvidence(rarp, 'capture', edit),
  ]),
  ...(
    [
      ['a name in gzip’s header', (bytes) => withName(gzipSync(bytes)), /header is not the one/],
      ['a time in gzip’s header', (bytes) => withTime(gzipSync(bytes)), /header is not the one/],
      [
        'octets behind gzip’s end',
        (bytes) => Buffer.concat([gzipSync(bytes), Buffer.alloc(50)]),
        /behind its end/,
      ],
      [
        'an empty second member of gzip, with a name',
        (bytes) => Buffer.concat([gzipSync(bytes), withName(gzipSync(''))]),
        /behind its end/,
      ],
      [
        'a wrong checksum of gzip',
        (bytes) => gzipSync(bytes).map((octet, at, all) => (at === all.length - 8 ? octet ^ 1 : octet)),
        /checksum or length is wrong/,
      ],
    ] as const satisfies readonly (readonly [string, (bytes: Uint8Array) => Uint8Array, RegExp])[]
  ).map(([name, edit, text]): (typeof judgedClaims)[number] => [
    name,
    rarp,
    text,
    editEvidence(rarp, 'events', edit),
  ]),
  [
    'somebody’s address in the section of a capture',
    rarp,
    /not for publishing: 10\.1\.2\.3/,
    editEvidence(
      rarp,
      'capture',
      edited((file) => ({ ...file, section: { os: 'Linux of 10.1.2.3' } })),
    ),
  ],
  [
    'a slogan in the section of a capture',
    rarp,
    /says more than names of the suite and the system/,
    editEvidence(
      rarp,
      'capture',
      edited((file) => ({ ...file, section: { application: 'certified' } })),
    ),
  ],
  [
    'somebody’s address in the label of a frame',
    rarp,
    /not for publishing: 10\.1\.2\.3/,
    editRecording(rarp, (recording) => ({
      ...recording,
      frames: recording.frames.map((frame) => ({ ...frame, label: 'to 10.1.2.3' })),
    })),
  ],
  [
    'two counts of how often it failed',
    rarp,
    /how often it failed/,
    editCase(rarp, ({ qualifiers }) => void qualifiers.push('flaky 1/2', 'flaky 2/3')),
  ],
  [
    'an observation of what was never tried',
    fixtureCases.notApplicable,
    /never tried, and yet it found something/,
    editCase(fixtureCases.notApplicable, (entry) => void Object.assign(entry, { observed: 'All is well.' })),
  ],
  [
    'a case left out for a reason of one’s own',
    'switch/capacity/fill',
    /left out for a reason that no run gives/,
    {
      edit: ({ result }) =>
        void Object.assign(result.deselected[0] ?? {}, { id: 'switch/capacity/fill', why: 'Certified.' }),
    },
  ],
  [
    'advice of one’s own',
    '',
    /likely causes are not told/,
    {
      behaviour: 'never-moves',
      edit: ({ result }) =>
        void Object.assign(result.diagnoses?.[0] ?? assert.fail(), { change: 'Buy another switch.' }),
    },
  ],
  [
    'a failure without a likely cause',
    '',
    /likely causes/,
    { behaviour: 'never-moves', edit: ({ result }) => void delete result.diagnoses },
  ],
  [
    'a larger table than the evidence knows of',
    rarp,
    /another size of the table/,
    {
      edit: ({ result }) =>
        void Object.assign(result.bench.limits ?? assert.fail(), { tableSize: 1_000_000 }),
    },
  ],
  [
    'a better clock than the evidence knows of',
    rarp,
    /port a was captured by other means/,
    {
      edit: ({ result }) =>
        result.bench.ports.forEach(
          (port) => void Object.assign(port, { kernelTimestamps: !port.kernelTimestamps }),
        ),
    },
  ],
  [
    'a capture from which the last frame was taken out',
    rarp,
    /port \w+ received \d+ frames of this case, and capture\.pcapng holds \d+/,
    editEvidence(rarp, 'capture', (bytes) => {
      const file = readPcapng(bytes);
      return writePcapng({ ...file, packets: file.packets.slice(0, -1) });
    }),
  ],
  [
    'a capture whose statistics were taken out',
    rarp,
    /does not say once how many frames/,
    editEvidence(rarp, 'capture', (bytes) => writePcapng({ ...readPcapng(bytes), statistics: [] })),
  ],
  [
    'a capture that lost frames, of which the events say nothing',
    rarp,
    /says that port \w+ lost 3 frames/,
    editEvidence(rarp, 'capture', (bytes) => {
      const file = readPcapng(bytes);
      return writePcapng({ ...file, statistics: file.statistics.map((one) => ({ ...one, dropped: 3n })) });
    }),
  ],
  [
    'a likely cause that is none',
    '',
    /likely causes/,
    { edit: ({ result }) => void Object.assign(result, { diagnoses: [] }), behaviour: 'never-moves' },
  ],
  [
    'the recordings of two cases, changed about',
    rarp,
    /the evidence is of another case|recorded at another time/,
    {
      edit({ recordings }) {
        const [one, other] = [recordings.get(evidenceOf(arpRequest)), recordings.get(evidenceOf(rarp))];
        if (one && other) recordings.set(evidenceOf(rarp), one).set(evidenceOf(arpRequest), other);
      },
    },
  ],
  [
    'another case’s recording with this one’s name',
    rarp,
    /old state was not real/,
    {
      edit({ recordings }) {
        const other = recordings.get(evidenceOf(fixtureCases.learns));
        const own = recordings.get(evidenceOf(rarp));
        if (other && own) recordings.set(evidenceOf(rarp), { ...other, caseId: rarp, startNs: own.startNs });
      },
    },
  ],
  [
    'a recording of another run',
    rarp,
    /recorded at another time/,
    editRecording(rarp, (recording) => ({ ...recording, startNs: recording.startNs - 86_400_000_000_000n })),
  ],
  [
    'a recording of another bench',
    rarp,
    /another bench: port a/,
    editRecording(rarp, (recording) => ({
      ...recording,
      ports: recording.ports.map((port) => (port.name === 'a' ? { ...port, nic: 'eth7' } : port)),
    })),
  ],
  [
    'a limit that the device keeps',
    rarp,
    /another limit \(60000 ms\)/,
    editRecording(rarp, (recording) => ({
      ...recording,
      plan: { ...recording.plan, limits: { relearnMs: 60_000 } },
    })),
  ],
  [
    'a capture of somebody’s hardware',
    rarp,
    /not for publishing: 3c:ec:ef:12:34:56/,
    editRecording(rarp, (recording) => ({
      ...recording,
      frames: recording.frames.map((frame, index) =>
        index === 0
          ? { ...frame, bytes: Buffer.concat([Buffer.from('3cecef123456', 'hex'), frame.bytes.subarray(6)]) }
          : frame,
      ),
    })),
  ],
  [
    'an event that names a private address',
    rarp,
    /not for publishing: 10\.1\.2\.3/,
    editRecording(rarp, (recording) => ({
      ...recording,
      events: [...recording.events, { kind: 'note', atNs: recording.endNs, text: 'asked 10.1.2.3' }],
    })),
  ],
  [
    'a capture that was cut off and listed so',
    rarp,
    /cut off|needs|are left/,
    editEvidence(rarp, 'capture', (bytes) => bytes.subarray(0, bytes.length - 7)),
  ],
  [
    'a capture of random octets',
    rarp,
    /capture\.pcapng/,
    editEvidence(rarp, 'capture', (bytes) => bytes.map((octet, at) => (octet * 31 + at) & 0xff)),
  ],
  ['an empty capture', rarp, /empty/, editEvidence(rarp, 'capture', () => new Uint8Array())],
  [
    'a capture whose block is longer than the file',
    rarp,
    /cut off/,
    editEvidence(rarp, 'capture', (bytes) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt32LE(0xfffffff0, 4);
      return copy;
    }),
  ],
  ['a bomb of events', rarp, /unfolds to more than/, editEvidence(rarp, 'events', () => bomb())],
  ['a bomb within a bomb', rarp, /gzipped twice/, editEvidence(rarp, 'capture', () => gzipSync(bomb()))],
  [
    'a broken gzip',
    rarp,
    /can't be unfolded/,
    editEvidence(rarp, 'capture', (bytes) => gzipSync(bytes).subarray(0, 60)),
  ],
  [
    'events in events',
    rarp,
    /nested more than/,
    editEvidence(rarp, 'events', () => Buffer.from('['.repeat(200_000) + ']'.repeat(200_000))),
  ],
  [
    'events with the key __proto__',
    rarp,
    /__proto__/,
    editEvidence(rarp, 'events', (bytes) =>
      Buffer.from(Buffer.from(bytes).toString().replace('{', '{"__proto__":{"polluted":1},')),
    ),
  ],
  [
    'events of another schema',
    rarp,
    /Invalid|Expected/,
    editEvidence(rarp, 'events', () => Buffer.from('{}')),
  ],
];

let made: Buffer | undefined;
/** More than is read, in a thousandth of that. */
function bomb(): Buffer {
  made ??= gzipSync(Buffer.alloc(limits.unfoldedBytes + 2 ** 20));
  return made;
}

describe('hostile bundles: claims', () => {
  let trap: Trap;
  before(async () => {
    trap = await openTrap();
  });
  after(() => trap.close());
  afterEach(() => trap.untouched());

  for (const [name, code, options, now] of refusedClaims) {
    it(`refuses ${name}`, async () => void (await trap.refused(code, await trap.make(options), now)));
  }

  for (const [name, id, text, options] of judgedClaims) {
    it(`does not believe ${name}`, async () => {
      const differing = await trap.differing(await trap.make(options));
      assert.ok(
        differing.some((one) => one.caseId === id && text.test(one.text)),
        JSON.stringify(differing),
      );
      assert.equal(({} as { polluted?: number }).polluted, undefined);
    });
  }

  it('believes an honest bundle, of a good switch and of a bad one', async () => {
    assert.deepEqual(await trap.differing(await trap.make()), []);
    assert.deepEqual(await trap.differing(await trap.make({ behaviour: 'never-moves' })), []);
  });

  it('believes a case that was being tried again when the run ended, and none that was settled', async () => {
    const title = 'What should hold';
    const { result } = await honestParts();
    const claim = {
      ...caseOf({ result }, fixtureCases.notApplicable),
      expected: title,
      outcome: 'not-run',
    } as const;
    const tried = (outcome: 'inconclusive' | 'fail', over: Partial<CaseResult> = {}) =>
      wrongClaim({ ...claim, ...over }, [{ outcome, judgement: undefined }], {
        mayCrowd: false,
        words: title,
      });
    assert.equal(tried('inconclusive'), undefined);
    assert.match(tried('inconclusive', { observed: 'All is well.' }) ?? '', /does not follow/);
    assert.match(tried('fail') ?? '', /does not follow/);
  });

  it('believes that an attempt came out otherwise before only where one did, in those words', async () => {
    const { result } = await honestParts();
    const entry = caseOf({ result }, rarp);
    const judgement = (outcome: 'pass' | 'fail', doubt?: 'lost' | 'displaced') => ({
      ...{ outcome, judgement: { ...entry, outcome, ...(doubt && { doubt }) } },
    });
    const isBelieved = (tried: Parameters<typeof wrongClaim>[1], ...qualifiers: string[]) =>
      wrongClaim({ ...entry, qualifiers }, tried, { mayCrowd: false }) === undefined;
    const { crowded, refuted } = deviations;
    const pass = judgement('pass');
    for (const [doubt, right, wrong] of [
      ['lost', refuted, crowded],
      ['displaced', crowded, refuted],
    ] as const) {
      const tried = [judgement('fail', doubt), pass];
      assert.equal(isBelieved(tried, right), true);
      assert.equal(isBelieved(tried, wrong), false);
      assert.equal(isBelieved(tried, right, right), false);
      assert.equal(isBelieved([pass, pass], right), false);
    }
    const open = { outcome: 'inconclusive', judgement: undefined } as const;
    assert.equal(isBelieved([open, pass]), true);
    assert.equal(isBelieved([open, pass], refuted), false);
  });

  const sequences = <T>(items: readonly T[], length: number): T[][] =>
    length === 0
      ? [[]]
      : sequences(items, length - 1).flatMap((rest) => items.map((item) => [item, ...rest]));

  it('believes whatever the engine makes of attempts that come out in different ways', async () => {
    const { result } = await honestParts();
    const entry = caseOf({ result }, rarp);
    const probe = probes.find(({ id }) => id === entry.probe) ?? assert.fail();
    const probeCase = probe.cases.find(({ id }) => `${probe.id}/${id}` === rarp) ?? assert.fail();
    const { attempts, ...judgement } = entry;
    const [attempt] = attempts;
    assert.ok(attempt);
    const ends: readonly AttemptOutcome[] = [
      ...(['pass', 'fail', 'inconclusive'] as const).flatMap((outcome) =>
        ([undefined, 'lost', 'displaced'] as const).map((doubt) => ({
          attempt: { ...attempt, outcome },
          judgement: { ...judgement, outcome, ...(doubt && { doubt }) },
        })),
      ),
      { attempt: { ...attempt, outcome: 'error', evidence: null }, judgement: undefined },
    ];
    const deviating = new Set<string>();
    for (const besideOthers of [false, true]) {
      for (const inOrder of sequences(ends, 4)) {
        const attempt = async (number: number) => inOrder[number - 1] ?? assert.fail();
        const options = { repeat: 2, besideOthers, retry: attempt, alone: attempt, attempt };
        const made = await runCase(probe, probeCase, options);
        const tried = made.attempts.map(({ outcome }, at) => ({
          outcome,
          judgement: inOrder[at]?.judgement,
        }));
        assert.equal(wrongClaim(made, tried, { mayCrowd: besideOthers }), undefined, JSON.stringify(made));
        for (const qualifier of made.qualifiers) deviating.add(qualifier);
      }
    }
    assert.deepEqual([...deviating].sort(), [...Object.values(deviations), 'flaky 1/2'].sort());
  });

  it('leaves out of a submission what a bench file’s own cases do not show', async () => {
    const { result } = await honestParts();
    const before = structuredClone(result);
    addSlogan({ result });
    result.deselected.push({ id: `${slogan}-2`, why: leftOut.deselected });
    const { cases, deselected } = withoutUnshown(result, probes);
    assert.deepEqual({ cases, deselected }, { cases: before.cases, deselected: before.deselected });
  });

  it('excuses other words only of a suite that was published, and lists none of them', async () => {
    const version = '0.0.9';
    const other = 'Certified for takeover.';
    const path = await trap.make({
      behaviour: 'never-moves',
      edit(parts) {
        Object.assign(parts.result.suite, { version });
        for (const entry of parts.result.cases) {
          Object.assign(entry, { title: other, reason: other, expected: other, observed: other });
          for (const attempt of entry.attempts) attempt.reason = other;
          if (entry.outcome === 'pass') entry.qualifiers.push(other);
        }
      },
    });
    const bundle = await trap.open(path);
    const { catalogueDigest } = bundle.result.suite;
    const cases = { switch: [], host: [], router: [], nic: [] };
    const judge = (published: PublishedSuites) => judgeBundle(bundle, probes, undefined, published);
    const isBelieved = async (published: PublishedSuites) =>
      (await judge(published)).every(({ agrees }) => agrees);
    const published = { [catalogueDigest]: { version, cases } };
    assert.equal(await isBelieved({}), false);
    assert.equal(await isBelieved({ [catalogueDigest]: { version: '0.0.8', cases } }), false);
    assert.equal(await isBelieved(published), true);
    const record = recordOf(bundle, await judge(published), catalogueOf(probes, '9.9.9'));
    assert.match(record.reasons[rarp] ?? '', /still go to the old port/);
    assert.doesNotMatch(JSON.stringify(record), /Certified/);
  });

  it('does not believe a pass that hides a failure before it', async () => {
    const failed = await honestParts({ behaviour: 'never-moves' });
    const path = await trap.make({
      edit(parts) {
        const entry = caseOf(parts, rarp);
        const [passed] = entry.attempts;
        const [lost] = caseOf(failed, rarp).attempts;
        const recording = failed.recordings.get(evidenceOf(rarp));
        assert.ok(passed?.evidence && lost && recording);
        const second = evidenceOf(rarp).replace(/1$/, '2');
        const own = parts.recordings.get(evidenceOf(rarp));
        assert.ok(own);
        parts.recordings.set(second, own).set(evidenceOf(rarp), { ...recording, startNs: own.startNs });
        const moved = structuredClone(passed);
        assert.ok(moved.evidence);
        for (const file of [moved.evidence.capture, moved.evidence.events])
          file.path = `${second}/${file.path.slice(dirname(file.path).length + 1)}`;
        Object.assign(lost, { startedAt: passed.startedAt });
        entry.attempts = [{ ...lost, evidence: passed.evidence }, moved];
      },
    });
    const differing = await trap.differing(path);
    assert.match(
      differing.find(({ attempt }) => attempt === 0)?.text ?? '',
      /does not tell that an attempt failed|does not follow/,
    );
  });

  it('keeps the sum of what it unfolds within bounds', async () => {
    const path = await trap.make({
      editFiles(files) {
        const result = JSON.parse(Buffer.from(files.get('result.json') ?? []).toString()) as {
          cases: Case[];
        };
        const attempts = caseOf({ result: result as BundleParts['result'] }, rarp).attempts;
        const [first] = attempts;
        assert.ok(first);
        for (let number = 2; number <= 200; number++) {
          const folder = evidenceOf(rarp).replace(/1$/, String(number));
          const bytes = Buffer.concat([bomb(), Buffer.from(String(number))]);
          files.set(`${folder}/capture.pcapng.gz`, bytes).set(`${folder}/events.json`, Buffer.from('{}'));
          attempts.push({
            ...first,
            evidence: {
              capture: { path: `${folder}/capture.pcapng.gz`, sha256: sha256(bytes) },
              events: { path: `${folder}/events.json`, sha256: sha256('{}') },
            },
          });
        }
        files.set('result.json', Buffer.from(JSON.stringify(result)));
      },
    });
    const differing = await trap.differing(path);
    assert.equal(differing.filter(({ text }) => /unfolds to more than/.test(text)).length, 199);
    assert.ok(differing.some(({ text }) => /more than the 0 octets/.test(text)));
  });

  it('takes markup in every text for text', async () => {
    const markup = '<script>alert(1)</script><img src=x onerror=alert(1)>"\'{{x}}';
    const path = await trap.make({
      tester: { organisation: 'Example Lab', relation: 'lab' },
      edit({ result, subject }) {
        Object.assign(result, { environment: { [markup]: markup } });
        Object.assign(result.bench, { name: markup, unseen: [markup] });
        Object.assign(result.device, {
          vendor: markup,
          model: markup,
          firmware: markup,
          conditions: { [markup]: markup },
        });
        Object.assign(subject.device, {
          vendor: markup,
          model: markup,
          firmware: markup,
          conditions: { [markup]: markup },
        });
        result.preflight.push({ id: markup, ok: true, text: markup });
        result.deselected.forEach((one) => void Object.assign(one, { why: markup }));
        for (const entry of result.cases) {
          Object.assign(entry, { title: markup, reason: markup, expected: markup, observed: markup });
          entry.qualifiers.push(markup);
          entry.findings.push({ id: markup, holds: false, text: markup });
        }
      },
    });
    const { result } = await trap.open(path);
    const html = await renderHtml(
      [{ result, recordingOf: async () => undefined, evidenceHref: (id) => id }],
      {
        generatedAt: '2026-01-01T00:00:00Z',
      },
    );
    assert.doesNotMatch(html, /<script>alert|<img src=x/);
    assert.match(html, /&lt;script&gt;alert/);
  });
});
