import { type Arp, arpFrame, encodeArp, encodeEthernet, etherTypes } from '../../src/frame/index.js';
import { type Context, defineProbe, type ProbeCase } from '../../src/probe.js';
import type { Cast } from './cast.js';
import {
  askHost,
  bothEstablished,
  establishBoth,
  judgeIgnored,
  judgeTaken,
  takeOverBoth,
} from './neighbour/beside-ordinary.js';

type Fields = Partial<
  Pick<Arp, 'hardwareType' | 'protocolType' | 'hardwareLength' | 'protocolLength' | 'operation'>
>;

type Malformation =
  /** Fields that say another thing than Ethernet, IPv4, request or reply; the addresses stay where those put them. */
  | { readonly kind: 'fields'; readonly fields: Fields; readonly remark?: string }
  /** The packet ends after so many octets, and so does its frame. */
  | { readonly kind: 'truncated'; readonly octets: number }
  /** The packet is whole, and so many octets follow it that are not zero. */
  | { readonly kind: 'followed'; readonly octets: number };

interface Malformed {
  readonly what: string;
  readonly malformation: Malformation;
}

/** Not zero, and no text, address or length that anything would be looking for. */
const rubbish = 0xa5;

/** An ARP packet is 28 octets, and the shortest frame carries 46. */
const paddingOctets = 46 - 28;

function malformed(context: Context, cast: Cast, how: Malformation): Uint8Array {
  const packet = askHost(context, cast);
  const { destination, source } = packet;
  const type = etherTypes.arp;
  switch (how.kind) {
    case 'fields':
      return arpFrame({ ...packet, ...how.fields });
    case 'truncated': {
      const payload = encodeArp(packet).subarray(0, how.octets);
      return encodeEthernet({ destination, source, type, payload }, { pad: false });
    }
    case 'followed': {
      const payload = Uint8Array.from([...encodeArp(packet), ...new Array<number>(how.octets).fill(rubbish)]);
      return encodeEthernet({ destination, source, type, payload });
    }
  }
}

const fields = (
  id: string,
  what: string,
  changed: Fields,
  level: 'must' | 'info',
  remark?: string,
): ProbeCase<Malformed> => ({
  id,
  title: what,
  level,
  params: {
    what: `an ARP packet with ${what}`,
    malformation: { kind: 'fields', fields: changed, ...(remark !== undefined && { remark }) },
  },
});

const optionalCheck = 'RFC 826 makes the check of the lengths optional.';
const mergedFirst =
  'RFC 826 has the sender’s addresses merged before the operation is looked at, and FreeBSD does so; Linux looks first.';
const ieee802 =
  'The number is that of all IEEE 802 networks (RFC 1042); Linux takes it for Ethernet, lwIP does not.';

const cases: readonly ProbeCase<Malformed>[] = [
  fields('hrd-0', 'hardware type 0', { hardwareType: 0 }, 'must'),
  fields('hrd-6', 'hardware type 6 (IEEE 802)', { hardwareType: 6 }, 'info', ieee802),
  fields('hrd-255', 'hardware type 255', { hardwareType: 255 }, 'must'),
  fields('pro-0000', 'protocol type 0', { protocolType: 0 }, 'must'),
  fields('pro-86dd', 'protocol type 0x86DD (IPv6)', { protocolType: etherTypes.ipv6 }, 'must'),
  ...[0, 4, 8].map((n) =>
    fields(`hln-${n}`, `hardware length ${n}`, { hardwareLength: n }, 'info', optionalCheck),
  ),
  ...[0, 6].map((n) =>
    fields(`pln-${n}`, `protocol length ${n}`, { protocolLength: n }, 'info', optionalCheck),
  ),
  ...[0, 3, 8, 26, 255].map((n) =>
    fields(`op-${n}`, `operation ${n}`, { operation: n }, 'info', mergedFirst),
  ),
  {
    id: 'truncated',
    title: 'a packet that ends after the sender’s addresses',
    level: 'info',
    params: {
      what: 'a packet that ends after the sender’s addresses',
      malformation: { kind: 'truncated', octets: 18 },
    },
  },
  {
    id: 'trailing',
    title: 'a whole packet, followed by 100 octets that are not zero: taken as usual',
    level: 'info',
    params: {
      what: 'a packet that 100 other octets follow',
      malformation: { kind: 'followed', octets: 100 },
    },
  },
  {
    id: 'padding-not-zero',
    title: 'a whole packet, padded with octets that are not zero: taken as usual',
    level: 'info',
    params: {
      what: 'a packet whose padding is not zero',
      malformation: { kind: 'followed', octets: paddingOctets },
    },
  },
];

export default defineProbe<Malformed>({
  id: 'host/malformed',
  device: 'host',
  title: 'A malformed ARP packet changes nothing, and a whole one is taken whatever follows it',
  failureTitle: 'The host learns from malformed ARP packets, or refuses sound ones',
  why: 'What is no ARP for IPv4 over Ethernet must not move an address; and padding is nobody’s business.',
  requirement: {
    level: 'must',
    document: 'RFC 826',
    clause:
      'Packet Reception: “Do I have the hardware type in ar$hrd?”, “Do I speak the protocol in ar$pro?”',
    link: 'https://www.rfc-editor.org/rfc/rfc826',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  confirmAlone: true,
  serviceAddresses: () => 2,
  cases,

  control: establishBoth,
  controlHolds: bothEstablished,

  // To the host alone: other machines of the segment did not ask to be tested.
  stimulus: (context) =>
    takeOverBoth(context, {
      unusual: (cast) => malformed(context, cast, context.params.malformation),
      ordinary: (cast) => arpFrame(askHost(context, cast)),
    }),

  judge(recording, { what, malformation }) {
    switch (malformation.kind) {
      case 'fields':
        return judgeIgnored(recording, what, malformation.remark);
      case 'truncated':
        return judgeIgnored(recording, what, 'A NIC that pads it to the shortest frame makes it look whole.');
      case 'followed':
        return judgeTaken(recording, what);
    }
  },
});
