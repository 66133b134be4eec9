/** Writes a first bench file from the NICs that this machine has. */
import { hostname } from 'node:os';
import { portNames } from './bench.js';
import {
  defaultRouteNics,
  hasLink,
  isEthernet,
  isUp,
  type Link,
  readLinks,
  reasonsAgainst,
} from './links.js';

const rank = (link: Link) => (hasLink(link) ? 0 : isUp(link) ? 2 : 1);

function linkText(link: Link): string {
  if (hasLink(link)) return 'has link';
  return isUp(link) ? 'has no link' : 'is down';
}

/**
 * The text of a bench file for this machine, to be completed by hand: free NICs as its ports, those with
 * link first, and why the others were left out. Rejects with a BenchError when `ip` can't be asked.
 */
export async function initBench(): Promise<string> {
  const [links, defaultRoutes] = await Promise.all([readLinks(), defaultRouteNics()]);
  const nics = links
    .filter(isEthernet)
    .map((link) => ({ link, reasons: reasonsAgainst(link, links, defaultRoutes) }));
  const free = nics
    .filter(({ reasons }) => reasons.length === 0)
    .map(({ link }) => link)
    .sort((one, other) => rank(one) - rank(other) || one.ifindex - other.ifindex);
  const roles = [
    'first test NIC',
    'second test NIC: addresses move between a and b',
    'a third NIC sends to the moving addresses',
    'a fourth only listens, and so sees flooding',
  ];
  const ports = portNames.map((name, index) => {
    const link = free[index];
    const needed = name === 'a' || name === 'b';
    const line = `${name}: ${link?.ifname ?? `NIC-${name}`}`;
    return `  ${link || needed ? '' : '# '}${line}   # ${roles[index]}${link ? `; ${linkText(link)}` : ''}`;
  });
  const others = [
    ...free.slice(portNames.length).map((link) => `#   ${link.ifname} is free, and ${linkText(link)}`),
    ...nics
      .filter(({ reasons }) => reasons.length > 0)
      .map(({ link, reasons }) => `#   ${link.ifname} ${reasons.join(', ')}`),
  ];
  return `# A bench for takeover: what is cabled to what, and which devices are tested.
# Check it with \`takeover doctor\`, run it with \`takeover run\`.
bench: ${JSON.stringify(hostname().slice(0, 100) || 'bench')}

# NICs of this machine, each cabled to the device under test.
ports:
${ports.join('\n')}
${others.length > 0 ? `# Other NICs here:\n${others.join('\n')}\n` : ''}
# Addresses that the tests take over. These are set aside for documentation; nobody else uses them.
addresses: {ipv4: 192.0.2.0/24, ipv6: "2001:db8::/64"}

# How long a switch may take to send frames to a moved address's new port.
limits: {relearnMs: 1000}

devices:
  # kind is switch, host, router or nic. Conditions are the settings that matter: port security,
  # spanning tree, ARP inspection, limits on moves of MAC addresses.
  - kind: switch
    vendor: VENDOR
    model: MODEL
    firmware: VERSION
    conditions: {spanning-tree: off}
    # Its timers, as it is configured: cases that wait for them (\`--slow\`) are not run without.
    # timers: {ageingS: 300, groupMembershipS: 260, forwardDelayS: 15}
  # A NIC under test is that of one of the ports above; it is observed from another, through a switch or directly.
  # - {kind: nic, vendor: VENDOR, model: MODEL, firmware: VERSION, port: a}
  # A host or router has addresses on the network under test. Over SSH its neighbour cache is read, too.
  # - kind: host
  #   vendor: Debian
  #   model: Linux
  #   firmware: 6.1.0-18
  #   ipv4: 192.0.2.50
  #   ipv6: "2001:db8::50"
  #   interface: eth0
  #   ssh: {host: 10.0.0.5, port: 22, user: lab, identity: ~/.ssh/lab, knownHosts: ~/.ssh/known_hosts}
`;
}
