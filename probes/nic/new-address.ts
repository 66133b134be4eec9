import { addressOf, defineProbe, fail, markDetail, pass } from '../../src/probe.js';
import {
  control,
  controlHolds,
  deviations,
  give,
  given,
  type Kind,
  kinds,
  newAddress,
  wasTaken,
} from './nic.js';

export default defineProbe<Kind>({
  id: 'nic/new-address',
  device: 'nic',
  title: 'The NIC takes another address',
  failureTitle: 'The NIC refuses another address',
  why: 'A cluster that moves the MAC address itself, as VRRP and firewall pairs do, cannot run on this NIC.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause:
      'VRRP with virtual MAC addresses, CARP, firewall pairs: the new owner’s NIC gets the address of the old',
  },
  needs: ['nic'],
  deadlineMs: 60_000,
  cases: kinds,

  control,
  controlHolds,

  async stimulus(context) {
    await give(context, 'new', newAddress(context));
    await context.nic.readAddress('after');
    await context.sentinel();
    // Some agents of a system put an address back as soon as they see it changed.
    await context.nic.readAddress('end');
  },

  judge(recording, { name }) {
    const mac = addressOf(recording, 'new');
    const [after, end] = ['after', 'end'].map(
      (when) => markDetail(recording, `nic-reads-${when}`) ?? 'nothing',
    );
    const said = {
      expected: `the NIC takes the ${name} address ${mac} and keeps it`,
      observed: `asked to change it: ${given(recording, 'new')}; its address reads ${after === end ? after : `${after}, then ${end}`}`,
    };
    if (!wasTaken(recording, 'new')) {
      return fail({
        ...said,
        reason: `The NIC does not take the ${name} address ${mac}: ${given(recording, 'new')}.`,
      });
    }
    if (after !== mac || end !== mac) {
      const reason = `The NIC was said to have taken the ${name} address ${mac}, but its address reads ${end}.`;
      return fail({ ...said, reason });
    }
    const qualifiers = deviations(recording, 'new');
    return pass({ ...said, qualifiers, reason: `The NIC took the ${name} address ${mac}.` });
  },
});
