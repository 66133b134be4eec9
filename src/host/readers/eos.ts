/** Arista EOS: `show ip arp | json` and `show ipv6 neighbors | json`. */
import { entriesOf, jsonIn, type Parser, type Row, valuesUnder } from '../neighbour-entry.js';

/** Reads both, of one VRF or, under `vrfs`, of several. */
export const parseEos: Parser = (text, nic) => {
  if (text.trim() === '') return [];
  const json = jsonIn(text);
  const neighbours = ['ipV4Neighbors', 'ipV6Neighbors'].flatMap((key) => valuesUnder(json, key).flat());
  const rows = neighbours.flatMap((neighbour: unknown): Row[] => {
    const { address, hwAddress, interface: shown, state } = (neighbour ?? {}) as Record<string, unknown>;
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return [
      { address: text(address) ?? '', mac: text(hwAddress), interface: text(shown), state: text(state) },
    ];
  });
  return entriesOf(rows, nic);
};
