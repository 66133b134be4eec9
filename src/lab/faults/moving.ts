/** Faults of a switch that follows an ordinary move, and is lost when stations move often, far, or many at a time. */
import { setPort } from '../bridge.js';
import type { Lab } from '../build.js';
import { LabError } from '../command.js';
import type { Fault } from './fault.js';
import {
  a,
  addressSet,
  b,
  declaredOf,
  each,
  forget,
  onBridge,
  portsOf,
  remember,
  withRules,
} from './switch-rules.js';

/** The address by which the switch itself is reached. */
function ownAddress(lab: Lab): string {
  const { mac } = declaredOf(lab);
  if (mac === undefined) throw new LabError('The lab’s bench file does not give the switch’s own address.');
  return mac;
}

export const movingFaults: readonly Fault[] = [
  withRules(
    'moves-at-second-frame',
    'A station that was at port a moves to port b only at the second frame from there',
    ['switch/first-frame/*', 'switch/bulk-move/*', 'switch/chain/*', 'switch/swap/*'],
    (lab) => ({
      sets: [addressSet('at_a'), addressSet('heard')],
      ports: {
        [a]: [remember('at_a'), forget('heard')],
        [b]: [
          `ether saddr @at_a ether saddr @heard ${forget('at_a')}`,
          `ether saddr @at_a ${remember('heard')}`,
        ],
        ...each(portsOf(lab, 'a', 'b'), `ether daddr @at_a fwd to "${a}"`),
      },
    }),
  ),
  withRules(
    'hundred-moves-a-burst',
    'Of many stations that move at once only the first hundred are followed',
    ['switch/bulk-move/addresses-256', 'switch/bulk-move/addresses-4096'],
    (lab) => ({
      sets: [addressSet('at_a'), addressSet('left_behind')],
      ports: {
        [a]: [remember('at_a'), forget('left_behind')],
        [b]: [
          `ether saddr @at_a limit rate over 100/second burst 100 packets ${remember('left_behind')}`,
          forget('at_a'),
        ],
        ...each(portsOf(lab, 'a', 'b'), `ether daddr @left_behind fwd to "${a}"`),
      },
    }),
  ),
  withRules(
    'pinned-on-b',
    'Port a drops every station that was seen on port b',
    [
      'switch/chain/*',
      'switch/swap/*',
      'switch/failback/*',
      'switch/last-speaker/ends-at-a',
      'switch/last-speaker/dying-gasp',
    ],
    () => ({
      sets: [addressSet('seen')],
      ports: { [a]: ['ether saddr @seen drop'], [b]: [remember('seen')] },
    }),
  ),
  withRules(
    'loop-guard',
    'A station that moves three times in a second is taken for a loop, and cut off for ten seconds',
    ['switch/last-speaker/ends-at-a', 'switch/last-speaker/ends-at-b'],
    (lab) => {
      const moved = (there: string): string =>
        `ether saddr @at_${there} add @moves { ether saddr limit rate over 2/second burst 2 packets } ${remember('cut_off')}`;
      const rules = (here: string, there: string): string[] => [
        moved(there),
        'ether saddr @cut_off drop',
        forget(`at_${there}`),
        remember(`at_${here}`),
      ];
      return {
        sets: [
          addressSet('at_a'),
          addressSet('at_b'),
          addressSet('moves'),
          addressSet('cut_off', { forgetAfterMs: 10_000 }),
        ],
        ports: {
          [a]: rules('a', 'b'),
          [b]: rules('b', 'a'),
          ...each(portsOf(lab, 'a', 'b'), 'ether daddr @cut_off drop'),
        },
      };
    },
  ),
  withRules(
    'tires-of-announcements',
    'A station that announces itself at port b for the eighth time in a minute is sent to at port a again',
    ['switch/repeated/*'],
    (lab) => ({
      sets: [addressSet('announced'), addressSet('sent_back')],
      ports: {
        [b]: [
          `ether type arp add @announced { ether saddr limit rate over 1/minute burst 7 packets } ${remember('sent_back')}`,
        ],
        ...each(portsOf(lab, 'a', 'b'), `ether daddr @sent_back fwd to "${a}"`),
      },
    }),
  ),
  withRules(
    'learns-own-address',
    'The switch learns its own address at a port, and then sends its own frames there',
    ['switch/bridge-own/*'],
    (lab) => ({
      sets: [addressSet('learned')],
      ports: {
        [b]: [`ether saddr ${ownAddress(lab)} ${remember('learned')}`],
        ...each(portsOf(lab, 'a', 'b'), `ether daddr @learned fwd to "${b}"`),
      },
    }),
  ),
  onBridge(
    'no-unknown-flood-to-b',
    'Frames to unknown stations do not come out at port b (unknown-unicast blocking)',
    ['switch/half-announced/*', 'switch/never-spoke/*'],
    (lab) => setPort(lab.switchNamespace, b, 'flood', 'off'),
  ),
  onBridge(
    'learns-oversize',
    'Port a takes frames that are too long for the others, and learns from them',
    ['switch/bad-frames/*'],
    (lab) => lab.exec(lab.switchNamespace, ['ip', 'link', 'set', a, 'mtu', '2000']),
  ),
];
