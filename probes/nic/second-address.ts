import { addressOf, defineProbe, fail, inconclusive, markDetail, pass } from '../../src/probe.js';
import {
  answersTo,
  askUntilAnswered,
  control,
  controlHolds,
  describe,
  findOut,
  pathIsBack,
  reception,
  unheard,
} from './nic.js';

export default defineProbe<null>({
  id: 'nic/second-address',
  device: 'nic',
  title: 'With a macvlan it receives frames to a second address beside its own',
  failureTitle: 'The NIC does not receive frames to a second address',
  why: 'keepalived’s use_vmac puts the virtual router’s address on a macvlan: without it, clients get no answer.',
  requirement: {
    level: 'should',
    document: 'Linux kernel',
    clause: 'drivers/net/Kconfig, MACVLAN: interfaces that map packets from and to a MAC address to a NIC',
    link: 'https://github.com/torvalds/linux/blob/master/drivers/net/Kconfig',
  },
  needs: ['nic'],
  deadlineMs: 60_000,
  cases: [{ id: 'macvlan', title: 'a macvlan with an address of its own', params: null }],

  control,
  controlHolds,

  async stimulus(context) {
    const { nic } = context;
    const mac = context.mac('second');
    const ends = await nic.addSecond(mac);
    if (!ends) return;
    context.own(ends.peer, context.portMac(nic.observer), nic.observer);
    await pathIsBack(context);
    if (!(await askUntilAnswered(context, 'second', mac, ends))) await findOut(context, 'second', mac, ends);
    await askUntilAnswered(context, 'own', nic.own);
    await context.sentinel();
  },

  judge(recording) {
    const [mac, own] = [addressOf(recording, 'second'), addressOf(recording, 'own')];
    const outcome = markDetail(recording, 'nic-second') ?? 'not tried';
    const seen = reception(recording, 'second');
    const expected = `the NIC takes a macvlan, and what is sent to ${mac} and to ${own} is answered`;
    const observed = `the macvlan: ${outcome}; at the second address ${describe(seen)}, at its own ${describe(reception(recording, 'own'))}`;
    if (!outcome.startsWith('taken')) {
      return fail({ expected, observed, reason: `The NIC takes no macvlan: ${outcome}.` });
    }
    if (seen.answers === 0) return unheard(seen, `the second address ${mac}`, { expected, observed });
    if (answersTo(recording, 'own') === 0) {
      const lost = reception(recording, 'own');
      return lost.arrived
        ? fail({
            expected,
            observed,
            reason: `With a second address the NIC no longer receives what is sent to its own.`,
          })
        : inconclusive({
            expected,
            observed,
            reason: 'Frames to its own address no longer came as far as the NIC.',
          });
    }
    return pass({
      expected,
      observed,
      reason: `The NIC receives what is sent to ${mac} and to its own address.`,
    });
  },
});
