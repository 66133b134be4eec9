import { defineProbe } from '../../src/probe.js';
import { taught, teach } from './station.js';
import { judgeWalk, type Walk, walk } from './walk.js';

export default defineProbe<Walk>({
  id: 'switch/chain',
  device: 'switch',
  title: 'A station that goes on to a third port, and home again, is followed each time',
  failureTitle: 'The switch loses a station that moves on to a third port',
  why: 'In a cluster of three nodes the second failover of the day would cut the service off.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.7 The Learning Process',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world', 'monitor'],
  sideBySide: true,
  confirmAlone: true,
  cases: [{ id: 'three-ports', title: 'A to B to M to A', params: { steps: ['b', 'monitor', 'a'] } }],

  async control(context) {
    await teach(context, 'a', context.mac('station'));
  },
  controlHolds: (recording) => taught(recording, 'a'),
  stimulus: walk,
  judge: judgeWalk,
});
