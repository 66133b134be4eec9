/** The timers of the lab's switches, as its bench file declares them, in whole seconds. */
import { setBridge } from './bridge.js';
import type { SwitchKind } from './build.js';
import { setOtherConfig } from './openvswitch.js';

/** As they come, or so short that what waits for them is soon done. */
export type TimerChoice = 'default' | 'short';

export interface SwitchTimers {
  readonly ageingS: number;
  readonly groupMembershipS: number;
  readonly forwardDelayS: number;
  /** Neither switch counts moves; a faulty one does. */
  readonly moveWindowS: number;
}

/** Spanning tree is off in both switches: a port that comes up waits for nothing. */
const forwardDelayS = 0;

/** Cases that are not slow expect a station to be remembered for some seconds: hence no shorter than this. Open
 *  vSwitch takes fifteen seconds at least for both (ovs-vswitchd.conf.db(5)). */
const timers: Readonly<Record<SwitchKind, Readonly<Record<TimerChoice, SwitchTimers>>>> = {
  'linux-bridge': {
    default: { ageingS: 300, groupMembershipS: 260, forwardDelayS, moveWindowS: 180 },
    short: { ageingS: 8, groupMembershipS: 8, forwardDelayS, moveWindowS: 6 },
  },
  'open-vswitch': {
    default: { ageingS: 300, groupMembershipS: 300, forwardDelayS, moveWindowS: 180 },
    short: { ageingS: 15, groupMembershipS: 15, forwardDelayS, moveWindowS: 6 },
  },
};

export const timersOf = (kind: SwitchKind, choice: TimerChoice): SwitchTimers => timers[kind][choice];

/** Sets the timers of a switch that was built with its defaults. */
export async function setTimers(namespace: string, kind: SwitchKind, choice: TimerChoice): Promise<void> {
  if (choice === 'default') return;
  const { ageingS, groupMembershipS } = timersOf(kind, choice);
  if (kind === 'open-vswitch') {
    await setOtherConfig(namespace, {
      'mac-aging-time': ageingS,
      'mcast-snooping-aging-time': groupMembershipS,
    });
    return;
  }
  // In hundredths of a second.
  await setBridge(namespace, 'ageing_time', `${ageingS * 100}`);
  await setBridge(namespace, 'mcast_membership_interval', `${groupMembershipS * 100}`);
}
