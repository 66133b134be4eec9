/**
 * What a survey says on the segment, a column each. All hosts share the service address V: they are taught V at
 * OLD, see the stimulus from NEW, and are asked where they believe V to be.
 */
import { type Form, nameOf } from '../../probes/host/announcement.js';
import type { Family } from '../bench/addresses.js';
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  multicastMacOf,
  neighbourAdvertisementFrame,
  neighbourSolicitationFrame,
  resolutionFrame,
  zeroMac,
} from '../frame/index.js';

/** The addresses of one takeover as one host sees it. */
export interface Takeover {
  readonly service: string;
  readonly old: string;
  readonly new: string;
  readonly host: { readonly address: string; readonly mac: string };
}

/**
 * `announcement`: failover software says so to everybody · `aside`: said to one host · `harmless`: must change nothing ·
 * `unknown`: an announcement of a V that the host was never taught · `silence`: nothing is said, so that a host which
 * forgets by itself is known.
 */
export type StimulusKind = 'announcement' | 'aside' | 'harmless' | 'unknown' | 'silence';

export interface Stimulus {
  readonly id: string;
  readonly family: Family;
  readonly kind: StimulusKind;
  /** Above its column. */
  readonly heading: string;
  readonly title: string;
  /** `fresh`: the entry changed less than a second ago, which is Linux's locktime (arp(7)); `settled`: longer ago. */
  readonly age: 'settled' | 'fresh' | 'any';
  /** Whether each host is told by itself. */
  readonly toEach: boolean;
  /** Undefined: nothing is said. */
  readonly frame?: (takeover: Takeover) => Uint8Array;
}

type Broadcast = Form & { readonly to: 'broadcast'; readonly tha: 'zero' | 'ff' | 'sha'; readonly tpa: 'v' };

const arp =
  ({ operation, to, tha, tpa }: Form) =>
  ({ service, new: sha, host }: Takeover): Uint8Array =>
    arpFrame({
      destination: to === 'broadcast' ? broadcastMac : host.mac,
      source: sha,
      operation: arpOperations[operation],
      sha,
      spa: service,
      tha: { zero: zeroMac, ff: broadcastMac, sha, other: host.mac }[tha],
      tpa: tpa === 'v' ? service : host.address,
    });

const garp = (id: string, heading: string, form: Broadcast, age: 'settled' | 'fresh'): Stimulus => ({
  id: age === 'fresh' ? `${id}-fresh` : id,
  family: 'ipv4',
  kind: 'announcement',
  heading: age === 'fresh' ? `${heading}, fresh` : heading,
  title: `${nameOf(form)}${age === 'fresh' ? ', less than 1 s after the entry changed' : ''}`,
  age,
  toEach: false,
  frame: arp(form),
});

const form = (operation: Form['operation'], tha: Broadcast['tha']): Broadcast => ({
  operation,
  to: 'broadcast',
  tha,
  tpa: 'v',
});

/** The forms in the catalogue of takeover profiles: see `formOf` in advice.ts. */
const forms = {
  'garp-request': { heading: 'request, THA 0', form: form('request', 'zero') },
  'garp-request-ff': { heading: 'request, THA ff', form: form('request', 'ff') },
  'garp-request-sha': { heading: 'request, THA = SHA', form: form('request', 'sha') },
  'garp-reply': { heading: 'reply, THA = SHA', form: form('reply', 'sha') },
  'garp-reply-ff': { heading: 'reply, THA ff', form: form('reply', 'ff') },
} as const;

const broadcastForms = Object.entries(forms).map(([id, entry]) =>
  garp(id, entry.heading, entry.form, 'settled'),
);
const freshForms = (['garp-request-ff', 'garp-reply', 'garp-reply-ff'] as const).map((id) =>
  garp(id, forms[id].heading, forms[id].form, 'fresh'),
);

const aside = (id: string, heading: string, one: Form): Stimulus => ({
  id,
  family: 'ipv4',
  kind: 'aside',
  heading,
  title: nameOf(one),
  age: 'settled',
  toEach: true,
  frame: arp(one),
});

const advertisement =
  (to: 'all' | 'host', override: boolean) =>
  ({ service, new: source, host }: Takeover): Uint8Array =>
    neighbourAdvertisementFrame({
      destination: to === 'all' ? multicastMacOf(allNodes) : host.mac,
      source,
      ipSource: service,
      ipDestination: to === 'all' ? allNodes : host.address,
      router: false,
      solicited: false,
      override,
      target: service,
      options: [{ type: 'target-link-layer', mac: source }],
    });

export const allNodes = 'ff02::1';

const six = { family: 'ipv6', age: 'any' } as const;

/** In the order in which they are shown. */
export const stimuli: readonly Stimulus[] = [
  ...broadcastForms,
  ...freshForms,
  aside('unicast-request', 'unicast request', { operation: 'request', to: 'unicast', tha: 'zero', tpa: 'v' }),
  aside('refresh', 'new owner asks for the host', {
    operation: 'request',
    to: 'unicast',
    tha: 'zero',
    tpa: 'host',
  }),
  {
    id: 'probe',
    family: 'ipv4',
    kind: 'harmless',
    heading: 'probe (SPA 0)',
    title: 'an ARP probe for V by another station (RFC 5227 §2.1.1), which claims nothing',
    age: 'settled',
    toEach: false,
    frame: ({ service, new: mac }) => resolutionFrame({ mac, target: service }),
  },
  {
    id: 'unheard',
    family: 'ipv4',
    kind: 'unknown',
    heading: 'unheard V announced',
    title: `${nameOf(form('request', 'ff'))}, for a V that the host never heard of`,
    age: 'any',
    toEach: false,
    frame: arp(form('request', 'ff')),
  },
  {
    id: 'silence',
    family: 'ipv4',
    kind: 'silence',
    heading: 'nothing',
    title: 'nothing is said',
    age: 'any',
    toEach: false,
  },
  {
    ...six,
    id: 'una',
    kind: 'announcement',
    heading: 'advertisement, O=1',
    title: 'unsolicited neighbour advertisement to ff02::1, O=1',
    toEach: false,
    frame: advertisement('all', true),
  },
  {
    ...six,
    id: 'una-unicast',
    kind: 'aside',
    heading: 'unicast advertisement, O=1',
    title: 'unsolicited neighbour advertisement to the host alone, O=1',
    toEach: true,
    frame: advertisement('host', true),
  },
  {
    ...six,
    id: 'solicits',
    kind: 'aside',
    heading: 'new owner asks for the host',
    title: 'neighbour solicitation for the host with the new owner’s source link-layer address',
    toEach: true,
    frame: ({ service, new: mac, host }) =>
      resolutionFrame({ mac, ip: service, target: host.address, to: host.mac }),
  },
  {
    ...six,
    id: 'una-no-override',
    kind: 'harmless',
    heading: 'advertisement, O=0',
    title: 'unsolicited neighbour advertisement to ff02::1 without the override flag (RFC 4861 §7.2.5)',
    toEach: false,
    frame: advertisement('all', false),
  },
  {
    ...six,
    id: 'unheard-una',
    kind: 'unknown',
    heading: 'unheard V advertised',
    title: 'unsolicited neighbour advertisement, O=1, for a V that the host never heard of',
    toEach: false,
    frame: advertisement('all', true),
  },
  {
    ...six,
    id: 'silence-ipv6',
    kind: 'silence',
    heading: 'nothing',
    title: 'nothing is said',
    toEach: false,
  },
];

export const stimuliOf = (family: Family): Stimulus[] => stimuli.filter((each) => each.family === family);

/** The host is taught V before. */
export const isTaught = ({ kind }: Stimulus): boolean => kind !== 'unknown';

/**
 * What OLD teaches a host by: it asks the host for its own address (RFC 826; RFC 4861 §7.2.3), or gives it an answer
 * that it did not ask for.
 */
export function lesson({ service, old, host }: Takeover, by: 'request' | 'reply'): Uint8Array {
  const link = { destination: host.mac, source: old };
  const ip = { ...link, ipSource: service, ipDestination: host.address };
  if (!service.includes(':')) {
    const sender = { sha: old, spa: service, tha: by === 'request' ? zeroMac : host.mac, tpa: host.address };
    return arpFrame({ ...link, operation: arpOperations[by], ...sender });
  }
  if (by === 'request') {
    const options = [{ type: 'source-link-layer', mac: old }] as const;
    return neighbourSolicitationFrame({ ...ip, target: host.address, options });
  }
  return neighbourAdvertisementFrame({
    ...ip,
    router: false,
    solicited: true,
    override: true,
    target: service,
    options: [{ type: 'target-link-layer', mac: old }],
  });
}
