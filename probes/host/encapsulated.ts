import { arpFrame, broadcastMac, rarpFrame } from '../../src/frame/index.js';
import {
  arrivedAt,
  type Context,
  defineProbe,
  hasPort,
  inconclusive,
  type Recording,
} from '../../src/probe.js';
import { type Cast, newPort } from './cast.js';
import {
  type ArpPacket,
  askHost,
  bothEstablished,
  establishBoth,
  judgeIgnored,
  judgeTaken,
  takeOverBoth,
} from './neighbour/beside-ordinary.js';

type Encapsulation = 'llc-snap' | 'priority-tagged' | 'rarp';

interface Encapsulated {
  readonly as: Encapsulation;
}

/** The priority that IEEE 802.1Q recommends for network control. */
const networkControl = 7;

/** RFC 903: a reverse request is operation 3, under an EtherType of its own. */
const reverseRequest = 3;

// To everybody, so that another port of the bench tells whether the switch carries such a frame at all.
const toAll = (context: Context, cast: Cast): ArpPacket => ({
  ...askHost(context, cast),
  destination: broadcastMac,
});

const compose: Record<Encapsulation, (context: Context, cast: Cast) => Uint8Array> = {
  'llc-snap': (context, cast) => arpFrame({ ...toAll(context, cast), snap: true }),
  'priority-tagged': (context, cast) =>
    arpFrame({ ...toAll(context, cast), tags: [{ vid: 0, priority: networkControl }] }),
  rarp: (context, cast) => rarpFrame({ ...toAll(context, cast), operation: reverseRequest }),
};

const words: Record<Encapsulation, string> = {
  'llc-snap': 'ARP in IEEE 802.3 with LLC/SNAP',
  'priority-tagged': 'ARP with a priority tag',
  rarp: 'a RARP request with the service address as its sender',
};

/** Whether the switch was seen to carry the packet: null where no other port could tell. */
function carried(recording: Recording): boolean | null {
  const sender = newPort({ has: (port) => hasPort(recording, port) });
  const others = recording.ports.map(({ name }) => name).filter((name) => name !== sender);
  return others.length === 0 ? null : others.some((port) => arrivedAt(recording, 'announce-1', port));
}

export default defineProbe<Encapsulated>({
  id: 'host/encapsulated',
  device: 'host',
  title: 'ARP with a priority tag or in LLC/SNAP is taken, and RARP is not',
  failureTitle: 'The host does not hear ARP in another encapsulation, or takes RARP for it',
  why: 'An announcement that comes tagged or in LLC/SNAP, as from old stacks and some bridges, may never be heard.',
  requirement: {
    level: 'info',
    document: 'RFC 1122',
    clause:
      '2.3.3: a host SHOULD be able to receive RFC 1042 packets; IEEE 802.1Q: VID 0 says no VLAN; RFC 903',
    link: 'https://www.rfc-editor.org/rfc/rfc1122#page-24',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: () => 2,
  cases: [
    { id: 'llc-snap', title: `${words['llc-snap']}: taken`, params: { as: 'llc-snap' } },
    { id: 'priority-tagged', title: `${words['priority-tagged']}: taken`, params: { as: 'priority-tagged' } },
    { id: 'rarp', title: `${words.rarp}: not taken`, params: { as: 'rarp' } },
  ],

  control: establishBoth,
  controlHolds: bothEstablished,

  stimulus: (context) =>
    takeOverBoth(context, {
      unusual: (cast) => compose[context.params.as](context, cast),
      ordinary: (cast) => arpFrame(toAll(context, cast)),
    }),

  judge(recording, { as }) {
    const what = words[as];
    const judgement =
      as === 'rarp' ? judgeIgnored(recording, what) : judgeTaken(recording, what, remarks[as]);
    const seen = carried(recording);
    const text = {
      true: 'another port got the packet',
      false: 'no other port got the packet',
      null: 'not seen',
    };
    const finding = { id: 'carried', holds: seen, text: text[`${seen}`] };
    const told = { ...judgement, findings: [...judgement.findings, finding] };
    // A host that follows has heard it, whatever another port says.
    if (seen !== false || judgement.observed.startsWith('updated')) return told;
    const reason = `No other port got ${what}: the switch does not seem to carry it, so the host may not have heard it.`;
    return inconclusive({ ...told, reason });
  },
});

const remarks: Record<Encapsulation, string> = {
  'llc-snap': 'Linux hears none either.',
  'priority-tagged': 'A switch may also have dropped the tagged frame on the host’s port.',
  rarp: '',
};
