/** In which entries two lists differ: for whoever has to find out why. */
import { canonical } from './canonical.js';
import type { HardwareList } from './schema.js';

const most = 20;

/** A line for each entry that differs, and one for the rest of the list. */
export function differences(before: string, now: string): string[] {
  const [old, fresh] = [read(before), read(now)];
  if (!old || !fresh) return ['it is no hardware list of this version.'];
  const was = new Map(old.entries.map((entry) => [entry.id, entry]));
  const is = new Map(fresh.entries.map((entry) => [entry.id, entry]));
  const lines = [
    ...[...is].flatMap(([id, entry]) => {
      const other = was.get(id);
      if (!other) return [`${id} is missing`];
      if (canonical(other) === canonical(entry)) return [];
      const keys = Object.keys(entry) as (keyof typeof entry)[];
      return [`${id}: ${keys.filter((key) => canonical(other[key]) !== canonical(entry[key])).join(', ')}`];
    }),
    ...[...was.keys()].filter((id) => !is.has(id)).map((id) => `${id} has no bundles`),
  ];
  if (lines.length > most) lines.splice(most, lines.length, `and ${lines.length - most} more entries`);
  const head = ({ entries: _, ...rest }: HardwareList) => canonical(rest);
  if (head(old) !== head(fresh)) lines.push('the suite or its cases');
  return lines.length > 0 ? lines : ['its form only: it was edited by hand'];
}

function read(text: string): HardwareList | undefined {
  try {
    const list = JSON.parse(text) as HardwareList;
    return Array.isArray(list.entries) ? list : undefined;
  } catch {
    return undefined;
  }
}
