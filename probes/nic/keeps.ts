import { addressOf, defineProbe, fail, markDetail, pass } from '../../src/probe.js';
import {
  askUntilAnswered,
  control,
  controlHolds,
  describe,
  findOut,
  give,
  type Kind,
  newAddress,
  notHeld,
  pathIsBack,
  reception,
  unheard,
  unheardBefore,
} from './nic.js';

interface Flaps extends Kind {
  readonly flaps: number;
}

const settledMs = 100;

export default defineProbe<Flaps>({
  id: 'nic/keeps',
  device: 'nic',
  title: 'The new address outlives a link that goes down and comes up',
  failureTitle: 'The NIC loses its new address when its link goes down',
  why: 'The switch restarts, and the node that had taken over comes back under an address that nobody knows.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause:
      'an address that was set stays until another is set: drivers program it again when they bring the NIC up',
  },
  needs: ['nic'],
  deadlineMs: 120_000,
  cases: [
    {
      id: 'link-flap',
      title: 'after its link was taken down once',
      params: { name: 'other vendor’s', flaps: 1 },
    },
    {
      id: 'three-flaps',
      title: 'after its link was taken down three times',
      params: { name: 'other vendor’s', flaps: 3 },
    },
  ],

  control,
  controlHolds,

  async stimulus(context) {
    const { nic } = context;
    const mac = newAddress(context);
    if (!(await give(context, 'new', mac))) return;
    const heard = await askUntilAnswered(context, 'new', mac);
    await nic.readAddress('before-flap');
    if (!heard) return;
    for (let flap = 0; flap < context.params.flaps; flap += 1) {
      await context.setLink(nic.port, 'down');
      await context.setLink(nic.port, 'up');
    }
    await pathIsBack(context);
    // What sets an address when a link comes up, a driver or an agent of the system, has then done so.
    await context.wait(settledMs);
    if (!(await askUntilAnswered(context, 'question', mac))) await findOut(context, 'question', mac);
    await nic.readAddress('after');
    await context.sentinel();
  },

  judge(recording, { flaps }) {
    const mac = addressOf(recording, 'new');
    const expected = `the NIC has ${mac} and receives what is sent to it`;
    const open = notHeld(recording, expected, 'before-flap') ?? unheardBefore(recording, expected, mac);
    if (open) return open;
    const after = markDetail(recording, 'nic-reads-after') ?? 'nothing';
    const seen = reception(recording, 'question');
    const observed = `its address reads ${after}; ${describe(seen)}`;
    const when = flaps === 1 ? 'its link went down and up' : `its link went down and up ${flaps} times`;
    if (after !== mac) {
      return fail({
        expected,
        observed,
        reason: `After ${when} the NIC has lost ${mac}: its address reads ${after}.`,
      });
    }
    if (seen.answers === 0) return unheard(seen, `${mac}, after ${when},`, { expected, observed });
    return pass({
      expected,
      observed,
      reason: `After ${when} the NIC still has ${mac}, and receives with it.`,
    });
  },
});
