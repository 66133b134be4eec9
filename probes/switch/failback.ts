import { defineProbe, type PortName } from '../../src/probe.js';
import { learningProcess, taughtAtA } from './station.js';
import { judgeWalk, type Walk, walk } from './walk.js';

const once: readonly PortName[] = ['b', 'a'];

export default defineProbe<Walk>({
  id: 'switch/failback',
  device: 'switch',
  title: 'When the first owner announces itself again, the traffic comes back to it',
  failureTitle: 'The switch follows the takeover but not the way back',
  why: 'The repaired node takes its service back and gets no traffic: the second outage of the same night.',
  requirement: learningProcess('must'),
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

  ...taughtAtA,
  stimulus: walk,
  judge: judgeWalk,
});
