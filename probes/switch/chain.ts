import { defineProbe } from '../../src/probe.js';
import { learningProcess, taughtAtA } from './station.js';
import { judgeWalk, type Walk, walk } from './walk.js';

export default defineProbe<Walk>({
  id: 'switch/chain',
  device: 'switch',
  title: 'A station that goes on to a third port, and home again, is followed each time',
  failureTitle: 'The switch loses a station that moves on to a third port',
  why: 'In a cluster of three nodes the second failover of the day would cut the service off.',
  requirement: learningProcess('must'),
  needs: ['a', 'b', 'world', 'monitor'],
  sideBySide: true,
  confirmAlone: true,
  cases: [{ id: 'three-ports', title: 'A to B to M to A', params: { steps: ['b', 'monitor', 'a'] } }],

  ...taughtAtA,
  stimulus: walk,
  judge: judgeWalk,
});
