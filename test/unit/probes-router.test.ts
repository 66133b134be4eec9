/** What the router probes' judges say of recordings that were written by hand. */
import assert from 'node:assert/strict';
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  encodeTag,
  multicastMacOf,
  neighbourAdvertisementFrame,
  neighbourSolicitationFrame,
  solicitedNodeAddress,
  udpFrame,
  zeroMac,
} from '../../src/frame/index.js';
import type { PortName } from '../../src/probe.js';
import { judged, type Row, table } from './judging.js';
import { addresses, claim, record, type Script, type Service, serviceOf, stranger } from './recordings.js';

const far = '02:00:00:00:00:51';
type Family = 'ipv4' | 'ipv6';
/** Where a packet comes out: next-hop MAC address, and port. */
type Hop = 'old' | 'new' | 'misplaced' | 'other' | 'lost';

let token = 0;

/** A packet of the client's to V, or what the router makes of it: another frame, and a smaller hop limit. */
function packet(service: string, id: number, destination: string, forwarded = false): Uint8Array {
  const six = service.includes(':');
  return udpFrame({
    destination,
    source: forwarded ? addresses['host-mac'] : addresses['port-world'],
    ipSource: six ? '2001:db8::99' : '192.0.2.99',
    ipDestination: service,
    ipHopLimit: forwarded ? 63 : 64,
    payload: encodeTag({ token: id, stream: 0, seq: 1 }),
  });
}

/** Packets under a label, each forwarded to its hop. */
function through(
  script: Script,
  label: string,
  of: Service,
  hops: readonly Hop[],
  gateway: string = addresses['host-mac'],
): Script {
  for (const hop of hops) {
    token += 1;
    script.sent(label, 'world', [], packet(of.service, token, gateway));
    const places: Record<Exclude<Hop, 'lost'>, [PortName, string]> = {
      old: ['a', of.old],
      new: ['b', of.new],
      misplaced: ['a', of.new],
      other: ['b', stranger],
    };
    if (hop === 'lost') continue;
    const [port, mac] = places[hop];
    script.heard(port, packet(of.service, token, mac, true));
  }
  return script;
}

const rolesOf = (of: Service, suffix = '') => ({
  [`service${suffix}`]: of.service,
  [`old${suffix}`]: of.old,
  [`new${suffix}`]: of.new,
});

/** The router asks everybody for V. */
function question(of: Service): Uint8Array {
  const source = addresses['host-mac'];
  if (of.service.includes(':')) {
    const group = solicitedNodeAddress(of.service);
    return neighbourSolicitationFrame({
      destination: multicastMacOf(group),
      source,
      ipSource: addresses['host-ipv6'],
      ipDestination: group,
      target: of.service,
      options: [{ type: 'source-link-layer', mac: source }],
    });
  }
  return arpFrame({
    destination: broadcastMac,
    source,
    operation: arpOperations.request,
    sha: source,
    spa: addresses['host-ipv4'],
    tha: zeroMac,
    tpa: of.service,
  });
}

interface Story {
  readonly family?: Family;
  readonly suffix?: string;
  readonly before?: readonly Hop[];
  readonly follow?: readonly Hop[];
  readonly after: readonly Hop[];
  readonly asks?: boolean;
  readonly witness?: readonly Hop[];
  readonly cache?: 'old' | 'new';
  readonly past?: readonly PortName[];
  readonly sameMac?: boolean;
  readonly far?: boolean;
}

const thrice = (hop: Hop): readonly Hop[] => [hop, hop, hop];

function told(story: Story): Script {
  const { suffix = '', family = 'ipv4', before = thrice('old'), after, sameMac = false } = story;
  const v = serviceOf(0, family);
  const of = sameMac ? { ...v, new: v.old } : v;
  const roles = rolesOf(of, suffix);
  const script = record({
    ports: ['a', 'b', 'world'],
    addresses: { ...roles, ...(story.far && { 'host-far-mac': far }) },
  });
  const gateway = story.far ? far : addresses['host-mac'];
  through(script, `before${suffix}`, of, before, gateway);
  script.sent(`announce${suffix}`, 'b', [], claim(of.service, of.new));
  if (story.asks) script.heard('a', question(of));
  through(script, `follow${suffix}`, of, story.follow ?? [], gateway);
  through(script, `after${suffix}`, of, after, gateway);
  if (story.witness) {
    const at = { ...serviceOf(5, family), new: addresses['port-b'] };
    through(script, `witness${suffix}`, at, story.witness, gateway);
  }
  script.sent(`past-router${suffix}`, 'a', story.past ?? ['b']);
  return story.cache ? script.neighbour(of.service, of[story.cache], 'STALE') : script;
}

describe('router probes about one adjacency: judges', () => {
  const rows = (rest: Omit<Story, 'after'>): Row[] => [
    ['new', told({ ...rest, after: thrice('new') }), 'pass', /learned to forward to the new owner/],
    ['new, one lost', told({ ...rest, after: ['new', 'lost', 'new'] }), 'pass', /learned to forward/],
    [
      'asks',
      told({ ...rest, asks: true, after: thrice('new') }),
      'pass',
      /dropped its entry; it asked again/,
    ],
    ['old', told({ ...rest, after: thrice('old') }), 'fail', /ignored .* and goes on forwarding/],
    ['old and new', told({ ...rest, after: ['new', 'old', 'new'] }), 'fail', /goes on forwarding/],
    [
      'two tables',
      told({ ...rest, after: thrice('old'), cache: 'new' }),
      'fail',
      /adjacency was not updated/,
    ],
    ['another', told({ ...rest, after: thrice('other') }), 'inconclusive', /not part of this case/],
    ['nobody', told({ ...rest, after: thrice('lost') }), 'inconclusive', /is it still there/],
    [
      'nobody, but a witness',
      told({ ...rest, after: thrice('lost'), witness: thrice('new') }),
      'fail',
      /no longer to the service/,
    ],
    [
      'nobody, no witness either',
      told({ ...rest, after: thrice('lost'), witness: thrice('lost') }),
      'inconclusive',
      /still there/,
    ],
    [
      'the wrong port',
      told({ ...rest, after: thrice('misplaced') }),
      'fail',
      /to another port, though a frame past it/,
    ],
    [
      'a switch that has not moved it',
      told({ ...rest, after: thrice('misplaced'), past: [] }),
      'inconclusive',
      /the switch between/,
    ],
    [
      'not forwarded before',
      told({ ...rest, before: thrice('lost'), after: [] }),
      'inconclusive',
      /turn forwarding on/,
    ],
    [
      'elsewhere before',
      told({ ...rest, before: thrice('new'), after: [] }),
      'inconclusive',
      /not the old owner/,
    ],
  ];
  table('router/follows-announcement/ipv4-request-broadcast', rows({ suffix: '-1' }));
  table('router/follows-announcement/ipv6-all-nodes', rows({ suffix: '-1', family: 'ipv6', far: true }));
  table('router/refresh-by-asking/ipv4', rows({}));
  table('router/refresh-by-asking/ipv6', rows({ family: 'ipv6' }));

  const same = { sameMac: true };
  table('router/follows-port/ipv4', [
    ['moved', told({ ...same, after: thrice('new') }), 'pass', /By the move/],
    ['at the old port', told({ ...same, after: thrice('old') }), 'fail', /to another port/],
    [
      'the switch in between',
      told({ ...same, after: thrice('old'), past: [] }),
      'inconclusive',
      /switch between/,
    ],
  ]);

  it('measures from the last packet that did not reach the new owner to the first that did', () => {
    const { measurements, observed } = judged(
      'router/refresh-by-asking/ipv4',
      told({ follow: ['old', 'lost', 'new', 'new', 'new'], after: thrice('new') }).end(),
    );
    // Lines of a millisecond: the packets leave 1, 3 and 4 ms after the announcement, and the third comes out at 5 ms.
    assert.deepEqual(measurements, [
      { name: 'followed, from outside', value: 4, unit: 'ms', low: 3, high: 5 },
    ]);
    assert.match(observed, /2 packets did not reach the new owner/);
  });

  it('calls what took longer than the bench grants slow', () => {
    const script = told({ after: [] });
    const late = through(script.wait(1200), 'follow', serviceOf(), ['old', ...thrice('new')]);
    const { outcome, qualifiers } = judged(
      'router/refresh-by-asking/ipv4',
      through(late, 'after', serviceOf(), thrice('new')).end(),
    );
    assert.deepEqual([outcome, qualifiers], ['pass', ['slow: it took longer than 1000 ms']]);
  });

  it('tells how firewalls refuse a client on the same segment, and not one at the far side', () => {
    const silent = { before: thrice('lost'), after: [] };
    const reason = (story: Story) => judged('router/refresh-by-asking/ipv4', told(story).end()).reason;
    assert.match(reason(silent), /which firewalls refuse; or give the router a far side/);
    assert.doesNotMatch(reason({ ...silent, far: true }), /firewalls/);
  });

  it('does not take a flooded packet on its way to the router for a forwarded one', () => {
    const of = serviceOf();
    const script = record({ addresses: rolesOf(of) });
    script.sent('before', 'world', [], packet(of.service, 1, addresses['host-mac']));
    script.heard('a', packet(of.service, 1, addresses['host-mac']));
    assert.match(judged('router/refresh-by-asking/ipv4', script.end()).reason, /did not forward/);
  });
});

describe('router probes about several announcements: judges', () => {
  const each = (...hops: Hop[]): Script => {
    const services = hops.map((_, n) => serviceOf(n));
    const script = record({
      addresses: Object.assign({}, ...services.map((of, n) => rolesOf(of, `-${n + 1}`))),
    });
    for (const [n, of] of services.entries()) {
      through(script, `before-${n + 1}`, of, thrice('old'));
      script.sent(`announce-${n + 1}`, 'b', [], claim(of.service, of.new));
      through(script, `after-${n + 1}`, of, thrice(hops[n] ?? 'lost'));
    }
    return script;
  };
  table('router/follows-announcement/ipv4-common-form', [
    ['all', each('new', 'new', 'new'), 'pass', /follows 3 of the 3/],
    ['one', each('old', 'new', 'old'), 'pass', /follows 1 of the 3/],
    ['none', each('old', 'old', 'old'), 'fail', /follows none of the announcements/],
    ['none that was seen', each('old', 'lost', 'old'), 'inconclusive', /seen to decide/],
  ]);
});

describe('router probes under load: judges', () => {
  const loaded = (after: Hop, calm: Hop) => {
    const script = told({ after: thrice(after) });
    return through(script, 'after-calm', serviceOf(), thrice(calm));
  };
  table('router/under-load/ipv4', [
    ['follows', loaded('new', 'new'), 'pass', /under load/],
    ['follows when it is over', loaded('old', 'new'), 'fail', /missed three announcements under load/],
    ['never follows', loaded('old', 'old'), 'inconclusive', /without load either/],
  ]);
});

describe('router probes about proxies: judges', () => {
  const answer = (family: Family, address: string, mac: string): Uint8Array => {
    const asker = serviceOf().new;
    if (family === 'ipv4')
      return arpFrame({
        destination: asker,
        source: mac,
        operation: arpOperations.reply,
        sha: mac,
        spa: address,
        tha: asker,
        tpa: '192.0.2.99',
      });
    return neighbourAdvertisementFrame({
      destination: asker,
      source: mac,
      ipSource: address,
      ipDestination: '2001:db8::99',
      router: true,
      solicited: true,
      override: true,
      target: address,
      options: [{ type: 'target-link-layer', mac }],
    });
  };
  const asked = (family: Family, { forV, alive = true }: { forV?: string; alive?: boolean }) => {
    const of = serviceOf(0, family);
    const script = through(record({ addresses: rolesOf(of) }), 'before', of, thrice('old'));
    script.sent('question', 'b', []);
    if (forV) script.heard('b', answer(family, of.service, forV));
    if (alive) script.heard('b', answer(family, addresses[`host-${family}`], addresses['host-mac']));
    return script;
  };
  const router = addresses['host-mac'];
  for (const [id, family, why] of [
    ['router/proxy-arp/request', 'ipv4', /for an address on the same segment/],
    ['router/proxy-arp/probe', 'ipv4', /takes it for a duplicate/],
    ['router/proxy-nd/solicitation', 'ipv6', /for an address on the same segment/],
    ['router/proxy-nd/probe', 'ipv6', /takes it for a duplicate/],
  ] as const) {
    table(id, [
      ['silent', asked(family, {}), 'pass', /for itself only/],
      ['answers', asked(family, { forV: router }), 'fail', why],
      ['another answers', asked(family, { forV: stranger }), 'inconclusive', /not the router’s/],
      ['deaf', asked(family, { alive: false }), 'inconclusive', /proves nothing/],
    ]);
  }
});

describe('router probes about what it does by itself: judges', () => {
  const unheard = (options: { asks?: boolean; asksAtOnce?: boolean; after: Hop; cache?: 'new' | 'none' }) => {
    const [known, of] = [serviceOf(1, 'ipv6'), serviceOf(2, 'ipv6')];
    const script = record({ addresses: { ...rolesOf(known, '-1'), ...rolesOf(of, '-2') } });
    through(script, 'before-1', known, thrice('old'));
    script.sent('announce-2', 'b', [], claim(of.service, of.new));
    if (options.cache)
      script.neighbour(
        of.service,
        options.cache === 'new' ? of.new : null,
        options.cache === 'new' ? 'STALE' : null,
      );
    if (options.asksAtOnce) script.heard('a', question(of));
    if (!options.asks) return through(script, 'after-2', of, thrice(options.after));
    // It asks before the first of the packets comes out.
    token += 1;
    script.sent('after-2', 'world', [], packet(of.service, token, addresses['host-mac']));
    script.heard('a', question(of)).heard('b', packet(of.service, token, of.new, true));
    return through(script, 'after-2', of, [options.after]);
  };
  table('router/creates-stale/all-routers', [
    ['makes an entry', unheard({ after: 'new', cache: 'new' }), 'pass', /before it has to forward/],
    ['asks', unheard({ after: 'new', asks: true, cache: 'none' }), 'fail', /accept_untracked_na=1/],
    ['asks at once', unheard({ after: 'new', asksAtOnce: true }), 'pass', /before it has to forward/],
    ['nothing', unheard({ after: 'lost' }), 'inconclusive', /forwards to nobody/],
  ]);

  const unannounced = (hops: readonly Hop[], asks = false) => {
    const of = serviceOf();
    const script = through(record({ addresses: rolesOf(of) }), 'before', of, thrice('old'));
    through(script, 'poll', of, hops.slice(0, -1));
    if (asks) script.heard('a', question(of));
    return through(script, 'poll', of, hops.slice(-1));
  };
  table('router/asks-again/ipv4', [
    ['asks', unannounced(['old', 'old', 'new'], true), 'pass', /asked again after 0\.0 s/],
    ['never', unannounced(thrice('old')), 'fail', /did not ask again within/],
    ['asks in vain', unannounced(thrice('lost'), true), 'inconclusive', /nothing reached the new owner/],
    ['drops', unannounced(thrice('lost')), 'inconclusive', /forwarded to nobody in the end/],
  ]);

  const behind = (after: Hop, reaches: boolean) => {
    const of = serviceOf();
    const script = through(
      record({ addresses: { ...rolesOf(of), client: '192.0.2.99' } }),
      'before',
      of,
      thrice('old'),
    );
    script.sent('announce', 'b', [], claim(of.service, of.new));
    through(script, 'after', of, thrice(after));
    token += 1;
    script.sent('reply', 'b', [], packet('192.0.2.99', token, addresses['host-mac']));
    return reaches
      ? script.heard('world', packet('192.0.2.99', token, addresses['port-world'], true))
      : script;
  };
  table('router/client-behind/ipv4', [
    ['there and back', behind('new', true), 'pass', /talks to the new owner/],
    ['there only', behind('new', false), 'fail', /does not forward back/],
    ['neither', behind('old', false), 'fail', /goes on forwarding/],
  ]);
});
