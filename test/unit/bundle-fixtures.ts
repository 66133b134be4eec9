/** Bundles for tests: small honest ones of runs on a switch in memory, signed with keys made here, and open to be made
 *  dishonest at each step of their making. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { probes as catalogue } from '../../probes/index.js';
import type { Bench, BenchDevice } from '../../src/bench/bench.js';
import { bundleFiles, signatureNamespace, trustFiles } from '../../src/bundle/layout.js';
import { bundlePath } from '../../src/bundle/path.js';
import type { Manifest, Parties, Subject, Withdrawal } from '../../src/bundle/schema.js';
import { unmet } from '../../src/engine/bench-limits.js';
import { resultOf } from '../../src/engine/result-of.js';
import type { Recording } from '../../src/evidence/recording.js';
import { decodeEvidence, encodeEvidence } from '../../src/evidence/store.js';
import { folderName } from '../../src/list/slug.js';
import type { Device, Result } from '../../src/result.js';
import type { MemorySwitch, SwitchBehaviour } from '../../src/wire/memory/switch.js';
import { bench as memoryBench, openMemoryBench, prepare, suiteOn } from './memory-bench.js';

/** A faulty switch is waited for no longer than this. */
const relearnMs = 250;
const bench: Bench = {
  ...memoryBench,
  ports: {
    a: { nic: 'memory-a' },
    b: { nic: 'memory-b' },
    world: { nic: 'memory-world' },
    monitor: { nic: 'memory-monitor' },
  },
  limits: { relearnMs },
};

/** `JSON.parse` of what is readonly elsewhere: a test may change it. */
type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

export type Behaviour = 'good' | 'never-moves';

const behaviours: Readonly<Record<Behaviour, (network: () => MemorySwitch) => SwitchBehaviour>> = {
  good: () => ({}),
  'never-moves': (network) => ({
    learns: ({ vid, source, port }) => (network().stations().get(`${vid}/${source}`) ?? port) === port,
  }),
};

/** Two musts that a good switch passes and `never-moves` fails, one that both pass, and one that needs what the bench has
 *  not declared. */
export const fixtureCases = {
  moves: ['switch/relearns/arp-request', 'switch/relearns/rarp'],
  learns: 'switch/learns/ipv4',
  notApplicable: 'switch/vlan-tagged-move/back',
} as const;

interface HonestRun {
  readonly result: Result;
  readonly recordings: ReadonlyMap<string, Recording>;
}

/** Makes one value for each key, once a process. */
function once<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

/** A run of the few cases. */
export const honestRun = once(runCases);

async function runCases(behaviour: Behaviour): Promise<HonestRun> {
  const on = await openMemoryBench({ behaviour: behaviours[behaviour], relearnMs });
  try {
    const device: BenchDevice = {
      kind: 'switch',
      vendor: 'Acme',
      model: 'S24',
      firmware: '4.2.1',
      conditions: {},
      declared: {},
    };
    const startedAt = new Date().toISOString();
    const { checks } = await prepare(on, device);
    const chosen: readonly string[] = Object.values(fixtureCases).flat();
    const probes = catalogue.filter((probe) => probe.device === 'switch');
    const suite = suiteOn(on, {
      probes,
      selected: (id) => chosen.includes(id),
      unmet: (need) => unmet(need, bench, device),
    });
    for (const { id } of suite.cases) await suite.result(id);
    const run = {
      id: '20260101T100000Z-000000',
      startedAt,
      instrument: on.instrument,
      plan: { bench, probes: catalogue, driver: 'libpcap', repeat: 1, seed: 1 },
      complete: true,
      environment: { node: 'v20.19.0', system: 'Linux x64' },
    } as const;
    const result = resultOf({ device, suite, checks }, run);
    const recordings = new Map<string, Recording>();
    for (const { attempts } of result.cases) {
      for (const { evidence } of attempts) {
        if (!evidence) continue;
        const [capture, events] = [evidence.capture.path, evidence.events.path].map((path) =>
          readFile(join(on.folder, path)),
        ) as [Promise<Buffer>, Promise<Buffer>];
        recordings.set(dirname(evidence.capture.path), decodeEvidence(await capture, await events));
      }
    }
    return { result, recordings };
  } finally {
    await on.close();
  }
}

/** A key pair of SSH's, made in this process. */
export interface TestKey {
  /** As a line of allowed_signers holds it: `ssh-ed25519 AAAA…`. */
  readonly publicKey: string;
  readonly fingerprint: string;
  /** What `ssh-keygen -Y sign` would write. */
  sign(message: Uint8Array | string, namespace?: string): string;
}

const sshString = (bytes: Uint8Array | string): Buffer => {
  const body = Buffer.from(bytes as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
};

export function createKey(): TestKey {
  const pair: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const key = Buffer.concat([sshString('ssh-ed25519'), sshString(raw)]);
  return {
    publicKey: `ssh-ed25519 ${key.toString('base64')}`,
    fingerprint: `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`,
    sign(message, namespace = signatureNamespace) {
      const digest = createHash('sha512').update(message).digest();
      const head = [sshString(namespace), sshString(''), sshString('sha512')];
      const signed = Buffer.concat([Buffer.from('SSHSIG'), ...head, sshString(digest)]);
      const signature = sign(null, signed, pair.privateKey);
      const version = Buffer.from([0, 0, 0, 1]);
      const blob = Buffer.concat([
        Buffer.from('SSHSIG'),
        version,
        sshString(key),
        ...head,
        sshString(Buffer.concat([sshString('ssh-ed25519'), sshString(signature)])),
      ]);
      const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
      return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
    },
  };
}

/** The key of an organisation: the same one throughout the process. */
export const keyOf: (organisation: string) => TestKey = once(createKey);

export interface TestParty {
  readonly organisation: string;
  readonly relation: Subject['tester']['relation'];
  readonly contractedBy?: string;
  /** Of allowed_signers; default: the namespace alone. */
  readonly options?: string;
  readonly key?: TestKey;
}

/** Its name in allowed_signers and parties.json. */
export const principalOf = (organisation: string): string => folderName(organisation);

/** Writes allowed_signers and parties.json. */
export async function trustParties(
  reportsFolder: string,
  parties: readonly TestParty[] = [defaultTester],
): Promise<void> {
  await mkdir(reportsFolder, { recursive: true });
  const lines = parties.map(({ organisation, options = `namespaces="${signatureNamespace}"`, key }) =>
    [principalOf(organisation), options, (key ?? keyOf(organisation)).publicKey].join(' '),
  );
  await writeFile(join(reportsFolder, trustFiles.signers), `${lines.join('\n')}\n`);
  const file: Parties = {
    schemaVersion: 1,
    parties: Object.fromEntries(
      parties.map(({ organisation, relation, contractedBy }) => [
        principalOf(organisation),
        { organisation, relation, ...(contractedBy !== undefined && { contractedBy }) },
      ]),
    ),
  };
  await writeFile(join(reportsFolder, trustFiles.parties), JSON.stringify(file));
}

export const defaultTester = { organisation: 'Example Lab', relation: 'lab' } as const;

/** What a bundle is made of before it is written down. */
export interface BundleParts {
  readonly result: Mutable<Result>;
  readonly subject: Mutable<Subject>;
  /** By folder of the attempt, `evidence/<case>/<n>`; what is changed here gets new digests in the result. */
  readonly recordings: Map<string, Recording>;
}

export interface BundleOptions {
  readonly device?: Partial<Device>;
  readonly tester?: Subject['tester'];
  readonly runId?: string;
  /** When the run began; the evidence is moved there. */
  readonly startedAt?: string;
  /** Bundles of one name hold the same captures, at most at other times. Default: each run has its own. */
  readonly evidence?: string;
  /** Default: when the run ended. */
  readonly createdAt?: string;
  readonly behaviour?: Behaviour;
  /** Default: the tester's organisation's. Null: it is not signed. */
  readonly key?: TestKey | null;
  /** Below reports/; default: where `submit` would put it. */
  readonly path?: string;
  /** What a deceiver changes before anything is digested. */
  readonly edit?: (parts: BundleParts) => void;
  /** The octets of the files that the manifest will list, by path. */
  readonly editFiles?: (files: Map<string, Uint8Array>) => void;
  /** The manifest before it is signed. */
  readonly editManifest?: (manifest: Mutable<Manifest>) => void;
}

const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** The parts of an honest bundle. */
export async function honestParts(options: BundleOptions = {}): Promise<BundleParts> {
  const run = await honestRun(options.behaviour ?? 'good');
  const startedAt = options.startedAt ?? '2026-01-01T10:00:00.000Z';
  const shiftMs = Date.parse(startedAt) - Date.parse(run.result.run.startedAt);
  const moved = (time: string) => new Date(Date.parse(time) + shiftMs).toISOString();
  const result = structuredClone(run.result) as Mutable<Result>;
  Object.assign(result.device, options.device);
  Object.assign(result.run, { startedAt, endedAt: moved(result.run.endedAt) });
  result.run.id = options.runId ?? `${startedAt.replace(/[-:]|\.\d+/g, '')}-000000`;
  for (const attempt of result.cases.flatMap(({ attempts }) => attempts))
    attempt.startedAt = moved(attempt.startedAt);
  const tester = { ...(options.tester ?? defaultTester) };
  const { evidence = JSON.stringify([result.run, result.device, tester]) } = options;
  const recordings = new Map(
    [...run.recordings].map(([path, recording]): [string, Recording] => [
      path,
      { ...later(recording, lagNs(evidence)), startNs: recording.startNs + BigInt(shiftMs) * 1_000_000n },
    ]),
  );
  const subject: Mutable<Subject> = { schemaVersion: 1, device: structuredClone(result.device), tester };
  return { result, subject, recordings };
}

let lags = 0;
/** Nanoseconds by which all but the first frame of a run come later than in any other: enough to tell captures apart. */
const lagNs = once((_evidence: string) => lags++);

const later = ({ frames, endNs, ...rest }: Recording, byNs: number): Recording => ({
  ...rest,
  endNs: endNs + byNs,
  frames: frames.map((frame, n) => (n === 0 ? frame : { ...frame, atNs: frame.atNs + byNs })),
});

/** Writes a bundle below a reports folder and resolves with its path. */
export async function makeBundle(reportsFolder: string, options: BundleOptions = {}): Promise<string> {
  const parts = await honestParts(options);
  options.edit?.(parts);
  const { result, subject, recordings } = parts;
  const files = new Map<string, Uint8Array>();
  for (const attempt of result.cases.flatMap(({ attempts }) => attempts)) {
    if (!attempt.evidence) continue;
    const { capture, events } = attempt.evidence;
    const recording = recordings.get(dirname(capture.path));
    if (!recording) continue;
    const encoded = encodeEvidence(recording);
    for (const [file, bytes] of [
      [capture, encoded.capture],
      [events, encoded.events],
    ] as const) {
      file.sha256 = sha256(bytes);
      files.set(file.path, bytes);
    }
  }
  files.set(bundleFiles.result, json(result));
  files.set(bundleFiles.subject, json(subject));
  options.editFiles?.(files);
  const manifest: Mutable<Manifest> = {
    schemaVersion: 1,
    createdAt: options.createdAt ?? result.run.endedAt,
    files: [...files].map(([path, bytes]) => ({ path, size: bytes.length, sha256: sha256(bytes) })),
  };
  options.editManifest?.(manifest);
  const path = options.path ?? bundlePath(subject, result);
  const folder = join(reportsFolder, path);
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  const text = json(manifest);
  await writeFile(join(folder, bundleFiles.manifest), text);
  const { key = keyOf(subject.tester.organisation) } = options;
  if (key) await writeFile(join(folder, bundleFiles.signature), key.sign(text));
  return path;
}

/** Signs a bundle's manifest.json as it lies there. */
export async function signAgain(folder: string, key: TestKey, namespace?: string): Promise<void> {
  const text = await readFile(join(folder, bundleFiles.manifest));
  await writeFile(join(folder, bundleFiles.signature), key.sign(text, namespace));
}

/** Withdraws a bundle, signed by the key. */
export async function withdrawBundle(
  folder: string,
  key: TestKey,
  over: Partial<Withdrawal> = {},
): Promise<void> {
  const manifest = await readFile(join(folder, bundleFiles.manifest));
  const withdrawal: Withdrawal = {
    schemaVersion: 1,
    manifestSha256: sha256(manifest),
    at: '2026-06-01T00:00:00.000Z',
    reason: 'The cable was broken.',
    ...over,
  };
  const text = json(withdrawal);
  await writeFile(join(folder, bundleFiles.withdrawal), text);
  await writeFile(join(folder, bundleFiles.withdrawalSignature), key.sign(text));
}
