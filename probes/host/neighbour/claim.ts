/** What each claim of a probe does that makes several of one subject. */
import type { Context, Judgement, Recording } from '../../../src/probe.js';

export interface Claim {
  control(context: Context): Promise<void>;
  controlHolds(recording: Recording): true | string;
  stimulus(context: Context): Promise<void>;
  judge(recording: Recording): Judgement;
}
