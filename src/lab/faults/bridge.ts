/** Faults that the Linux bridge has settings for. */
import { setBridge, setPort } from '../bridge.js';
import type { Lab } from '../build.js';
import { switchPort } from '../names.js';
import type { Fault } from './fault.js';
import { onBridge, portsOf } from './switch-rules.js';

/** What fails when no move to port b is followed. */
export const everyMove = [
  'switch/relearns/*',
  'switch/relearn-time/*',
  'switch/failback/*',
  'switch/virtual-mac/*',
];

const onPort = (lab: Lab, port: 'a' | 'b', ...settings: readonly string[]): Promise<unknown> =>
  setPort(lab.switchNamespace, switchPort(port), ...settings);

export const bridgeFaults: readonly Fault[] = [
  onBridge('deaf-on-b', 'Port b does not learn: a takeover is carried, and not acted on', everyMove, (lab) =>
    onPort(lab, 'b', 'learning', 'off'),
  ),
  onBridge(
    'refuses-b',
    'Port b drops frames of stations that are known elsewhere (port security)',
    everyMove,
    (lab) => onPort(lab, 'b', 'locked', 'on'),
  ),
  onBridge(
    'never-learns',
    'Port a does not learn: frames to its stations are flooded for ever',
    ['switch/learns/*', 'switch/eth-source/*'],
    (lab) => onPort(lab, 'a', 'learning', 'off'),
  ),
  onBridge('hub', 'Every frame comes out at every port', ['switch/learns/*', 'switch/eth-source/*'], (lab) =>
    setBridge(lab.switchNamespace, 'ageing_time', '0'),
  ),
  onBridge(
    'ages-too-fast',
    'Entries are forgotten after one second',
    ['switch/silent-takeover/silence', 'switch/ageing/declared'],
    (lab) => setBridge(lab.switchNamespace, 'ageing_time', '100'),
  ),
  onBridge(
    'no-unknown-flood',
    'Frames to unknown stations are dropped (unknown-unicast blocking)',
    ['switch/never-spoke/*'],
    (lab) => Promise.all(portsOf(lab).map((port) => setPort(lab.switchNamespace, port, 'flood', 'off'))),
  ),
  onBridge(
    'isolated',
    'Ports a and b hear World, but not each other (private VLAN)',
    ['switch/isolation/*'],
    async (lab) => {
      await onPort(lab, 'a', 'isolated', 'on');
      await onPort(lab, 'b', 'isolated', 'on');
    },
  ),
  onBridge(
    'late-link-up',
    'Port b stays silent for 15 s after its link came up (spanning tree)',
    ['switch/spanning-tree/*'],
    async (lab) => {
      // Half of it listening, half of it learning (IEEE 802.1D-2004, 17.14), in hundredths of a second.
      await setBridge(lab.switchNamespace, 'stp_state', '1', 'forward_delay', '750');
      for (const state of ['down', 'up'])
        await lab.exec(lab.switchNamespace, ['ip', 'link', 'set', switchPort('b'), state]);
    },
  ),
];
