import { defineProbe, deliveries, fail, pass, tally } from '../../src/probe.js';
import { inTime, movedToB } from './in-time.js';
import {
  astray,
  describe,
  deviations,
  lossy,
  mostlyLost,
  moveFindings,
  sayAndSettle,
  taught,
  teach,
  toStation,
} from './station.js';
import { announcement } from './triggers.js';

interface VirtualMac {
  readonly name: string;
  /** All octets but the last, which the run chooses. */
  readonly prefix: string;
}

export default defineProbe<VirtualMac>({
  id: 'switch/virtual-mac',
  device: 'switch',
  title: 'The address of a virtual router moves like any other',
  failureTitle: 'The switch does not move virtual-router addresses',
  why: 'VRRP, CARP and clusters with an address of their own move exactly these: the failover would go unnoticed.',
  requirement: {
    level: 'must',
    document: 'RFC 9568',
    clause: '7.3 Virtual Router MAC Address',
    link: 'https://www.rfc-editor.org/rfc/rfc9568#section-7.3',
  },
  needs: ['a', 'b', 'world'],
  sideBySide: true,
  confirmAlone: true,
  cases: [
    {
      id: 'vrrp-ipv4',
      title: 'VRRP for IPv4, 00-00-5E-00-01-xx',
      params: { name: 'VRRP IPv4', prefix: '00:00:5e:00:01:' },
    },
    {
      id: 'vrrp-ipv6',
      title: 'VRRP for IPv6, 00-00-5E-00-02-xx',
      params: { name: 'VRRP IPv6', prefix: '00:00:5e:00:02:' },
    },
    {
      id: 'ucarp',
      title: 'ucarp, 00-00-5E-00-00-xx',
      params: { name: 'ucarp', prefix: '00:00:5e:00:00:' },
    },
    {
      id: 'locally-administered',
      title: 'locally administered, 02-00-5E-00-53-xx',
      params: { name: 'locally administered', prefix: '02:00:5e:00:53:' },
    },
  ],

  async control(context) {
    const last = (1 + context.random(255)).toString(16).padStart(2, '0');
    await teach(context, 'a', context.claim('station', context.params.prefix + last));
  },
  controlHolds: (recording) => taught(recording, 'a'),

  async stimulus(context) {
    const station = context.mac('station');
    await sayAndSettle(context, 'b', announcement(context, station), 'announce', 'poll', station);
    context.expect('after', ['b']);
    await toStation(context, 'after', station);
    await context.sentinel();
  },

  judge(recording, { name }) {
    const seen = tally(deliveries(recording, 'after'), 'b', 'a');
    const expected = `frames to the ${name} address reach port b only`;
    const said = {
      expected,
      observed: describe(seen, 'b', 'a'),
      findings: moveFindings(recording, seen, 'b', 'a'),
    };
    if (astray(seen)) {
      const where =
        seen.stale > 0 ? 'still go to the old port a' : seen.flooded > 0 ? 'are flooded' : 'come out nowhere';
      return fail({
        ...said,
        reason: `After an announcement from port b, frames to the ${name} address ${where}.`,
      });
    }
    if (mostlyLost(seen)) return lossy(seen, 'b', expected);
    const reason = `The ${name} address moved to port b.`;
    return inTime(recording, movedToB, pass({ ...said, reason, qualifiers: deviations(seen) }));
  },
});
