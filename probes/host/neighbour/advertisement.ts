/** The forms in which a new owner can announce an IPv6 service address by neighbour advertisement (RFC 4861 §4.4). */
import { multicastMacOf, type NdpOption, neighbourAdvertisementFrame } from '../../../src/frame/index.js';
import type { Context } from '../../../src/probe.js';
import type { Cast } from '../cast.js';

export const allNodes = 'ff02::1';
const allRouters = 'ff02::2';

/** A group address set apart for documentation (RFC 7042 §2.1.1): no station's own. */
export const groupMac = '01:00:5e:90:10:01';

export interface Advertisement {
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  /** What the target link-layer address option names: its sender, or a group; or there is none. */
  readonly option: 'own' | 'group' | 'none';
  readonly to: 'all-nodes' | 'all-routers' | 'unicast';
}

/** As failover software sends it after a takeover: keepalived, FRR, arpsend (RFC 4861 §7.2.6). */
export const plain: Advertisement = {
  router: false,
  solicited: false,
  override: true,
  option: 'own',
  to: 'all-nodes',
};

/**
 * The advertisement of V by the station `mac`.
 * @param source the frame's Ethernet source, where it is not the station's
 */
export function advertise(
  context: Context,
  cast: Cast,
  form: Advertisement,
  mac = cast.new,
  source = mac,
): Uint8Array {
  const { router, solicited, override } = form;
  const group = { 'all-nodes': allNodes, 'all-routers': allRouters, unicast: undefined }[form.to];
  return neighbourAdvertisementFrame({
    destination: group === undefined ? context.host.mac : multicastMacOf(group),
    source,
    ipSource: cast.service,
    ipDestination: group ?? cast.host,
    router,
    solicited,
    override,
    target: cast.service,
    options: optionsOf(form, mac),
  });
}

export function optionsOf({ option }: Pick<Advertisement, 'option'>, own: string): NdpOption[] {
  return option === 'none' ? [] : [{ type: 'target-link-layer', mac: option === 'own' ? own : groupMac }];
}

/** `an advertisement with O = 1`, and in what else it differs from the usual: S = 0, R = 0, to ff02::1, with the option. */
export function nameOf({ router, solicited, override, option, to }: Advertisement): string {
  const differences = [
    solicited && 'S = 1',
    router && 'R = 1',
    to === 'all-routers' && `to ${allRouters}`,
    to === 'unicast' && 'to the host alone',
    option === 'group' && 'its option naming a group',
    option === 'none' && 'without the option',
  ];
  return [`an advertisement with O = ${override ? 1 : 0}`, ...differences].filter(Boolean).join(', ');
}
