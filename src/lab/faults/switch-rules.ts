/**
 * What the faults of switches are made with: settings of the Linux bridge, nftables ahead of it, which see each frame
 * before it is learned or forwarded, and OpenFlow rules around Open vSwitch's own forwarding.
 */
import type { PortName } from '../../bench/bench.js';
import type { Declared } from '../../evidence/recording.js';
import { type IngressRules, ingress } from '../bridge.js';
import type { Lab } from '../build.js';
import { switchPort } from '../names.js';
import { setFlows } from '../openvswitch.js';
import { type Fault, faultOf } from './fault.js';

/** The switch's ports of the harness, by their names there; and OpenFlow's numbers of them. */
export const [a, b, world] = [switchPort('a'), switchPort('b'), switchPort('world')];
export const openFlow = { a: 1, b: 2, world: 3 } as const;

/** A fault of the Linux bridge, made by whatever means. */
export const onBridge = faultOf({ device: 'switch', switch: 'linux-bridge' });

/** A fault of Open vSwitch, made by whatever means. */
export const onOpenVswitch = faultOf({ device: 'switch', switch: 'open-vswitch' });

/** nftables rules ahead of the bridge: they drop a frame, send it elsewhere (`fwd`), or copy it (`dup`). */
export const withRules = (
  name: string,
  title: string,
  breaks: readonly string[],
  rules: IngressRules | ((lab: Lab) => IngressRules),
): Fault =>
  onBridge(name, title, breaks, (lab) =>
    ingress(lab.switchNamespace, typeof rules === 'function' ? rules(lab) : rules),
  );

export const withFlows = (
  name: string,
  title: string,
  breaks: readonly string[],
  flows: readonly string[],
): Fault => onOpenVswitch(name, title, breaks, (lab) => setFlows(lab.switchNamespace, flows));

export interface SetChoice {
  /** nftables' type of its members; default MAC addresses. */
  readonly type?: 'ether_addr' | 'ipv4_addr';
  readonly size?: number;
  /** Each is forgotten that long after it was last put in; absent: never. */
  readonly forgetAfterMs?: number;
}

/** A named set that rules add to. */
export const addressSet = (
  name: string,
  { type = 'ether_addr', size = 65_535, forgetAfterMs }: SetChoice = {},
): string => {
  const forgetting =
    forgetAfterMs === undefined ? 'flags dynamic' : `flags dynamic,timeout\n timeout ${forgetAfterMs}ms`;
  return `set ${name} {\n type ${type}\n size ${size}\n ${forgetting}\n}`;
};

export const remember = (set: string, field = 'ether saddr'): string => `add @${set} { ${field} }`;
export const forget = (set: string, field = 'ether saddr'): string => `delete @${set} { ${field} }`;

/** All ports of the switch but those named. */
export function portsOf(lab: Lab, ...except: readonly (PortName | 'host')[]): string[] {
  const names = [...(Object.keys(lab.bench.ports) as PortName[]), 'host' as const];
  return names.filter((name) => !except.includes(name)).map(switchPort);
}

/** The same rules for each of some ports. */
export const each = (
  ports: readonly string[],
  ...rules: readonly string[]
): Record<string, readonly string[]> => Object.fromEntries(ports.map((port) => [port, rules]));

/** What the lab's bench file declares of the switch. */
export const declaredOf = (lab: Lab): Declared =>
  lab.bench.devices.find(({ kind }) => kind === 'switch')?.declared ?? {};
