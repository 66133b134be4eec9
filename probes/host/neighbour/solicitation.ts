/** Neighbour solicitations from V's owners for the host's own address (RFC 4861 §4.3). */
import {
  multicastMacOf,
  neighbourSolicitationFrame,
  solicitedNodeAddress,
} from '../../../src/frame/index.js';
import type { Context } from '../../../src/probe.js';
import type { Cast } from '../cast.js';

export interface Solicitation {
  readonly to: 'group' | 'unicast';
  /** Whether it carries the source link-layer address option. */
  readonly option: boolean;
}

/** The way of every host that wants to talk to another. */
export const ordinary: Solicitation = { to: 'group', option: true };

/** The station `mac`, which has V, asks for the host. */
export function solicit(
  context: Context,
  cast: Cast,
  { to, option }: Solicitation,
  mac = cast.new,
): Uint8Array {
  const group = solicitedNodeAddress(cast.host);
  return neighbourSolicitationFrame({
    destination: to === 'group' ? multicastMacOf(group) : context.host.mac,
    source: mac,
    ipSource: cast.service,
    ipDestination: to === 'group' ? group : cast.host,
    target: cast.host,
    options: option ? [{ type: 'source-link-layer', mac }] : [],
  });
}
