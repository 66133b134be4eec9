import { broadcastMac } from '../../src/frame/index.js';
import { addressOf, defineProbe, fail, inconclusive, pass } from '../../src/probe.js';
import {
  ask,
  askUntilAnswered,
  control,
  controlHolds,
  give,
  type Kind,
  kinds,
  newAddress,
  notHeld,
  questions,
  sources,
} from './nic.js';

/** Asked at the new address; and where that brings no answer at the broadcast address, which every NIC hears. */
const labels = ['question', 'question-to-all'] as const;

export default defineProbe<Kind>({
  id: 'nic/sends',
  device: 'nic',
  title: 'What the NIC sends carries its new address',
  failureTitle: 'The NIC goes on sending with another address',
  why: 'Switches learn the address from what its new owner sends. Without that the failover moves nothing.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause: 'a failover moves a MAC address by sending with it from its new place',
  },
  needs: ['nic'],
  deadlineMs: 60_000,
  cases: kinds.filter(({ id }) => id === 'other-vendor'),

  control,
  controlHolds,

  async stimulus(context) {
    const mac = newAddress(context);
    if (!(await give(context, 'new', mac))) return;
    const [question, toAll] = labels;
    if (!(await askUntilAnswered(context, question, mac))) {
      for (let asked = 0; asked < questions; asked += 1) {
        await ask(context, toAll, broadcastMac);
        await context.wait(20);
      }
    }
    await context.nic.readAddress('end');
    await context.sentinel();
  },

  judge(recording) {
    const mac = addressOf(recording, 'new');
    const own = addressOf(recording, 'own');
    const expected = `answers carry the source address ${mac}`;
    const open = notHeld(recording, expected, 'end');
    if (open) return open;
    const seen = sources(recording, labels);
    const observed = seen.length === 0 ? 'the NIC sent nothing' : `they carry ${seen.join(', ')}`;
    const wrong = seen.filter((source) => source !== mac);
    if (wrong.length > 0) {
      const whose = wrong.includes(own) ? 'its own address' : 'the address';
      const reason = `With ${mac} set, the NIC still sends with ${whose} ${wrong.join(', ')}.`;
      return fail({ expected, observed, reason });
    }
    if (seen.length === 0) {
      return inconclusive({
        expected,
        observed,
        reason: 'The system said nothing through the NIC when it was asked.',
      });
    }
    return pass({ expected, observed, reason: `The NIC sends with its new address ${mac}.` });
  },
});
