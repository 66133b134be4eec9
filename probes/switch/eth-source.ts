import { arpFrame, arpOperations, broadcastMac, zeroMac } from '../../src/frame/index.js';
import { defineProbe, deliveries, fail, inconclusive, pass, tally } from '../../src/probe.js';
import { type Awaited, inTime } from './in-time.js';
import { describe, learningProcess, sayAndSettle, toStation } from './station.js';

interface Packet {
  readonly operation: number;
}

const lesson: Awaited = { announce: 'speak', poll: 'poll', after: 'after-source', to: 'a' };

export default defineProbe<Packet>({
  id: 'switch/eth-source',
  device: 'switch',
  title: 'The Ethernet source is learned, whatever the ARP packet inside says',
  failureTitle: 'The switch learns the address inside the ARP packet, not the frame’s source',
  why: 'Clusters announce a service with another address than the NIC that sends: the wrong one would move.',
  requirement: learningProcess('must'),
  needs: ['a', 'b', 'world'],
  cases: [
    {
      id: 'arp-request',
      title: 'ARP request whose SHA is another address',
      params: { operation: arpOperations.request },
    },
    {
      id: 'arp-reply',
      title: 'ARP reply whose SHA is another address',
      params: { operation: arpOperations.reply },
    },
  ],

  async control(context) {
    await toStation(context, 'before-source', context.mac('source'), 3);
    await toStation(context, 'before-sender', context.mac('sender'), 3);
    await context.sentinel();
  },
  controlHolds(recording) {
    const known = ['before-source', 'before-sender'].some((label) => {
      const seen = tally(deliveries(recording, label), 'a');
      return seen.right > 0 && seen.flooded === 0;
    });
    return known
      ? 'The switch knew one of the addresses at port a before it was used, from an earlier run.'
      : true;
  },

  async stimulus(context) {
    const [source, sender] = [context.mac('source'), context.mac('sender')];
    const spa = context.ipv4('service');
    const { operation } = context.params;
    const tha = operation === arpOperations.request ? zeroMac : sender;
    const frame = arpFrame({ destination: broadcastMac, source, operation, sha: sender, spa, tha, tpa: spa });
    await sayAndSettle(context, 'a', frame, 'speak', 'poll', source);
    context.expect('after-source', ['a']);
    await toStation(context, 'after-source', source);
    await toStation(context, 'after-sender', sender);
    await context.sentinel();
  },

  judge(recording) {
    const source = tally(deliveries(recording, 'after-source'), 'a');
    const sender = tally(deliveries(recording, 'after-sender'), 'a');
    // A flooded frame of which one copy got lost looks like one that was sent to port a alone.
    const senderLearned = sender.right > 0 && sender.flooded === 0;
    const said = {
      expected:
        'frames to the Ethernet source reach port a only; the address inside the ARP packet stays unknown',
      observed: `to the Ethernet source: ${describe(source, 'a')}; to the ARP sender: ${describe(sender, 'a')}`,
      findings: [
        {
          id: 'source-learned',
          holds: source.right === source.sent,
          text: 'the Ethernet source was learned',
        },
        { id: 'sender-not-learned', holds: !senderLearned, text: 'the ARP sender was not learned' },
      ],
    };
    if (senderLearned)
      return fail({ ...said, reason: 'The switch learned the address inside the ARP packet.' });
    if (source.flooded > 0)
      return fail({ ...said, reason: 'The switch did not learn the Ethernet source of an ARP frame.' });
    if (source.right === 0)
      return inconclusive({
        ...said,
        reason: 'Frames came out nowhere, so what the switch learned can’t be told.',
      });
    const reason = 'The switch learned the Ethernet source and nothing else.';
    return inTime(recording, lesson, pass({ ...said, reason }));
  },
});
