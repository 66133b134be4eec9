import { addressOf, defineProbe, pass } from '../../src/probe.js';
import {
  askAll,
  askUntilAnswered,
  control,
  controlHolds,
  describe,
  deviations,
  findOut,
  give,
  type Kind,
  kinds,
  newAddress,
  notHeld,
  reception,
  unheard,
} from './nic.js';

export default defineProbe<Kind>({
  id: 'nic/receives',
  device: 'nic',
  title: 'Frames to its new address are received without promiscuous mode',
  failureTitle: 'The NIC does not receive frames to its new address',
  why: 'The switch sends the traffic to the new owner, whose NIC drops it: an outage that no counter shows.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause: 'a NIC’s filter follows its address: the new owner receives what was for the old',
  },
  needs: ['nic'],
  deadlineMs: 60_000,
  cases: kinds,

  control,
  controlHolds,

  async stimulus(context) {
    const mac = newAddress(context);
    if (!(await give(context, 'new', mac))) return;
    if (await askUntilAnswered(context, 'question', mac)) await askAll(context, 'question', mac);
    else await findOut(context, 'question', mac);
    await context.nic.readAddress('end');
    await context.sentinel();
  },

  judge(recording, { name }) {
    const mac = addressOf(recording, 'new');
    const expected = `the system behind the NIC answers what is sent to ${mac}`;
    const open = notHeld(recording, expected, 'end');
    if (open) return open;
    const seen = reception(recording, 'question');
    const said = { expected, observed: describe(seen) };
    if (seen.answers === 0) return unheard(seen, `its new, ${name} address ${mac}`, said);
    const qualifiers = deviations(recording, 'new');
    return pass({
      ...said,
      qualifiers,
      reason: `The NIC receives what is sent to its ${name} address ${mac}.`,
    });
  },
});
