/** The client whose packets the router forwards: at its far side where the bench has one, else on the same segment. */
import { encodeTag, udpFrame } from '../../src/frame/index.js';
import type { Context, PortName } from '../../src/probe.js';
import type { Family } from '../host/cast.js';

export interface Client {
  readonly port: PortName;
  readonly mac: string;
  readonly ip: string;
  /** The router's link-layer address on the client's side. */
  readonly gateway: string;
}

export const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4');

/** The client of a case. On the segment it has an address of the case's own. */
export function clientOf(context: Context, family: Family): Client {
  const { far, mac: gateway } = context.host;
  if (far) {
    const ip = far[family];
    if (ip === undefined) throw new Error(`The router has no ${family} address at its far side.`);
    return { port: far.port, mac: context.portMac(far.port), ip, gateway: far.mac };
  }
  const port: PortName = context.has('world') ? 'world' : 'a';
  const mac = context.portMac(port);
  const ip = family === 'ipv4' ? context.ipv4('client') : context.ipv6('client');
  return { port, mac, ip, gateway };
}

/** From now on the client answers when the router asks for it. At the far side, where its address is not the case's own,
 *  it does so only for a case that claims it. */
export function enlist(context: Context, family: Family): void {
  const { ip, mac, port } = clientOf(context, family);
  if (!context.host.far) context.own(ip, mac, port);
}

/** A packet from the client to the service address, by way of the router. Its tag is what it is known by when it comes
 *  out: the hop limit, the addresses of its frame and the checksums are the router's to change. */
export function packetTo(context: Context, client: Client, service: string): Uint8Array {
  return udpFrame({
    destination: client.gateway,
    source: client.mac,
    ipSource: client.ip,
    ipDestination: service,
    payload: newTag(context),
  });
}

/** A tag that no other packet of the run carries. */
export const newTag = (context: Context): Uint8Array =>
  encodeTag({ token: context.random(2 ** 32), stream: 0, seq: 1 });
