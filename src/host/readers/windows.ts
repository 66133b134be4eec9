/** Windows: PowerShell's Get-NetNeighbor as JSON, and where that is missing `arp -a` and `netsh`. */
import {
  entriesOf,
  jsonIn,
  NeighbourFormatError,
  type Parser,
  type Row,
  rowsOf,
} from '../neighbour-entry.js';

/** MSFT_NetNeighbor's State: a number in any language. */
const states = ['UNREACHABLE', 'INCOMPLETE', 'PROBE', 'DELAY', 'STALE', 'REACHABLE', 'PERMANENT'] as const;

/** Reads `Get-NetNeighbor | ConvertTo-Json`: a list, or a lone object for one entry. */
export const parseGetNetNeighbor: Parser = (text, nic) => {
  if (text.trim() === '') return [];
  const json = jsonIn(text);
  if (typeof json !== 'object' || json === null)
    throw new NeighbourFormatError('Get-NetNeighbor did not print its objects.');
  const rows = (Array.isArray(json) ? json : [json]).flatMap((row: unknown): Row[] => {
    const { IPAddress, LinkLayerAddress, State, InterfaceAlias, InterfaceIndex } = (row ?? {}) as Record<
      string,
      unknown
    >;
    if (typeof IPAddress !== 'string') return [];
    const named = typeof InterfaceAlias === 'string' && nic !== String(InterfaceIndex);
    return [
      {
        address: IPAddress,
        mac: typeof LinkLayerAddress === 'string' ? LinkLayerAddress : undefined,
        state: typeof State === 'number' ? states[State] : typeof State === 'string' ? State : undefined,
        interface: named ? InterfaceAlias : undefined,
      },
    ];
  });
  return entriesOf(rows, nic);
};

/**
 * Reads `arp -a` and `netsh interface ipv6 show neighbors`: an address, a link-layer address, and a word in the language
 * of the system. Their sections name interfaces by number and address: entries of every interface are read.
 */
export const parseWindowsTable: Parser = (text) =>
  entriesOf(
    rowsOf(
      text,
      ([address = '', mac, ...type]) => ({ address, mac, state: wordOf(mac, type[0]) }),
      /^No ARP Entries Found|^Interface/,
    ),
    undefined,
  );

/** The state where its word is English; otherwise an entry with an address counts as complete. */
function wordOf(mac: string | undefined, type: string | undefined): string | undefined {
  if (mac === undefined || /^[a-z]+$/i.test(mac)) return 'INCOMPLETE';
  if (/^(static|permanent)$/i.test(type ?? '')) return 'PERMANENT';
  return /^(reachable|stale|delay|probe|incomplete|unreachable)$/i.test(type ?? '') ? type : undefined;
}
