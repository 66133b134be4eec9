import { addressOf, defineProbe, fail, markDetail, pass } from '../../src/probe.js';
import {
  askUntilAnswered,
  control,
  controlHolds,
  describe,
  findOut,
  give,
  given,
  type Kind,
  kinds,
  newAddress,
  notHeld,
  reception,
  unheard,
  unheardBefore,
} from './nic.js';

export default defineProbe<Kind>({
  id: 'nic/goes-back',
  device: 'nic',
  title: 'The NIC goes back to its own address',
  failureTitle: 'The NIC does not go back to its own address',
  why: 'The repaired node takes its service back, and the node that stood in for it is gone from the network.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause: 'failback: who gives the service address back goes on under its own',
  },
  needs: ['nic'],
  deadlineMs: 60_000,
  cases: kinds.filter(({ id }) => id === 'other-vendor'),

  control,
  controlHolds,

  async stimulus(context) {
    const { nic } = context;
    const mac = newAddress(context);
    if (!(await give(context, 'new', mac))) return;
    const heard = await askUntilAnswered(context, 'new', mac);
    await nic.readAddress('between');
    if (!heard) return;
    await give(context, 'own', nic.own);
    if (!(await askUntilAnswered(context, 'back', nic.own))) await findOut(context, 'back', nic.own);
    await nic.readAddress('after');
    await context.sentinel();
  },

  judge(recording) {
    const [mac, own] = [addressOf(recording, 'new'), addressOf(recording, 'own')];
    const expected = `the NIC has its own address ${own} again and receives what is sent to it`;
    const open = notHeld(recording, expected, 'between') ?? unheardBefore(recording, expected, mac);
    if (open) return open;
    const after = markDetail(recording, 'nic-reads-after') ?? 'nothing';
    const seen = reception(recording, 'back');
    const observed = `asked to go back: ${given(recording, 'own')}; its address reads ${after}; ${describe(seen)}`;
    if (after !== own) {
      const reason = `The NIC does not go back to its own address ${own}: ${given(recording, 'own')}; its address reads ${after}.`;
      return fail({ expected, observed, reason });
    }
    if (seen.answers === 0)
      return unheard(seen, `its own address ${own}, which it has again,`, { expected, observed });
    return pass({ expected, observed, reason: `The NIC went back to its own address ${own}.` });
  },
});
