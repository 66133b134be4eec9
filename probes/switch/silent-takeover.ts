import { defineProbe, deliveries, fail, inconclusive, pass, tally } from '../../src/probe.js';
import { describe, taught, teach, toStation } from './station.js';

/** How long B stays silent. The shortest ageing time that IEEE 802.1Q allows to be set is ten seconds. */
const silenceMs = 2_500;
const everyMs = 250;

export default defineProbe<null>({
  id: 'switch/silent-takeover',
  device: 'switch',
  title: 'Without an announcement the traffic stays with the old owner',
  failureTitle: 'The switch forgets a station within seconds, though nobody announced it elsewhere',
  why: 'The negative control of all the others: if frames leave the old port by themselves, no announcement moved them.',
  requirement: {
    level: 'info',
    document: 'IEEE 802.1Q-2018',
    clause: '8.8.3 Dynamic Filtering Entries',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world'],
  cases: [{ id: 'silence', title: 'B says nothing for 2.5 s', params: null }],

  async control(context) {
    await teach(context, 'a', context.mac('station'));
  },
  controlHolds: (recording) => taught(recording, 'a'),

  async stimulus(context) {
    context.expect('after', ['a']);
    for (let ms = 0; ms < silenceMs; ms += everyMs) {
      await context.wait(everyMs);
      await toStation(context, 'after', context.mac('station'), 1);
    }
    await context.sentinel();
  },

  judge(recording) {
    const seen = tally(deliveries(recording, 'after'), 'a', 'b');
    const said = { expected: 'all frames still reach port a only', observed: describe(seen, 'a', 'b') };
    if (seen.sent > 0 && seen.right === seen.sent) {
      return pass({
        ...said,
        reason: 'The entry stayed where it was: only an announcement moves the traffic.',
      });
    }
    if (seen.flooded > 0 || seen.stale > 0) {
      return fail({
        ...said,
        reason: `Within ${silenceMs / 1000} s of silence the switch forgot the station and sends its frames to other ports.`,
      });
    }
    return inconclusive({ ...said, reason: 'Frames got lost, so where they were sent can’t be told.' });
  },
});
