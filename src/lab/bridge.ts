/** The Linux bridge as the switch under test. */
import { inNamespace, ipBatch, nft } from './command.js';

/** Puts the ports into `br0`, forwarding at once: no spanning tree, no forward delay. Multicast snooping as it comes. */
export async function buildBridge(namespace: string, ports: readonly string[]): Promise<void> {
  await ipBatch(
    [
      'link add br0 type bridge stp_state 0 forward_delay 0',
      ...ports.map((port) => `link set ${port} master br0 up`),
      'link set br0 up',
    ],
    namespace,
  );
}

/** Changes port settings, like `learning off`. */
export const setPort = (namespace: string, port: string, ...settings: readonly string[]): Promise<unknown> =>
  inNamespace(namespace, ['bridge', 'link', 'set', 'dev', port, ...settings]);

/** Changes bridge settings, like `ageing_time 0`. */
export const setBridge = (namespace: string, ...settings: readonly string[]): Promise<unknown> =>
  inNamespace(namespace, ['ip', 'link', 'set', 'br0', 'type', 'bridge', ...settings]);

export interface IngressRules {
  /** Named sets and maps that every port's rules may use. */
  readonly sets?: readonly string[];
  /** Rules for frames that come in at a port, by its name in the switch's namespace. */
  readonly ports: Readonly<Record<string, readonly string[]>>;
}

/** Installs nftables rules ahead of the bridge: the netdev family sees each frame before it is learned or forwarded. */
export function ingress(namespace: string, { sets = [], ports }: IngressRules): Promise<unknown> {
  const chains = Object.entries(ports).map(
    ([port, rules]) => `chain ${port} {
      type filter hook ingress device "${port}" priority 0
      ${rules.join('\n      ')}
    }`,
  );
  return nft(namespace, `table netdev fault {\n${[...sets, ...chains].join('\n')}\n}\n`);
}
