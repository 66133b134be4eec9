/** A run of the lab, as if it had been made in somebody's network: with addresses that tell where and on what. */
import { readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addressesInText, mapTexts, replaceAddresses } from '../../src/bundle/address-texts.js';
import { addressesOfFrame, type Replacements, rewriterFor } from '../../src/bundle/rewrite.js';
import { readResult } from '../../src/engine/rejudge.js';
import { writeResult } from '../../src/engine/result-file.js';
import { readEvidence, writeEvidence } from '../../src/evidence/store.js';
import * as frame from '../../src/frame/index.js';
import type { DeviceKind, Result } from '../../src/result.js';
import { packageRoot } from '../../src/root.js';

export interface RealRun {
  readonly folder: string;
  readonly result: Result;
  /** From the lab's addresses to the ones that must not be published. */
  readonly real: Replacements;
}

/** The folder of a lab's run of such a device, as it was published. */
export async function labRun(kind: DeviceKind, vendor = 'Linux'): Promise<string> {
  const reports = join(packageRoot, 'reports');
  for (const entry of readdirSync(reports, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('/result.json')) continue;
    const folder = join(reports, dirname(entry));
    const { device } = await readResult(folder);
    if (device.kind === kind && device.vendor === vendor) return folder;
  }
  throw new Error(`There is no run of a ${kind} of ${vendor} below reports/.`);
}

/** A vendor's MAC addresses, networks of RFC 1918, and global IPv6 addresses, in captures and texts alike. */
export async function realRun(from: string, folder: string): Promise<RealRun> {
  const result = await readResult(from);
  const folders = result.cases
    .flatMap(({ attempts }) => attempts)
    .flatMap(({ evidence }) => (evidence ? [dirname(evidence.capture.path)] : []));
  const seen = new Set<string>();
  const look = (text: string) => {
    for (const address of addressesInText(text)) seen.add(address);
    return text;
  };
  mapTexts([result.preflight, result.cases], look);
  for (const path of folders) {
    const { frames, events, plan } = await readEvidence(join(from, path));
    mapTexts([events, plan], look);
    for (const { bytes, label } of frames) {
      for (const address of addressesOfFrame(bytes, label === undefined)) seen.add(address);
    }
  }
  const real = new Map(
    [...seen].map((address) => [address, realOf(address)] as const).filter(([a, b]) => a !== b),
  );
  const change = (text: string) => replaceAddresses(text, (address) => real.get(address));
  const rewrite = rewriterFor(real);
  const stored = new Map<string, Awaited<ReturnType<typeof writeEvidence>>>();
  for (const path of folders) {
    const { frames, events, plan, ...rest } = await readEvidence(join(from, path));
    const recording = {
      ...rest,
      events: mapTexts(events, change),
      plan: mapTexts(plan, change),
      frames: frames.map((one) => ({ ...one, bytes: Uint8Array.from(rewrite(one.bytes, false)) })),
    };
    await mkdir(join(folder, path), { recursive: true });
    stored.set(path, await writeEvidence(recording, join(folder, path)));
  }
  const made: Result = {
    ...result,
    bench: { ...result.bench, name: 'rack 7' },
    preflight: [
      ...mapTexts(result.preflight, change),
      { id: 'login', ok: true, text: 'alice@sw1.acme.internal shows its cache; sw1.acme.internal is fast.' },
    ],
    cases: mapTexts(result.cases, change).map((one) => ({
      ...one,
      attempts: one.attempts.map((attempt) => {
        const path = attempt.evidence && dirname(attempt.evidence.capture.path);
        const files = path === null ? undefined : stored.get(path);
        if (path === null || !files) return attempt;
        const at = (file: { path: string; sha256: string }) => ({ ...file, path: `${path}/${file.path}` });
        return { ...attempt, evidence: { capture: at(files.capture), events: at(files.events) } };
      }),
    })),
  };
  await writeResult(folder, made);
  return { folder, result: made, real };
}

const vendorPrefix = [0x3c, 0xfd, 0xfe] as const;
const realNetworks: Readonly<Record<string, string>> = {
  '192.0.2': '10.1.2',
  '198.51.100': '10.9.8',
  '203.0.113': '172.16.5',
};

/** The last three octets stay, so that groups that are made of them do too. */
function realOf(address: string): string {
  if (frame.isMac(address)) {
    const octets = frame.macToBytes(address);
    const isStation = (octets[0] ?? 0) & 2 && !frame.isGroupMac(address) && !address.startsWith('02:00:5e');
    if (isStation) octets.set(vendorPrefix);
    return frame.bytesToMac(octets);
  }
  if (frame.isIpv4(address)) {
    const [network = '', host = ''] = [address.replace(/\.\d+$/, ''), address.replace(/^.*\./, '')];
    return realNetworks[network] === undefined ? address : `${realNetworks[network]}.${host}`;
  }
  const octets = frame.ipv6ToBytes(address);
  if (octets[0] === 0xff) return address;
  if (octets[11] === 0xff && octets[12] === 0xfe && ((octets[8] ?? 0) & 2) === 0) {
    octets.set([vendorPrefix[0] ^ 2, vendorPrefix[1], vendorPrefix[2]], 8);
  }
  if (address.startsWith('2001:db8:')) octets.set([0x2a, 0x01, 0x04, 0xf8]);
  return frame.bytesToIpv6(octets);
}

/** Octets of a stored file, unpacked. */
export const octetsOf = async (file: string): Promise<Buffer> => {
  const { gunzipSync } = await import('node:zlib');
  const bytes = await readFile(file);
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
};

/** Writes a changed result.json over a run's. */
export const overwrite = (folder: string, result: unknown): Promise<void> =>
  writeFile(join(folder, 'result.json'), JSON.stringify(result));
