import { addressOf, defineProbe, fail, inconclusive, pass } from '../../src/probe.js';
import {
  ask,
  askUntilAnswered,
  control,
  controlHolds,
  describe,
  give,
  type Kind,
  kinds,
  newAddress,
  notHeld,
  questions,
  reception,
} from './nic.js';

/** How long a late answer to the last question is waited for. */
const lateMs = 250;

export default defineProbe<Kind>({
  id: 'nic/forgets-old',
  device: 'nic',
  title: 'Frames to the address that it had before are no longer received',
  failureTitle: 'The NIC goes on receiving frames to its old address',
  why: 'Two nodes that answer to one address, when the other takes it: the split that a failover must avoid.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause: 'an individual address belongs to one station of a network at a time',
  },
  needs: ['nic'],
  deadlineMs: 60_000,
  cases: kinds.filter(({ id }) => id === 'other-vendor'),

  control,
  controlHolds,

  async stimulus(context) {
    const mac = newAddress(context);
    if (!(await give(context, 'new', mac))) return;
    if (await askUntilAnswered(context, 'new', mac)) {
      context.expect('old', []);
      for (let asked = 0; asked < questions; asked += 1) {
        await ask(context, 'old', context.nic.own);
        await ask(context, 'new', mac);
        await context.wait(1);
      }
      await context.wait(lateMs);
      // Still alive: the silence was not that of a dead path.
      await askUntilAnswered(context, 'still', mac);
    }
    await context.nic.readAddress('end');
    await context.sentinel();
  },

  judge(recording) {
    const [mac, own] = [addressOf(recording, 'new'), addressOf(recording, 'own')];
    const expected = `what is sent to ${own} is not answered, what is sent to ${mac} is`;
    const open = notHeld(recording, expected, 'end');
    if (open) return open;
    const [old, still] = [reception(recording, 'old'), reception(recording, 'still')];
    const observed = `at the old address ${describe(old)}, at the new one ${describe(reception(recording, 'new'))}`;
    const shown = {
      id: 'filtered',
      holds: old.arrived ? null : true,
      text: old.arrived
        ? 'frames to the old address are handed over, and dropped by the system; a virtual NIC does so'
        : 'frames to the old address are dropped by the NIC itself, or were not carried to it',
    };
    if (old.answers > 0) {
      const reason = `With ${mac} set, the NIC still receives what is sent to its old address ${own}.`;
      return fail({ expected, observed, reason });
    }
    if (still.answers === 0) {
      const reason =
        'The NIC answered nothing at its new address either, so that its silence proves nothing.';
      return inconclusive({ expected, observed, reason });
    }
    return pass({
      expected,
      observed,
      findings: [shown],
      reason: `The NIC no longer receives what is sent to ${own}.`,
    });
  },
});
