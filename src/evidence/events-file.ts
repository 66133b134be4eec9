/**
 * events.json: everything of a recording but its frames, which are capture.pcapng. This file may come
 * from a stranger, so it is checked against its schema when it is read.
 */
import * as v from 'valibot';
import { claims, type Declared, type Recording } from './recording.js';

const text = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Nanoseconds since the recording's start; a stamp may lie a little before it. */
const atNs = v.pipe(v.number(), v.safeInteger());

const PortSchema = v.strictObject({
  name: text,
  nic: text,
  driver: v.picklist(['libpcap', 'cap', 'memory', 'remote']),
  abilities: v.strictObject({
    kernelTimestamps: v.boolean(),
    timestampErrorNs: v.pipe(v.number(), v.finite(), v.minValue(0)),
    dropCounter: v.boolean(),
  }),
  dropped: v.nullable(count),
  unrelated: count,
});

const EventSchema = v.variant('kind', [
  v.strictObject({ atNs, kind: v.literal('mark'), name: text, detail: v.exactOptional(text) }),
  v.strictObject({ atNs, kind: v.literal('sent'), port: text, label: text, seq: count }),
  v.strictObject({
    atNs,
    kind: v.literal('owner'),
    address: text,
    mac: v.nullable(text),
    port: v.nullable(text),
  }),
  v.strictObject({
    atNs,
    kind: v.literal('neighbour'),
    address: text,
    mac: v.nullable(text),
    state: v.nullable(text),
    source: v.picklist(['stream', 'poll']),
    clockErrorNs: v.pipe(v.number(), v.finite(), v.minValue(0)),
    previousNs: v.exactOptional(atNs),
  }),
  v.strictObject({ atNs, kind: v.literal('note'), text }),
]);

const StreamSchema = v.strictObject({
  label: text,
  port: text,
  framesSent: count,
  segments: v.array(
    v.strictObject({
      firstSeq: count,
      lastSeq: count,
      firstSentNs: atNs,
      lastSentNs: atNs,
      arrivedAt: v.array(text),
    }),
  ),
});

const ms = v.pipe(v.number(), v.finite(), v.minValue(0));

const DeclaredSchema = v.strictObject({
  ageingMs: v.exactOptional(ms),
  groupMembershipMs: v.exactOptional(ms),
  forwardDelayMs: v.exactOptional(ms),
  moveWindowMs: v.exactOptional(ms),
  neighbourMs: v.exactOptional(ms),
  mac: v.exactOptional(text),
  tableSize: v.exactOptional(count),
  vlans: v.exactOptional(v.strictObject({ native: count, tagged: v.array(count) })),
  tcpPort: v.exactOptional(count),
  udpEchoPort: v.exactOptional(count),
  flushPort: v.exactOptional(count),
  claims: v.exactOptional(v.pipe(v.array(v.picklist(claims)), v.readonly())),
});

export const EventsFileSchema = v.strictObject({
  schemaVersion: v.literal(1),
  caseId: text,
  /** Decimal, since it exceeds what a JSON number holds exactly. */
  startNs: v.pipe(text, v.regex(/^\d{1,19}$/)),
  endNs: count,
  plan: v.strictObject({
    params: v.unknown(),
    addresses: v.record(text, text),
    limits: v.strictObject({ relearnMs: ms }),
    // Evidence from before there was something to declare has none.
    declared: v.optional(DeclaredSchema, {}),
  }),
  ports: v.array(PortSchema),
  events: v.array(EventSchema),
  streams: v.array(StreamSchema),
});

export type EventsFile = v.InferOutput<typeof EventsFileSchema>;

/** A recording's events.json: one event, port or segment a line, keys in order, so that the same
 *  recording gives the same octets and two of them can be compared by eye. */
export function formatEvents(recording: Recording): string {
  const { caseId, startNs, endNs, plan, ports, events, streams } = recording;
  const file: EventsFile = {
    schemaVersion: 1,
    caseId,
    startNs: String(startNs),
    endNs,
    plan: {
      ...plan,
      addresses: { ...plan.addresses },
      limits: { ...plan.limits },
      declared: plainDeclared(plan.declared),
    },
    ports: [...ports],
    events: [...events],
    streams: streams.map((stream) => ({
      ...stream,
      segments: stream.segments.map((segment) => ({ ...segment, arrivedAt: [...segment.arrivedAt] })),
    })),
  };
  return `${format(file)}\n`;
}

function plainDeclared({ vlans, ...rest }: Declared): EventsFile['plan']['declared'] {
  return { ...rest, ...(vlans && { vlans: { native: vlans.native, tagged: [...vlans.tagged] } }) };
}

/** JSON with sorted keys. Each element of an array of objects stands on a line, and so does each
 *  property of what holds such an array. */
function format(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const isArray = Array.isArray(value);
  const items = isArray
    ? value.map(format)
    : Object.entries(value)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, item]) => `${JSON.stringify(key)}:${format(item)}`);
  const [open, close] = isArray ? '[]' : '{}';
  const isSpread = items.some((item) => item.includes('\n') || (isArray && item.startsWith('{')));
  return isSpread ? `${open}\n${items.join(',\n')}\n${close}` : `${open}${items.join(',')}${close}`;
}

/** Reads events.json. Throws an Error that names the place in the file. */
export function parseEvents(json: string): EventsFile {
  const parsed = v.safeParse(EventsFileSchema, JSON.parse(json));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
}
