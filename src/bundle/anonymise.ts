/**
 * Takes what says something of the tester's network, hardware and people out of a run: addresses in captures and texts are
 * replaced by harmless ones, everywhere by the same; logins and host names by the device's name. What a judge reads stays
 * related as it was.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type EventsFile, formatEvents } from '../evidence/events-file.js';
import type { PcapngFile } from '../evidence/pcapng.js';
import { writePcapng } from '../evidence/pcapng-write.js';
import { folded } from '../evidence/store.js';
import type { CaseResult, Result } from '../result.js';
import { addressesInText, hostsInText, mapTexts, replaceAddresses, withoutNames } from './address-texts.js';
import { addressesOfFrame, type Replacements, type Rewriter, rewriterFor } from './rewrite.js';
import { type EvidenceFiles, evidenceOf, readRunEvidence } from './run-evidence.js';
import { replacementsFor } from './substitution.js';

export interface Anonymised {
  readonly result: Result;
  readonly replaced: Replacements;
  /** Texts that named a login, a host or a user, before and after. */
  readonly renamed: ReadonlyMap<string, string>;
}

export interface AnonymiseOptions {
  /** The run's folder of one device. */
  readonly folder: string;
  readonly result: Result;
  /** Takes the place of logins and host names. */
  readonly deviceName: string;
  /** Where `evidence/` is written. */
  readonly out: string;
  readonly signal: AbortSignal;
}

/** Writes a run's evidence below `out`, and gives the result that names it. Rejects with a SubmitError or
 *  SubstitutionError. */
export async function anonymise(options: AnonymiseOptions): Promise<Anonymised> {
  const { folder, result, out, signal } = options;
  const all = evidenceOf(result);
  const known = notAddresses(result);
  const seen = new Set<string>();
  const hosts = new Set<string>();
  const look = (text: string): string => {
    for (const address of addressesInText(text)) if (!known.has(address)) seen.add(address);
    for (const host of hostsInText(text)) if (isTelling(host)) hosts.add(host);
    return text;
  };
  mapTexts(textsOf(result), look);
  for (const files of all) {
    signal.throwIfAborted();
    const { capture, events } = await readRunEvidence(folder, files);
    mapTexts(events, look);
    mapTexts([capture.section, capture.interfaces], look);
    for (const { bytes, comments } of capture.packets) {
      for (const address of addressesOfFrame(bytes, comments.length === 0)) seen.add(address);
    }
  }

  const replaced = replacementsFor(seen);
  const renamed = new Map<string, string>();
  const change = (text: string): string => {
    const anonymous = withoutNames(text, options.deviceName, hosts);
    const changed = replaceAddresses(anonymous, (address) =>
      known.has(address) ? undefined : replaced.get(address),
    );
    if (anonymous !== text) renamed.set(text, changed);
    return changed;
  };
  const rewrite = rewriterFor(replaced);
  const written = new Map<EvidenceFiles, EvidenceFiles>();
  for (const files of all) {
    signal.throwIfAborted();
    const { capture, events } = await readRunEvidence(folder, files);
    written.set(files, {
      capture: await store(out, files.capture.path, writePcapng(rewriteCapture(capture, rewrite, change))),
      events: await store(out, files.events.path, Buffer.from(rewriteEvents(events, change))),
    });
  }
  const texts = mapTexts(textsOf(result), change);
  const cases = texts.cases.map((changed, index): CaseResult => {
    const { id, probe, attempts } = result.cases[index] ?? changed;
    const evidence = attempts.map((attempt) => (attempt.evidence && written.get(attempt.evidence)) ?? null);
    const withEvidence = changed.attempts.map((attempt, at) => ({
      ...attempt,
      evidence: evidence[at] ?? null,
    }));
    return { ...changed, id, probe, attempts: withEvidence };
  });
  return { result: { ...result, ...texts, cases }, replaced, renamed };
}

/** A plain word could mean anything else where it stands alone; an address is replaced as one. */
const isTelling = (host: string) => /[.\d]/.test(host) && addressesInText(host).length === 0;

/** The parts of a result that hold free text; the others are names and numbers of the suite's own. */
function textsOf({ environment, bench, preflight, cases, diagnoses, deselected }: Result) {
  return { environment, bench, preflight, cases, deselected, ...(diagnoses && { diagnoses }) };
}

/** Versions that look like an IPv4 address: of the device, and of the harness's own system. */
function notAddresses({ device, environment }: Result): ReadonlySet<string> {
  const { vendor, model, hardware = '', firmware } = device;
  return new Set([vendor, model, hardware, firmware, ...Object.values(environment)].flatMap(addressesInText));
}

function rewriteCapture(
  capture: PcapngFile,
  rewrite: Rewriter,
  change: (text: string) => string,
): PcapngFile {
  return {
    ...capture,
    section: mapTexts(capture.section, change),
    interfaces: mapTexts(capture.interfaces, change),
    packets: capture.packets.map((packet) => ({
      ...packet,
      bytes: rewrite(packet.bytes, packet.comments.length === 0),
    })),
  };
}

function rewriteEvents(file: EventsFile, change: (text: string) => string): string {
  const { schemaVersion: _, startNs, caseId, ...rest } = file;
  return formatEvents({ ...mapTexts(rest, change), caseId, startNs: BigInt(startNs), frames: [] });
}

async function store(out: string, path: string, bytes: Uint8Array): Promise<EvidenceFiles['capture']> {
  const stored = folded(bytes);
  const to = `${path.replace(/\.gz$/, '')}${stored === bytes ? '' : '.gz'}`;
  const file = join(out, to);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, stored, { flag: 'wx' });
  return { path: to, sha256: createHash('sha256').update(stored).digest('hex') };
}
