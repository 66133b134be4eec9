import { defineProbe, type PortName } from '../../src/probe.js';
import { taught, teach } from './station.js';
import { judgeWalk, type Walk, walk } from './walk.js';

const once: readonly PortName[] = ['b', 'a'];

export default defineProbe<Walk>({
  id: 'switch/failback',
  device: 'switch',
  title: 'When the first owner announces itself again, the traffic comes back to it',
  failureTitle: 'The switch follows the takeover but not the way back',
  why: 'The repaired node takes its service back and gets no traffic: the second outage of the same night.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.7 The Learning Process',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world'],
  sideBySide: true,
  confirmAlone: true,
  cases: [
    { id: 'once', title: 'A to B and back to A', params: { steps: once } },
    {
      id: 'ten-times',
      title: 'there and back ten times',
      params: { steps: Array.from({ length: 10 }, () => once).flat() },
    },
  ],

  async control(context) {
    await teach(context, 'a', context.mac('station'));
  },
  controlHolds: (recording) => taught(recording, 'a'),
  stimulus: walk,
  judge: judgeWalk,
});
