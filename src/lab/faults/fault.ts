/** What a faulty twin is: a device made wrong on purpose, so that a probe can be seen to fail. */
import type { DeviceKind } from '../../result.js';
import type { Lab, SwitchKind } from '../build.js';

export interface Fault {
  /** Lower case with hyphens. */
  readonly name: string;
  /** What an operator would see. */
  readonly title: string;
  readonly device: DeviceKind;
  /** The only kind of switch that it can be made on; absent: any. */
  readonly switch?: SwitchKind;
  /** Cases that must fail; `/*` at the end: all of the probe. */
  readonly breaks: readonly string[];
  /** Makes the fault on a lab that is good so far. Rejects with a LabError where the kernel can't. */
  apply(lab: Lab): Promise<void>;
}

/** Makes faults of one kind of device. */
export const faultOf =
  (of: Pick<Fault, 'device' | 'switch'>) =>
  (
    name: string,
    title: string,
    breaks: readonly string[],
    change: (lab: Lab) => Promise<unknown>,
  ): Fault => ({
    name,
    title,
    ...of,
    breaks,
    apply: async (lab) => {
      await change(lab);
    },
  });

/** Whether a fault's `breaks` names a case. */
export function breaksCase(fault: Fault, caseId: string): boolean {
  return fault.breaks.some((pattern) =>
    pattern.endsWith('/*') ? caseId.startsWith(pattern.slice(0, -1)) : caseId === pattern,
  );
}
