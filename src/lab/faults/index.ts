/** Every fault that the lab can make, and which probe each is the twin for. */
import type { SwitchKind } from '../build.js';
import { LabError } from '../command.js';
import { bridgeFaults } from './bridge.js';
import type { Fault } from './fault.js';
import { forwardingFaults } from './forwarding.js';
import { hostFaults } from './host.js';
import { openVswitchFaults } from './openvswitch.js';

export { breaksCase, type Fault } from './fault.js';

export const faults: readonly Fault[] = [
  ...bridgeFaults,
  ...forwardingFaults,
  ...openVswitchFaults,
  ...hostFaults,
];

/** The fault of that name, for a lab with that switch. Throws a LabError. */
export function faultNamed(name: string, kind: SwitchKind): Fault {
  const fault = faults.find((candidate) => candidate.name === name);
  if (fault === undefined)
    throw new LabError(
      `There is no fault '${name}'. There are: ${faults.map((each) => each.name).join(', ')}.`,
    );
  if (fault.switch !== undefined && fault.switch !== kind)
    throw new LabError(`The fault '${name}' needs the switch ${fault.switch}, not ${kind}.`);
  return fault;
}
