/** The VLANs of the lab's switches: every port is a trunk, with one VLAN untagged. */
import type { DeclaredVlans } from '../evidence/recording.js';
import { inNamespace } from './command.js';

export const labVlans: DeclaredVlans = { native: 1, tagged: [10, 20] };

/** Makes the Linux bridge's ports such trunks. Resolves with what it then carries: no VLANs where the kernel's bridge
 *  has no `vlan_filtering`, for it takes a tag for data. Such a kernel takes the setting without a word, and refuses
 *  the ports' VLANs. */
export async function addVlans(
  namespace: string,
  ports: readonly string[],
): Promise<DeclaredVlans | undefined> {
  const memberships = ports.flatMap((port) => labVlans.tagged.map((vid) => ({ port, vid: String(vid) })));
  try {
    await inNamespace(namespace, ['ip', 'link', 'set', 'br0', 'type', 'bridge', 'vlan_filtering', '1']);
    for (const { port, vid } of memberships)
      await inNamespace(namespace, ['bridge', 'vlan', 'add', 'dev', port, 'vid', vid]);
    return labVlans;
  } catch {
    return undefined;
  }
}
