import { broadcastMac } from '../../src/frame/index.js';
import { addressOf, defineProbe, fail, inconclusive, markDetail, pass } from '../../src/probe.js';
import { answersTo, askUntilAnswered, control, controlHolds, give, given, wasTaken } from './nic.js';

interface Group {
  readonly mac: string;
}

export default defineProbe<Group>({
  id: 'nic/refuses-group',
  device: 'nic',
  title: 'A group address is refused as the NIC’s own',
  failureTitle: 'The NIC takes a group address for its own',
  why: 'A typing error in one octet would have a node send frames that no switch learns and every host gets.',
  requirement: {
    level: 'should',
    document: 'Linux kernel',
    clause:
      'include/linux/etherdevice.h, is_valid_ether_addr(): an address that is not a group’s, and not all zero',
    link: 'https://github.com/torvalds/linux/blob/master/include/linux/etherdevice.h',
  },
  needs: ['nic'],
  deadlineMs: 60_000,
  cases: [
    {
      id: 'multicast',
      title: 'the address of a group, 01-00-5E-90-10-2A',
      params: { mac: '01:00:5e:90:10:2a' },
    },
    { id: 'broadcast', title: 'the broadcast address', params: { mac: broadcastMac } },
  ],

  control,
  controlHolds,

  async stimulus(context) {
    await give(context, 'group', context.params.mac);
    await context.nic.readAddress('after');
    await askUntilAnswered(context, 'still', context.nic.own);
    await context.sentinel();
  },

  judge(recording, { mac }) {
    const own = addressOf(recording, 'own');
    const after = markDetail(recording, 'nic-reads-after') ?? 'nothing';
    const expected = `the NIC refuses ${mac} and keeps ${own}`;
    const observed = `asked to take it: ${given(recording, 'group')}; its address reads ${after}`;
    if (wasTaken(recording, 'group')) {
      const so = after === own ? ', though its address still reads its own' : '';
      return fail({ expected, observed, reason: `The NIC says that it took the group address ${mac}${so}.` });
    }
    if (after !== own) {
      return fail({
        expected,
        observed,
        reason: `The NIC refused ${mac}, and its address now reads ${after}.`,
      });
    }
    if (answersTo(recording, 'still') === 0) {
      const reason =
        'After the refusal the NIC answered nothing at its own address: is the path still there?';
      return inconclusive({ expected, observed, reason });
    }
    return pass({ expected, observed, reason: `The NIC refuses the group address ${mac}.` });
  },
});
