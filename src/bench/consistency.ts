/** What a bench file's values say together: each may be right and the whole still be wrong. */
import { contains, isReserved, macToNumber, sameAddress } from './addresses.js';
import { type Bench, type BenchDevice, isNode, nicPorts, portNames } from './bench.js';
import type { Path } from './yaml.js';

/** A mistake in how the values stand together. */
export interface Contradiction {
  readonly path: Path;
  readonly text: string;
}

function* contradictionsOfPorts(bench: Bench): Generator<Contradiction> {
  const users = new Map<string, string>();
  for (const name of portNames) {
    const port = bench.ports[name];
    if (!port || 'ssh' in port) continue;
    const other = users.get(port.nic);
    if (other) {
      yield {
        path: ['ports', name],
        text: `is ${port.nic}, which port ${other} uses; give each port a NIC of its own.`,
      };
    }
    users.set(port.nic, name);
  }
  for (const [index, nic] of bench.allowNics.entries()) {
    if (!users.has(nic)) {
      yield { path: ['allow', index], text: `is ${nic}, which no port uses; leave it out or mend its name.` };
    }
  }
  const { first, count } = bench.addresses.mac;
  // All from one vendor's block of 2^24, so that none has another meaning than the first.
  if ((macToNumber(first) % 2 ** 24) + count > 2 ** 24) {
    yield {
      path: ['addresses', 'mac', 'count'],
      text: `is ${count}, more than fit behind ${first}; use fewer, or another first.`,
    };
  }
}

/** A NIC is one of the bench's own, and another watches it. */
function* contradictionsOfNic(
  bench: Bench,
  at: (...path: Path) => Path,
  device: BenchDevice,
): Generator<Contradiction> {
  if (device.kind !== 'nic') {
    if (device.port !== undefined)
      yield { path: at('port'), text: `is for a NIC, not for a ${device.kind}; leave it out.` };
    return;
  }
  const { port, observer } = nicPorts(bench, device);
  const place = bench.ports[port];
  if (!place) {
    yield {
      path: at('port'),
      text: `is ${port}, which is not among \`ports\`; add it there, or name another.`,
    };
  } else if ('ssh' in place) {
    yield {
      path: at('port'),
      text: `is ${port}, a NIC of another machine; a NIC under test is one of this machine.`,
    };
  }
  if (!observer) {
    yield { path: at(), text: 'is a NIC, which is observed from a second port; add `b` to `ports`.' };
  }
}

/** A router's far side has a port of ours to itself, which is not on the network under test. */
function* contradictionsOfFar(
  bench: Bench,
  at: (...path: Path) => Path,
  device: BenchDevice,
): Generator<Contradiction> {
  const { far, kind } = device;
  if (far === undefined) return;
  if (kind !== 'router') {
    yield { path: at('far'), text: `is for a router, not for a ${kind}; leave it out.` };
    return;
  }
  if (!bench.ports[far.port]) {
    yield {
      path: at('far', 'port'),
      text: `is ${far.port}, which is not among \`ports\`; add it there: the NIC at the router’s far side.`,
    };
  }
  if (bench.devices.some((other) => other.kind === 'switch')) {
    yield {
      path: at('far'),
      text: `takes port ${far.port} off the switch in the same file; give the router a bench file of its own.`,
    };
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    const address = far[family];
    if (device[family] && !address) {
      yield { path: at('far'), text: `has no ${family} address, unlike the router; add its far one.` };
    }
    if (address && contains(bench.addresses[family], address, family)) {
      yield {
        path: at('far', family),
        text: `is ${address}, inside addresses.${family} (${bench.addresses[family]}); the far side is another network.`,
      };
    }
  }
}

/** A host is asked to hold 48 neighbours at once, each at an address of its own. */
const longestForNodes = 25;

function* contradictionsOfDevice(bench: Bench, index: number, device: BenchDevice): Generator<Contradiction> {
  const at = (...path: Path): Path => ['devices', index, ...path];
  if (device.kind === 'switch' && !bench.ports.b) {
    yield { path: at(), text: 'is a switch, which is tested between ports a and b; add `b` to `ports`.' };
  }
  yield* contradictionsOfNic(bench, at, device);
  yield* contradictionsOfFar(bench, at, device);
  if (!isNode(device)) {
    for (const key of ['ipv4', 'ipv6', 'interface', 'ssh', 'system'] as const) {
      if (device[key] !== undefined) {
        yield { path: at(key), text: `is for a host or a router, not for a ${device.kind}; leave it out.` };
      }
    }
    return;
  }
  if (!device.ipv4 && !device.ipv6) {
    yield { path: at(), text: `is a ${device.kind} without an address; add \`ipv4\` or \`ipv6\`.` };
  }
  if (device.system && !device.ssh) {
    yield { path: at('system'), text: 'says what is read over SSH; add `ssh`, or leave it out.' };
  }
  const prefixLength = Number(bench.addresses.ipv4.split('/')[1]);
  if (device.ipv4 && prefixLength > longestForNodes) {
    yield {
      path: ['addresses', 'ipv4'],
      text: `is ${bench.addresses.ipv4}, too few addresses to test a ${device.kind} with; use a /${longestForNodes} or a larger block.`,
    };
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    const address = device[family];
    const block = bench.addresses[family];
    if (!address) continue;
    if (!contains(block, address, family)) {
      yield {
        path: at(family),
        text: `is ${address}, outside addresses.${family} (${block}); give it an address inside, or change the block.`,
      };
    } else if (isReserved(block, address, family)) {
      yield {
        path: at(family),
        text: `is ${address}, which ${block} reserves; use an address between its ends.`,
      };
    }
    const other = bench.devices.findIndex((d) => d[family] && sameAddress(d[family], address, family));
    if (other < index) {
      yield {
        path: at(family),
        text: `is ${address}, which devices[${other}] has; give each device its own.`,
      };
    }
  }
}

/** Everything in a bench that contradicts something else in it. */
export function contradictions(bench: Bench): Contradiction[] {
  return [
    ...contradictionsOfPorts(bench),
    ...bench.devices.flatMap((device, index) => [...contradictionsOfDevice(bench, index, device)]),
  ];
}
