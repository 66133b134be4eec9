import { arpFrame, broadcastMac } from '../../src/frame/index.js';
import { defineProbe, fail, pass } from '../../src/probe.js';
import { verdictWords } from './belief.js';
import {
  answerHost,
  askHost,
  bothEstablished,
  establishBoth,
  fatesOf,
  takeOverBoth,
  unsettled,
} from './neighbour/beside-ordinary.js';

interface GroupSender {
  readonly operation: 'request' | 'reply';
  readonly kind: 'broadcast' | 'multicast';
  readonly sha: string;
}

/** A group address with the local bit set, so nobody's (RFC 7042 §2.1). */
const groups = { broadcast: broadcastMac, multicast: '03:00:5e:00:53:01' } as const;

export default defineProbe<GroupSender>({
  id: 'host/group-sha',
  device: 'host',
  title: 'A broadcast or multicast sender address is not installed',
  failureTitle: 'The host installs a group address for a station',
  why: 'One packet then turns every frame for the service into a broadcast; though some load balancers live by it.',
  requirement: {
    level: 'info',
    document: 'RFC 1812',
    clause: '3.3.2: a router must not believe an ARP reply with such an address; of hosts nothing is said',
    link: 'https://www.rfc-editor.org/rfc/rfc1812#section-3.3.2',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: () => 2,
  cases: (['request', 'reply'] as const).flatMap((operation) =>
    (['broadcast', 'multicast'] as const).map((kind) => ({
      id: `${kind}-${operation}`,
      title: `an ARP ${operation} to the host whose sender address is ${kind}`,
      params: { operation, kind, sha: groups[kind] },
    })),
  ),

  control: establishBoth,
  controlHolds: bothEstablished,

  stimulus(context) {
    const { operation, sha } = context.params;
    const packet = operation === 'request' ? askHost : answerHost;
    return takeOverBoth(context, {
      unusual: (cast) => arpFrame({ ...packet(context, cast), sha }),
      ordinary: (cast) => arpFrame(packet(context, cast)),
    });
  },

  judge(recording, { kind, sha }) {
    const fates = fatesOf(recording);
    const expected = 'no frame of the host goes to the group address';
    const open = unsettled(fates, expected);
    if (open) return open;
    const said = { expected, observed: verdictWords[fates.unusual], ...fates.said };
    if (fates.sentTo === sha) {
      const reason = `The host installed the ${kind} address and sends the service’s frames to it, as Linux does.`;
      return fail({ ...said, observed: `updated: sends to ${sha}`, reason });
    }
    if (fates.unusual === 'asked') {
      const qualifiers = [...fates.said.qualifiers, 'deviation: the entry was invalidated'];
      return pass({
        ...said,
        qualifiers,
        reason: `The ${kind} address was not installed; the host asked again.`,
      });
    }
    return pass({ ...said, reason: `The ${kind} address was not installed.` });
  },
});
