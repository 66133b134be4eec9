import { defineProbe } from '../../src/probe.js';
import { type Drill, findRate, judgeRate } from './rates.js';
import { taughtAtA } from './station.js';

const learning: Drill = {
  port: 'a',
  done: 'learned',
  measurement: 'learning rate without flood or loss',
  unit: 'addresses/s',
};

export default defineProbe<null>({
  id: 'switch/learn-rate',
  device: 'switch',
  title: 'How many new stations a second the switch learns without flooding or losing a frame',
  failureTitle: 'The switch does not learn a thousand stations a second',
  why: 'After a power cut or a link change everybody speaks at once; what is not learned then is flooded.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'OPNFV VSPERF level test design, RFC2889.AddressLearningRate',
  },
  needs: ['a', 'b', 'world', 'link'],
  deadlineMs: 60_000,
  cases: [{ id: 'burst', title: 'new stations in a burst', params: null }],

  ...taughtAtA,
  stimulus: (context) => findRate(context, learning),
  judge: (recording) => judgeRate(recording, learning),
});
