import { arpOperations, decodeFrame, resolutionFrame } from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  type Judgement,
  notApplicable,
  pass,
  type Recording,
} from '../../src/probe.js';
import { belief, established } from './belief.js';
import { castOf, newPort, oldPort } from './cast.js';
import { prompt } from './prompt.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

type Kind = 'off-subnet' | 'loopback' | 'limited-broadcast' | 'subnet-broadcast' | 'own';

interface Foreign {
  readonly kind: Kind;
}

/** RFC 5737: each is a /24, so that its broadcast address is known. */
const documentation = ['192.0.2.', '198.51.100.', '203.0.113.'] as const;

const networkOf = (host: string) => documentation.find((network) => host.startsWith(network));

/** The sender address that does not belong there; undefined where it can't be told. */
function foreignAddress({ params, host, random }: Context<Foreign>): string | undefined {
  const own = host.ipv4 ?? '';
  switch (params.kind) {
    case 'off-subnet':
      return `${networkOf(own) === '203.0.113.' ? '192.0.2.' : '203.0.113.'}${1 + random(254)}`;
    case 'loopback':
      return `127.${1 + random(254)}.${random(256)}.${1 + random(254)}`;
    case 'limited-broadcast':
      return '255.255.255.255';
    case 'subnet-broadcast': {
      const network = networkOf(own);
      return network === undefined ? undefined : `${network}255`;
    }
    case 'own':
      return own;
  }
}

const foreign = 'foreign';
const answerMs = 300;

const titles: Record<Kind, string> = {
  'off-subnet': 'an address outside its subnet',
  loopback: 'an address of 127/8',
  'limited-broadcast': '255.255.255.255',
  'subnet-broadcast': 'the broadcast address of its subnet',
  own: 'the host’s own address',
};

export default defineProbe<Foreign>({
  id: 'host/foreign-spa',
  device: 'host',
  title: 'No entry is made for a sender address that can’t be a neighbour’s',
  failureTitle: 'The host makes entries for addresses that can’t be a neighbour’s',
  why: 'A host that believes any sender can be given wrong ways to addresses that it would never ask for.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause:
      'RFC 1122 3.2.1.3 forbids loopback and broadcast source addresses in IP; for ARP’s sender no standard does',
    link: 'https://www.rfc-editor.org/rfc/rfc1122#page-29',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: () => 2,
  cases: (Object.keys(titles) as Kind[]).map((kind) => ({
    id: kind,
    title: `a request for the host from ${titles[kind]}`,
    // The host’s own address from another is a conflict, which may cost the host its address.
    ...(kind === 'own' && { sideBySide: false }),
    params: { kind },
  })),

  async control(context) {
    await establish(context, castOf(context));
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = castOf(context);
    const spa = foreignAddress(context);
    if (spa === undefined) return;
    context.claim(foreign, spa);
    const request = resolutionFrame({ mac: cast.new, ip: spa, target: cast.host, to: context.host.mac });
    await context.send(newPort(context), request, 'request');
    await context.until(
      () => context.frames.some((f) => f.direction === 'in' && answers(f.bytes, cast)),
      answerMs,
    );
    await context.host.cache?.read(spa);
    // Only to an address that a host may send to at all is it made to send.
    if (context.params.kind === 'off-subnet') await askAs(context, spa);
    await observe(context, cast, 'after');
  },

  judge(recording, { kind }) {
    const what = titles[kind];
    const expected = 'no entry for it, and the host still answers';
    if (recording.plan.addresses[foreign] === undefined) {
      const reason =
        'Its subnet’s broadcast address is known only where the host is in a documentation network (RFC 5737).';
      return notApplicable({ expected, observed: 'not tried', reason });
    }
    return judgeForeign(recording, what, expected);
  },
});

/** An ARP reply by which the host tells NEW its own address. */
function answers(bytes: Uint8Array, cast: { host: string; new: string }): boolean {
  const { arp } = decodeFrame(bytes);
  return arp?.operation === arpOperations.reply && arp.spa === cast.host && arp.tha === cast.new;
}

/** Has the host answer somebody at that address. */
async function askAs(context: Context, service: string): Promise<void> {
  const { host } = castOf(context);
  const asker = { source: context.portMac(oldPort), port: oldPort, label: 'as-foreign' };
  const { hangUp } = await prompt(context, { service, host }, asker);
  await context.until(
    () =>
      context.frames.some((f) => f.direction === 'in' && decodeFrame(f.bytes).ipv4?.destination === service),
    answerMs,
  );
  await hangUp();
}

function judgeForeign(recording: Recording, what: string, expected: string): Judgement {
  const spa = addressOf(recording, foreign);
  const cast = { host: addressOf(recording, 'host-ipv4'), new: addressOf(recording, 'new') };
  const outside = belief(recording, 'after');
  const sinceNs = departureNs(recording, 'request') ?? 0;
  const later = recording.frames.filter((f) => f.direction === 'in' && f.atNs >= sinceNs);
  const answered = later.some((f) => answers(f.bytes, cast));
  const used = later.some(({ bytes }) => {
    const { ethernet, ipv4 } = decodeFrame(bytes);
    return ipv4?.source === cast.host && ipv4.destination === spa && ethernet?.destination === cast.new;
  });
  const read = recording.events.findLast((e) => e.kind === 'neighbour' && e.address === spa);
  const cached = read?.kind === 'neighbour' ? read.mac === cast.new : undefined;
  const both = views(recording, outside);
  const findings = [
    ...both.findings,
    { id: 'answered', holds: answered, text: answered ? 'it answered the request' : 'it did not answer it' },
    {
      id: 'used',
      holds: used,
      text: used ? 'from outside: it sends to the sender' : 'from outside: no frame of it went to the sender',
    },
    {
      id: 'entry',
      holds: cached ?? null,
      text:
        cached === undefined
          ? 'its cache was not read for the address'
          : cached
            ? 'its cache: an entry for the address'
            : 'its cache: no entry for the address',
    },
  ];
  const said = {
    expected,
    ...both,
    findings,
    observed: used || cached ? 'created: an entry for it' : 'no entry',
  };
  if (used)
    return fail({
      ...said,
      reason: `The host made an entry for ${what}, and sends to the station that asked.`,
    });
  if (cached) return fail({ ...said, reason: `The host’s cache has an entry for ${what}.` });
  if (outside === 'silent')
    return inconclusive({
      ...said,
      observed: 'did not answer',
      reason: 'The host no longer answers: is it still there?',
    });
  const reason = answered
    ? `The host answered ${what} and made no entry that it was seen to use.`
    : `The host left the request from ${what} unanswered, and made no entry.`;
  return pass({ ...said, reason });
}
