/** Every fault that the lab can make, and which probe each is the twin for. */
import type { SwitchKind } from '../build.js';
import { LabError } from '../command.js';
import { bridgeFaults } from './bridge.js';
import { capacityFaults } from './capacity.js';
import type { Fault } from './fault.js';
import { featureFaults } from './features.js';
import { forwardingFaults } from './forwarding.js';
import { heartbeatFaults } from './heartbeats.js';
import { hostFaults } from './host.js';
import { hostArpFaults } from './host-arp.js';
import { hostConnectionFaults } from './host-connections.js';
import { hostNdpFaults } from './host-ndp.js';
import { hostNeighbourFaults } from './host-neighbours.js';
import { linkFaults } from './links.js';
import { movingFaults } from './moving.js';
import { nicFaults } from './nics.js';
import { openVswitchFaults } from './openvswitch.js';
import { profileFaults } from './profiles.js';
import { routerFaults } from './router.js';
import { vlanFaults } from './vlans.js';

export { breaksCase, type Fault } from './fault.js';

export const faults: readonly Fault[] = [
  ...bridgeFaults,
  ...forwardingFaults,
  ...openVswitchFaults,
  ...featureFaults,
  ...linkFaults,
  ...movingFaults,
  ...capacityFaults,
  ...vlanFaults,
  ...heartbeatFaults,
  ...profileFaults,
  ...hostFaults,
  ...hostNdpFaults,
  ...hostNeighbourFaults,
  ...hostArpFaults,
  ...hostConnectionFaults,
  ...routerFaults,
  ...nicFaults,
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
