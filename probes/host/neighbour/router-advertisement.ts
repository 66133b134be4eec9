/** V as a router: its link-local address, and what it advertises (RFC 4861 §4.2). */
import { type NdpOption, routerAdvertisementFrame } from '../../../src/frame/index.js';
import type { Context } from '../../../src/probe.js';
import { linkLocalOf } from '../../../src/profiles/frames.js';
import { type Cast, castOf, roles } from '../cast.js';

/** The cast of a takeover whose V is a router's link-local address: nothing else may send router advertisements
 *  (§6.1.2). */
export function routerCast(context: Context): Cast {
  // The first to name the role decides where its address comes from.
  context.claim(roles.service, linkLocalOf(context.mac(roles.old)));
  return castOf(context, 'ipv6');
}

export interface Advertised {
  /** How long V is a default router; 0: it is none. */
  readonly lifetimeS: number;
  /** Whether it carries the source link-layer address option. */
  readonly option: boolean;
  /** A prefix of 64 bits in which the host may give itself an address, for so long (RFC 4862 §5.5.3). */
  readonly prefix?: { readonly prefix: string; readonly validS: number };
}

/**
 * V's router advertisement by the station `mac`, to the host alone: nobody else on the link is to take V for a router.
 * It says nothing of hop limit and timers, so that the host keeps its own (§6.3.4), and asks for a low preference
 * (RFC 4191), so that a host which has a router keeps to it.
 */
export function advertiseRouter(
  context: Context,
  cast: Cast,
  { lifetimeS, option, prefix }: Advertised,
  mac: string,
): Uint8Array {
  const options: NdpOption[] = option ? [{ type: 'source-link-layer', mac }] : [];
  if (prefix) {
    const { validS } = prefix;
    const lives = { onLink: false, autonomous: true, validS, preferredS: validS };
    options.push({ type: 'prefix', prefix: prefix.prefix, prefixLength: 64, ...lives });
  }
  return routerAdvertisementFrame({
    destination: context.host.mac,
    source: mac,
    ipSource: cast.service,
    ipDestination: cast.host,
    hopLimit: 0,
    managed: false,
    other: false,
    // Without a lifetime there is nothing to prefer (RFC 4191 §2.2).
    ...(lifetimeS > 0 && { preference: 'low' }),
    lifetimeS,
    reachableMs: 0,
    retransMs: 0,
    options,
  });
}
