/** What a bench can't do for a device, told from the bench file alone. */
import { type Bench, type BenchDevice, isNode, nicPorts } from '../bench/bench.js';
import type { Need } from '../probe.js';

/** What the bench lacks for a need. Told from the bench file alone, never from a failure. */
export function unmet(need: Need, bench: Bench, device: BenchDevice): string | undefined {
  switch (need) {
    case 'ipv4':
    case 'ipv6':
      return device[need] === undefined ? `The bench file gives the device no ${need} address.` : undefined;
    case 'ssh':
    case 'permanent-entry':
      return device.ssh === undefined ? 'The bench file gives no SSH access to the device.' : undefined;
    case 'link':
      return unmetLink(bench);
    case 'nic':
      return unmetNic(bench, device);
    case 'vlans':
      return device.declared.vlans
        ? undefined
        : 'The bench file declares no VLANs of the device; add `vlans: {native: 1, tagged: [10, 20]}`.';
    case 'ageing':
      return undeclared(device.declared.ageingMs, 'ageingS: 300');
    case 'group-membership':
      return undeclared(device.declared.groupMembershipMs, 'groupMembershipS: 260');
    case 'forward-delay':
      return undeclared(device.declared.forwardDelayMs, 'forwardDelayS: 15');
    case 'device-mac':
      return device.declared.mac
        ? undefined
        : 'The bench file does not give the device’s own address; add `mac:` to the device.';
    case 'tcp-port':
      return unserved(device.declared.tcpPort, 'tcp: 22', 'open TCP port');
    case 'udp-echo':
      return unserved(device.declared.udpEchoPort, 'udpEcho: 7', 'UDP echo service');
    case 'flush-port':
      return unserved(device.declared.flushPort, 'flush: 2345', 'TCP port that flushes its cache');
    case 'rfc5227':
      return device.declared.claims?.includes('rfc5227')
        ? undefined
        : 'The device does not claim to follow RFC 5227; where it does, add `claims: [rfc5227]` to it.';
    default:
      return bench.ports[need] === undefined ? `The bench has no port '${need}'.` : undefined;
  }
}

/** The links of A and B are taken down, and an IPv6 address goes with the link of its NIC. */
function unmetLink({ ports, allowNics }: Bench): string | undefined {
  for (const name of ['a', 'b'] as const) {
    const port = ports[name];
    if (!port) return `The bench has no port ${name}.`;
    if ('ssh' in port)
      return `Port ${name} is a NIC of another machine, whose link can’t be taken down from here.`;
    if (allowNics.includes(port.nic)) {
      return `Port ${name} (${port.nic}) may be in other use (\`allow\`), so its link is not taken down.`;
    }
  }
  return undefined;
}

/** Its address is changed, and its link goes down: not for a NIC that is in use. */
function unmetNic(bench: Bench, device: BenchDevice): string | undefined {
  const { port, observer } = nicPorts(bench, device);
  const place = bench.ports[port];
  if (!place || !observer) return 'The bench has no second port that could observe the NIC.';
  if (bench.allowNics.includes(place.nic)) {
    return `Port ${port} (${place.nic}) may be in other use (\`allow\`), so its address is not changed.`;
  }
  return undefined;
}

function undeclared(timerMs: number | undefined, example: string): string | undefined {
  return timerMs === undefined
    ? `The bench file does not declare this timer of the device; add it, like \`timers: {${example}}\`.`
    : undefined;
}

function unserved(port: number | undefined, example: string, what: string): string | undefined {
  return port === undefined
    ? `The bench file names no ${what} of the device; where it has one, add \`services: {${example}}\`.`
    : undefined;
}

const oneArmed =
  'No far side of the router (`far:`): its client is on the network under test too, so it was judged by what it sends back out of the interface that it came in at.';

/** What the bench is too small to see, a sentence each. */
export function unseen(bench: Bench, device: BenchDevice): string[] {
  const sentences: string[] = [];
  if (device.kind === 'switch') {
    if (!bench.ports.monitor) {
      sentences.push('No monitor port: a flood to ports other than A, B and World would go unseen.');
    }
    const world = bench.ports.world;
    if (!world) sentences.push('No World: nothing can be sent to a station from a third port.');
    else if ('ssh' in world) {
      sentences.push(
        'World is another machine: its times carry the error of comparing two clocks, stated with each measurement.',
      );
    }
  }
  if (isNode(device)) {
    if (!device.ssh)
      sentences.push('No SSH access: its own cache was not read, permanent entries were not tried.');
    if (!device.ipv6) sentences.push('No IPv6 address: neighbour discovery was not tried.');
    if (!bench.ports.b) sentences.push('No port B: old and new owner share a port.');
    if (device.kind === 'router' && !device.far) sentences.push(oneArmed);
  }
  return sentences;
}

/** What a run's numbers are held against. */
export function limitsOf(bench: Bench, { declared }: BenchDevice): { relearnMs: number; tableSize?: number } {
  const { tableSize } = declared;
  return { relearnMs: bench.limits.relearnMs, ...(tableSize !== undefined && { tableSize }) };
}
