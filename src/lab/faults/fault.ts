/** What a faulty twin is: a device made wrong on purpose, so that a probe can be seen to fail. */
import type { Lab, SwitchKind } from '../build.js';

export interface Fault {
  /** Lower case with hyphens. */
  readonly name: string;
  /** What an operator would see. */
  readonly title: string;
  readonly device: 'switch' | 'host' | 'nic';
  /** The only kind of switch that it can be made on; absent: any. */
  readonly switch?: SwitchKind;
  /** Cases that must fail; `/*` at the end: all of the probe. */
  readonly breaks: readonly string[];
  /** Makes the fault on a lab that is good so far. Rejects with a LabError where the kernel can't. */
  apply(lab: Lab): Promise<void>;
}

/** Whether a fault's `breaks` names a case. */
export function breaksCase(fault: Fault, caseId: string): boolean {
  return fault.breaks.some((pattern) =>
    pattern.endsWith('/*') ? caseId.startsWith(pattern.slice(0, -1)) : caseId === pattern,
  );
}
