/** Faults of a switch that follows an ordinary move, and is lost when stations move often, far, or many at a time. */
import { ingress, setPort } from '../bridge.js';
import type { Lab } from '../build.js';
import { LabError } from '../command.js';
import { switchPort } from '../names.js';
import type { Fault } from './fault.js';
import { addressSet, forget, forwarding, remember } from './forwarding.js';
import { portsOf } from './ports.js';

const [a, b] = [switchPort('a'), switchPort('b')];

/** Rules for the ports that are neither a nor b: where World's frames come in. */
const elsewhere = (lab: Lab, ...rules: readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(portsOf(lab, 'a', 'b').map((port) => [port, rules]));

/** The address by which the switch itself is reached. */
function ownAddress(lab: Lab): string {
  const mac = lab.bench.devices.find(({ kind }) => kind === 'switch')?.declared.mac;
  if (mac === undefined) throw new LabError('The lab’s bench file does not give the switch’s own address.');
  return mac;
}

export const movingFaults: readonly Fault[] = [
  forwarding(
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
        ...elsewhere(lab, `ether daddr @at_a fwd to "${a}"`),
      },
    }),
  ),
  forwarding(
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
        ...elsewhere(lab, `ether daddr @left_behind fwd to "${a}"`),
      },
    }),
  ),
  forwarding(
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
  forwarding(
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
        sets: [addressSet('at_a'), addressSet('at_b'), addressSet('moves'), addressSet('cut_off', 10_000)],
        ports: {
          [a]: rules('a', 'b'),
          [b]: rules('b', 'a'),
          ...elsewhere(lab, 'ether daddr @cut_off drop'),
        },
      };
    },
  ),
  forwarding(
    'tires-of-announcements',
    'A station that announces itself at port b for the eighth time in a minute is sent to at port a again',
    ['switch/repeated/*'],
    (lab) => ({
      sets: [addressSet('announced'), addressSet('sent_back')],
      ports: {
        [b]: [
          `ether type arp add @announced { ether saddr limit rate over 1/minute burst 7 packets } ${remember('sent_back')}`,
        ],
        ...elsewhere(lab, `ether daddr @sent_back fwd to "${a}"`),
      },
    }),
  ),
  {
    name: 'learns-own-address',
    title: 'The switch learns its own address at a port, and then sends its own frames there',
    device: 'switch',
    switch: 'linux-bridge',
    breaks: ['switch/bridge-own/*'],
    apply: async (lab) => {
      const own = ownAddress(lab);
      await ingress(lab.switchNamespace, {
        sets: [addressSet('learned')],
        ports: {
          [b]: [`ether saddr ${own} ${remember('learned')}`],
          ...elsewhere(lab, `ether daddr @learned fwd to "${b}"`),
        },
      });
    },
  },
  {
    name: 'no-unknown-flood-to-b',
    title: 'Frames to unknown stations do not come out at port b (unknown-unicast blocking)',
    device: 'switch',
    switch: 'linux-bridge',
    breaks: ['switch/half-announced/*', 'switch/never-spoke/*'],
    apply: async (lab) => {
      await setPort(lab.switchNamespace, b, 'flood', 'off');
    },
  },
  {
    name: 'learns-oversize',
    title: 'Port a takes frames that are too long for the others, and learns from them',
    device: 'switch',
    switch: 'linux-bridge',
    breaks: ['switch/bad-frames/*'],
    apply: async (lab) => {
      await lab.exec(lab.switchNamespace, ['ip', 'link', 'set', a, 'mtu', '2000']);
    },
  },
];
