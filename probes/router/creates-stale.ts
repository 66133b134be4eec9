import {
  addressOf,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  pass,
  type Recording,
} from '../../src/probe.js';
import { castOf, newPort, numberedRoles } from '../host/cast.js';
import { type Advertisement, advertise, plain } from '../host/neighbour/advertisement.js';
import { cacheBelief } from '../host/views.js';
import { established, followed, hopWords, ownerOf, packetsOf, questionNs } from './adjacency.js';
import { establish, look } from './takeover.js';

/** Another service address shows that it forwards; the one that is advertised it has never heard of. */
const known = { names: numberedRoles(1), suffix: '-1' };
const unknown = { names: numberedRoles(2), suffix: '-2' };

type To = Advertisement['to'];

/** What its cache held before it had to forward to V. */
function cached(recording: Recording): string | undefined {
  const lookedNs = departureNs(recording, 'after-2') ?? 0;
  const before = recording.events.filter(({ atNs }) => atNs < lookedNs);
  const inside = cacheBelief({ ...recording, events: before }, unknown.names);
  if (!inside) return undefined;
  return inside.belief === 'absent' ? 'no entry' : `${inside.belief} owner (${inside.state ?? 'unknown'})`;
}

export default defineProbe<To>({
  id: 'router/creates-stale',
  device: 'router',
  title: 'The router makes a STALE entry from an advertisement for an address that it did not know',
  failureTitle: 'The router discards advertisements for addresses that it does not know',
  why: 'A new owner’s first packets come back only after the router has asked for it; what comes meanwhile may be lost.',
  requirement: {
    level: 'should',
    document: 'RFC 9131',
    clause: '6.1.1: routers create a new entry, whose state is STALE',
    link: 'https://www.rfc-editor.org/rfc/rfc9131#section-6.1.1',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  serviceAddresses: () => 3,
  confirmAlone: true,
  cases: [
    { id: 'all-routers', title: 'sent to ff02::2, as hosts do', params: 'all-routers' },
    { id: 'all-nodes', title: 'sent to ff02::1, as failover software does', params: 'all-nodes' },
  ],

  async control(context) {
    await establish(context, castOf(context, 'ipv6', known.names), known.suffix);
  },
  controlHolds: (recording) => established(recording, known),

  async stimulus(context) {
    const cast = castOf(context, 'ipv6', unknown.names);
    context.own(cast.service, cast.new, newPort(context));
    const advertisement = advertise(context, cast, { ...plain, to: context.params });
    await context.send(newPort(context), advertisement, 'announce-2');
    await context.wait(60);
    // Read before it forwards: to do so it makes an entry.
    await context.host.cache?.read(cast.service);
    await look(context, cast, 'after-2');
  },

  judge(recording) {
    const [askedNs, lookedNs] = [questionNs(recording, unknown), departureNs(recording, 'after-2') ?? 0];
    const first = packetsOf(recording, ['after-2']).find(({ landing }) => landing);
    const hop = first ? ownerOf(recording, first, unknown.names) : 'silent';
    // Some verify the new entry at once, which nobody has to wait for.
    const atOnce = askedNs !== undefined && askedNs < lookedNs;
    const cameOutNs = first?.landing?.atNs ?? Number.POSITIVE_INFINITY;
    const asked = askedNs !== undefined && !atOnce && askedNs < cameOutNs;
    const made = hop === 'new' && !asked;
    const inside = cached(recording);
    const disagree = inside !== undefined && made !== inside.startsWith('new owner');
    const said = {
      expected: 'created: the router forwards to the new owner without asking for it',
      observed: asked
        ? 'unchanged: asks before it forwards'
        : made
          ? 'created: forwards without asking'
          : hopWords[hop],
      findings: [
        {
          id: 'outside',
          holds: hop !== 'silent',
          text: `from outside: ${asked ? 'asks first' : hopWords[hop]}`,
        },
        {
          id: 'cache',
          holds: inside === undefined ? null : true,
          text: `its cache: ${inside ?? 'not read'}`,
        },
        ...(inside === undefined
          ? []
          : [
              {
                id: 'views-agree',
                holds: !disagree,
                text: disagree ? 'the two views disagree' : 'both views agree',
              },
            ]),
      ],
      measurements: followed(recording, unknown),
      qualifiers: [
        ...(disagree
          ? [`deviation: from outside ${made ? 'an entry' : 'none'}, in its cache ${inside}`]
          : []),
        ...(atOnce ? ['deviation: it asked for the address as soon as that was advertised'] : []),
      ],
    };
    if (made)
      return pass({
        ...said,
        reason: `The router knows ${addressOf(recording, unknown.names.service)} before it has to forward to it.`,
      });
    if (asked)
      return fail({
        ...said,
        reason:
          'The router discarded the advertisement and had to ask. On Linux net.ipv6.conf.*.accept_untracked_na=1 mends it; 0 is its default.',
      });
    return inconclusive({ ...said, reason: `From outside: the router ${hopWords[hop]}.` });
  },
});
