import { arpFrame, broadcastMac } from '../../src/frame/index.js';
import { addressOf, type Context, defineProbe, fail, inconclusive, pass } from '../../src/probe.js';
import { verdictWords } from './belief.js';
import type { Cast } from './cast.js';
import {
  type ArpPacket,
  answerHost,
  askHost,
  bothEstablished,
  establishBoth,
  fatesOf,
  takeOverBoth,
  unsettled,
} from './neighbour/beside-ordinary.js';

interface Mismatch {
  readonly packet: keyof typeof packets;
}

const packets = {
  request: askHost,
  reply: answerHost,
  announcement: (context: Context, cast: Cast): ArpPacket => ({
    ...askHost(context, cast),
    destination: broadcastMac,
    tpa: cast.service,
  }),
};

const titles: Record<keyof typeof packets, string> = {
  request: 'an ARP request for the host',
  reply: 'an ARP reply to the host',
  announcement: 'a gratuitous ARP request',
};

/** Whose address the frame has, though the packet gives NEW's. */
const sender = 'sender';

export default defineProbe<Mismatch>({
  id: 'host/eth-vs-sha',
  device: 'host',
  title: 'Where the Ethernet source and the sender’s address differ, the packet’s word counts',
  failureTitle: 'The host believes the Ethernet source, or neither',
  why: 'VRRP software and load balancers announce a virtual MAC from another’s frame: a host that looks at the frame goes astray.',
  requirement: {
    level: 'info',
    document: 'RFC 826',
    clause: 'Packet Reception: ar$sha is what the table takes',
    link: 'https://www.rfc-editor.org/rfc/rfc826',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: () => 2,
  cases: (Object.keys(packets) as (keyof typeof packets)[]).map((packet) => ({
    id: packet,
    title: `${titles[packet]} in another station’s frame`,
    params: { packet },
  })),

  control: establishBoth,
  controlHolds: bothEstablished,

  stimulus(context) {
    const packet = packets[context.params.packet];
    const source = context.mac(sender);
    return takeOverBoth(context, {
      unusual: (cast) => arpFrame({ ...packet(context, cast), source }),
      ordinary: (cast) => arpFrame(packet(context, cast)),
    });
  },

  judge(recording, { packet }) {
    const fates = fatesOf(recording);
    const expected = 'the host sends to the sender’s address in the packet';
    const open = unsettled(fates, expected);
    if (open) return open;
    const said = { expected, observed: verdictWords[fates.unusual], ...fates.said };
    const what = titles[packet];
    if (fates.unusual === 'new')
      return pass({ ...said, reason: `From ${what} the host takes the packet’s word.` });
    if (fates.sentTo === addressOf(recording, sender)) {
      const observed = 'updated: sends to the Ethernet source';
      return fail({ ...said, observed, reason: `From ${what} the host takes the Ethernet source.` });
    }
    if (fates.unusual === 'old')
      return fail({
        ...said,
        reason: `The host ignores ${what} in another station’s frame, and takes one in its own.`,
      });
    if (fates.unusual === 'asked') {
      const qualifiers = [...fates.said.qualifiers, 'deviation: the entry was invalidated, not updated'];
      return pass({
        ...said,
        qualifiers,
        reason: `After ${what} the host asked again, and believes the answer.`,
      });
    }
    return inconclusive({ ...said, reason: `After ${what} the host sends to ${fates.sentTo}.` });
  },
});
