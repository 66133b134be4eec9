/** Finds what may not be published: addresses of somebody's network or hardware, and what devices tell of themselves. */
import type { Result } from '../result.js';
import { addressesInText, mapTexts } from './address-texts.js';
import type { ReadEvidence } from './evidence.js';
import { placesOf } from './places.js';
import { isPublishable } from './publishable.js';
import { addressesOfFrame } from './rewrite.js';
import type { Subject } from './schema.js';

/** Addresses in the texts of result.json and subject.json, each once, sorted. */
export function unpublishableTexts(result: Result, subject: Subject): string[] {
  return offending([{ ...result, probes: [] }, subject], versionsOf(result, subject));
}

/** Addresses in a recording's frames, events and plan, and in what says who wrote it, each once, sorted; and a clause for frames
 *  that tell more of their sender than that. */
export function unpublishableEvidence(
  { recording, section }: ReadEvidence,
  result: Result,
  subject: Subject,
): string[] {
  const { plan, ports, events, frames, streams } = recording;
  const labels = [...new Set(frames.flatMap(({ label }) => label ?? []))];
  const texts = { plan, ports, events, streams, section, labels };
  const found = new Set(offending(texts, versionsOf(result, subject)));
  const seen = new Set<string>();
  for (const { bytes, label, number } of frames) {
    const isForeign = label === undefined;
    for (const address of addressesOfFrame(bytes, isForeign)) seen.add(address);
    const tells = (at: number, length: number) =>
      bytes.subarray(at, at + length).some((octet) => octet !== 0);
    if (
      isForeign &&
      placesOf(bytes, true).some(({ kind, at, length }) => kind === 'private' && tells(at, length))
    )
      found.add(`what frame ${number} tells of its sender`);
  }
  for (const address of seen) if (!isPublishable(address)) found.add(address);
  return [...found].sort();
}

/** Versions that look like an IPv4 address: of the device, and of the harness's own system. */
function versionsOf({ device, environment }: Result, subject: Subject): ReadonlySet<string> {
  const names = [device, subject.device].flatMap(({ vendor, model, hardware = '', firmware }) => [
    ...[vendor, model, hardware, firmware],
  ]);
  return new Set([...names, ...Object.values(environment)].flatMap(addressesInText));
}

function offending(value: unknown, known: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  mapTexts(value, (text) => {
    for (const address of addressesInText(text)) {
      if (!known.has(address) && !isPublishable(address)) found.add(address);
    }
    return text;
  });
  return [...found].sort();
}
