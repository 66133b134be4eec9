/** Junos: `show arp no-resolve | display json` and `show ipv6 neighbors | display json`. */
import { entriesOf, jsonIn, type Parser, type Row, valuesUnder } from '../neighbour-entry.js';

/** Reads both: each leaf is `[{"data": "…"}]`, or plain text in Junos's compact JSON. */
export const parseJunos: Parser = (text, nic) => {
  if (text.trim() === '') return [];
  const json = jsonIn(text);
  const entries = (key: string) => valuesUnder(json, key).flat() as readonly unknown[];
  const rows = [
    ...entries('arp-table-entry').map(
      (entry): Row => ({
        address: leaf(entry, 'ip-address') ?? '',
        mac: leaf(entry, 'mac-address'),
        interface: leaf(entry, 'interface-name'),
        state: JSON.stringify(field(entry, 'arp-table-entry-flags') ?? '').includes('"permanent')
          ? 'PERMANENT'
          : undefined,
      }),
    ),
    ...entries('ipv6-nd-entry').map(
      (entry): Row => ({
        address: leaf(entry, 'ipv6-nd-neighbor-address') ?? '',
        mac: leaf(entry, 'ipv6-nd-neighbor-l2-address'),
        interface: leaf(entry, 'ipv6-nd-interface-name'),
        state: leaf(entry, 'ipv6-nd-state'),
      }),
    ),
  ];
  return entriesOf(rows, nic);
};

function field(entry: unknown, key: string): unknown {
  return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>)[key] : undefined;
}

function leaf(entry: unknown, key: string): string | undefined {
  const value = field(entry, key);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const data = field(first, 'data') ?? first;
  return typeof data === 'string' ? data.trim() : undefined;
}
