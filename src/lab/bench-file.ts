/** The bench file of a lab: what an operator of such a bench could have written. */
import { release } from 'node:os';
import { stringify } from 'yaml';
import type { PortName } from '../bench/bench.js';
import type { DeclaredVlans } from '../evidence/recording.js';
import { withAddressService } from './address-service.js';
import type { BenchSize, LabOptions } from './build.js';
import { ip, LabError } from './command.js';
import type { Machine } from './machine.js';
import { hostAddresses, nicOf, switchNamespace } from './names.js';
import { nicDevice } from './nics.js';
import { openVswitchVersion } from './openvswitch.js';
import type { LabRouter } from './router.js';
import { servicesOf } from './services.js';
import { timersOf } from './timers.js';

/** What was built, as far as it shows in the file. */
export interface Built {
  readonly vlans: DeclaredVlans | undefined;
  readonly host: Machine;
  readonly world: Machine | undefined;
  readonly routers: readonly LabRouter[];
}

/** The ports on the switch under test that are NICs of ours. */
export const localPorts: Readonly<Record<BenchSize, readonly PortName[]>> = {
  full: ['a', 'b', 'world', 'monitor'],
  smallest: ['a', 'b'],
  far: ['a', 'b', 'monitor'],
};

/** The switch's own address, which both kinds give to the interface by which they are managed. */
async function ownAddress(): Promise<string> {
  const { stdout } = await ip('-n', switchNamespace, '-j', 'link', 'show', 'br0');
  const [bridge] = JSON.parse(stdout) as readonly { readonly address: string }[];
  if (bridge === undefined) throw new LabError('The switch has no interface br0.');
  return bridge.address;
}

/** Open vSwitch's own default (ovs-vswitchd.conf.db(5)); the Linux bridge knows no limit. */
const labTableSize = 8_192;

/** The bench file that an operator of this bench could have written. */
export async function benchFile(options: LabOptions, built: Built): Promise<string> {
  const { vlans, host, world, routers } = built;
  const { fault, bench: size = 'full' } = options;
  const faulty = fault === undefined ? {} : { conditions: { fault } };
  const bridge = { vendor: 'Linux', model: 'bridge', firmware: release() };
  const device =
    options.switch === 'linux-bridge'
      ? bridge
      : { vendor: 'Open vSwitch', model: 'userspace datapath', firmware: await openVswitchVersion() };
  const file = {
    bench: `virtual lab, ${options.switch}${fault === undefined ? '' : `, made faulty: ${fault}`}`,
    ports: {
      ...Object.fromEntries(localPorts[size].map((port) => [port, nicOf(port)])),
      ...(size === 'far' && { world: nicOf('world') }),
      ...(world && { world: { interface: 'eth0', ssh: world.ssh } }),
    },
    devices: [
      {
        kind: 'switch',
        ...device,
        ...faulty,
        mac: await ownAddress(),
        timers: timersOf(options.switch, options.timers ?? 'default'),
        tableSize: labTableSize,
        ...(vlans && { vlans }),
      },
      {
        kind: 'host',
        vendor: 'Linux',
        model: 'network stack',
        firmware: release(),
        ...faulty,
        ...hostAddresses,
        interface: 'eth0',
        services: servicesOf(host),
        ...(options.timers === 'short' && withAddressService),
        ...(host.ssh && { ssh: host.ssh }),
      },
      ...routers.map((router) => ({
        ...router,
        conditions: { ...router.conditions, ...faulty.conditions },
      })),
      { ...nicDevice(options.nic ?? 'veth'), ...faulty },
    ].filter(({ kind }) =>
      options.nic === undefined ? size !== 'far' || kind !== 'switch' : kind === 'nic',
    ),
  };
  return stringify(file, { aliasDuplicateObjects: false });
}
