/**
 * The undo journal on disk: a header, then a line an entry, then a line for each entry that was undone. What
 * is read back is checked, so that it names NICs, hosts and addresses, and nothing that a command could misread.
 */
import { fstatSync, fsyncSync, ftruncateSync, readFileSync, writeSync } from 'node:fs';
import * as v from 'valibot';
import { permanentTools } from '../host/permanent.js';
import { interfaceName, type SshAccess } from './bench.js';
import { netNamespace, pidNamespace } from './namespaces.js';
import { type NicChange, NicChangeSchema } from './undo.js';

const SshSchema: v.GenericSchema<SshAccess> = v.object({
  host: v.string(),
  port: v.number(),
  user: v.string(),
  identity: v.exactOptional(v.string()),
  knownHosts: v.string(),
  jump: v.exactOptional(v.lazy(() => SshSchema)),
});

/** An entry that this run leaves in a remote host's neighbour cache, or that it may have to remove. */
const NeighbourChangeSchema = v.object({
  kind: v.literal('neighbour'),
  ssh: SshSchema,
  address: v.pipe(v.string(), v.ip()),
  interface: v.exactOptional(v.pipe(v.string(), v.regex(interfaceName))),
  /** What made it; absent: `ip`. */
  tool: v.exactOptional(v.picklist(permanentTools)),
});

export type NeighbourChange = v.InferOutput<typeof NeighbourChangeSchema>;
export type Change = NicChange | NeighbourChange;

const HeaderSchema = v.object({
  version: v.literal(1),
  run: v.string(),
  pid: v.number(),
  bootId: v.string(),
  netNamespace: v.number(),
  pidNamespace: v.number(),
});

const LineSchema = v.union([
  v.object({
    id: v.number(),
    /** Of the NIC, when it is changed: tells it from a later one of the same name. */
    ifindex: v.nullable(v.number()),
    change: v.variant('kind', [...NicChangeSchema.options, NeighbourChangeSchema]),
  }),
  v.object({ undone: v.number() }),
]);

export type Header = v.InferOutput<typeof HeaderSchema>;
export type Entry = Extract<v.InferOutput<typeof LineSchema>, { change: unknown }>;

/** Changes with every start of the machine. */
export const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** The header of a journal that this process keeps for `run`. */
export function newHeader(run: string): Header {
  return {
    version: 1,
    run,
    pid: process.pid,
    bootId: bootId(),
    netNamespace: netNamespace(),
    pidNamespace: pidNamespace(),
  };
}

/** Appends a line, on disk when it returns; leaves no half line where the disk is full. */
export function append(descriptor: number, line: object): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  const { size } = fstatSync(descriptor);
  try {
    if (writeSync(descriptor, bytes) < bytes.length) throw new Error('no space left');
    fsyncSync(descriptor);
  } catch (error) {
    ftruncateSync(descriptor, size);
    throw error;
  }
}

/** Ticks an entry off. Undoing is idempotent: when this can't be written, at worst it's done again. */
export function tickOff(descriptor: number, entry: Entry): void {
  try {
    append(descriptor, { undone: entry.id });
  } catch {
    // Nothing is lost.
  }
}

/** Reads a journal. A line that a dying run left unfinished stands for a change that was never made. */
export function parseJournal(text: string): { header: Header; open: Entry[] } | undefined {
  const lines = text.split('\n').slice(0, -1);
  try {
    const header = v.parse(HeaderSchema, JSON.parse(lines.shift() ?? ''));
    const open = new Map<number, Entry>();
    for (const line of lines) {
      const parsed = v.parse(LineSchema, JSON.parse(line));
      if ('undone' in parsed) open.delete(parsed.undone);
      else open.set(parsed.id, parsed);
    }
    return { header, open: [...open.values()] };
  } catch {
    return undefined;
  }
}

/** Cuts off what a dying run left of a last line, before more is appended. */
export function cutTornLine(descriptor: number, text: string): void {
  ftruncateSync(descriptor, Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)));
}

const nouns = {
  link: 'link state',
  mtu: 'MTU',
  mac: 'MAC address',
  offload: 'offloads',
  ipv6: 'IPv6 setting',
  promiscuity: 'promiscuous mode',
  address: 'test address',
  macvlan: 'macvlan',
} as const;

/** `MTU of enp3s0f0`. */
export function describe(change: Change): string {
  if (change.kind !== 'neighbour') return `${nouns[change.kind]} of ${change.nic}`;
  return `neighbour entry ${change.address} of ${change.ssh.host}`;
}
