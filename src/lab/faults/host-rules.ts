/** What the faults of hosts are made with: the host's own settings, and nftables. */
import type { Lab } from '../build.js';
import { nft, sysctl } from '../command.js';
import { faultOf } from './fault.js';

export const hostFault = faultOf({ device: 'host' });

/** Sets variables of the host's kernel. */
export const settings =
  (variables: Readonly<Record<string, number>>) =>
  (lab: Lab): Promise<unknown> =>
    sysctl(lab.hostNamespace, variables);

/** nftables rules for what comes in from the tested network: the arp family sees ARP, ip6 sees NDP. */
export const incoming =
  (family: 'arp' | 'ip6', rules: readonly string[], sets: readonly string[] = []) =>
  (lab: Lab): Promise<unknown> =>
    nft(
      lab.hostNamespace,
      `table ${family} fault {
${sets.join('\n')}
chain input {
  type filter hook input priority 0
  ${rules.map((rule) => `iifname "eth0" ${rule}`).join('\n  ')}
}
}
`,
    );
