import { defineProbe, deliveries, fail, hasPort, pass } from '../../src/probe.js';
import { toStation } from './station.js';

const stations = ['station-1', 'station-2', 'station-3'] as const;
const framesEach = 5;

export default defineProbe<null>({
  id: 'switch/never-spoke',
  device: 'switch',
  title: 'Frames to a station that never spoke are flooded to every port',
  failureTitle: 'The switch does not flood frames to a station that it does not know',
  why: 'A standby that has been silent can’t be reached at all, and an aged-out entry turns into an outage.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.6.3 Frame filtering',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world'],
  cases: [{ id: 'flooded', title: 'World sends to three unknown addresses', params: null }],

  async control(context) {
    await context.sentinel();
  },
  controlHolds: () => true,

  async stimulus(context) {
    for (const role of stations) {
      context.expect(
        role,
        context.ports.filter((port) => port !== 'world'),
      );
      await toStation(context, role, context.neverSpokenMac(role), framesEach);
    }
    await context.sentinel();
  },

  judge(recording) {
    const ports = ['a', 'b', 'monitor'].filter((port) => hasPort(recording, port));
    const sent = stations.flatMap((role) => deliveries(recording, role));
    const missing = ports.filter((port) => !sent.some(({ arrivals }) => arrivals.has(port)));
    const said = {
      expected: `frames reach ${ports.join(', ')}`,
      observed: ports
        .map(
          (port) =>
            `${port} got ${sent.filter(({ arrivals }) => arrivals.has(port)).length} of ${sent.length}`,
        )
        .join(', '),
      findings: ports.map((port) => ({
        id: `reached-${port}`,
        holds: !missing.includes(port),
        text: `unknown unicast ${missing.includes(port) ? 'never reached' : 'reached'} port ${port}`,
      })),
    };
    if (missing.length > 0) {
      return fail({
        ...said,
        reason: `Frames to addresses that never spoke did not come out at port ${missing.join(' and port ')}.`,
      });
    }
    return pass({ ...said, reason: 'Every port got the frames to unknown stations.' });
  },
});
