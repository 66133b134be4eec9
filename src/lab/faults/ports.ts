/** The switch's ports in a lab. */
import type { PortName } from '../../bench/bench.js';
import type { Lab } from '../build.js';
import { switchPort } from '../names.js';

/** All ports of the switch but those named. */
export function portsOf(lab: Lab, ...except: readonly (PortName | 'host')[]): string[] {
  const names = [...(Object.keys(lab.bench.ports) as PortName[]), 'host' as const];
  return names.filter((name) => !except.includes(name)).map(switchPort);
}
