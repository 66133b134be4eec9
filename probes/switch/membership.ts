/** Joining groups, as hosts do. */
import {
  encodeIgmpGroup,
  encodeIgmpV3Report,
  groupRecordTypes,
  igmpFrame,
  igmpTypes,
  igmpV3Routers,
  macToBytes,
  mldV2ReportFrame,
  mldV2Routers,
  multicastMacOf,
} from '../../src/frame/index.js';

export type IgmpVersion = 2 | 3;

interface Member {
  readonly mac: string;
  readonly ip: string;
}

/** The report by which a host joins an IPv4 group: to the group itself in version 2, to the routers in version 3. */
export function igmpReport(version: IgmpVersion, { mac, ip }: Member, group: string): Uint8Array {
  const to = version === 2 ? group : igmpV3Routers;
  const joined = { type: groupRecordTypes.toExclude, group, sources: [] };
  const message =
    version === 2
      ? encodeIgmpGroup({ type: igmpTypes.reportV2, group })
      : encodeIgmpV3Report({ records: [joined] });
  return igmpFrame({
    destination: multicastMacOf(to),
    source: mac,
    ipSource: ip,
    ipDestination: to,
    ...message,
  });
}

/** The report by which a host joins an IPv6 group. */
export function mldReport(mac: string, group: string): Uint8Array {
  return mldV2ReportFrame({
    destination: multicastMacOf(mldV2Routers),
    source: mac,
    ipSource: linkLocalOf(mac),
    ipDestination: mldV2Routers,
    records: [{ type: groupRecordTypes.toExclude, group, sources: [] }],
  });
}

/** The link-local address that goes with a station address: RFC 4291, appendix A. */
function linkLocalOf(mac: string): string {
  const hex = [...macToBytes(mac)].map((octet) => octet.toString(16).padStart(2, '0'));
  const [first = '', ...rest] = hex;
  const flipped = (Number.parseInt(first, 16) ^ 2).toString(16).padStart(2, '0');
  const [b, c, d, e, f] = rest;
  return `fe80::${flipped}${b}:${c}ff:fe${d}:${e}${f}`;
}
