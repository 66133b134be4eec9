import { defineProbe } from '../../src/probe.js';
import { type Drill, findRate, judgeRate } from './rates.js';
import { taughtAtA } from './station.js';

const moving: Drill = {
  port: 'b',
  before: 'a',
  done: 'moved',
  measurement: 'moves without misdelivery',
  unit: 'moves/s',
};

export default defineProbe<null>({
  id: 'switch/move-rate',
  device: 'switch',
  title: 'How many stations a second the switch moves without misdelivering a frame',
  failureTitle: 'The switch does not move a thousand stations a second',
  why: 'A node that takes over hundreds of service addresses or virtual machines moves them all at once.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'OPNFV VSPERF level test design, RFC2889.AddressLearningRate, for stations that move',
  },
  needs: ['a', 'b', 'world', 'link'],
  deadlineMs: 60_000,
  cases: [{ id: 'burst', title: 'stations that move from A to B in a burst', params: null }],

  ...taughtAtA,
  stimulus: (context) => findRate(context, moving),
  judge: (recording) => judgeRate(recording, moving),
});
