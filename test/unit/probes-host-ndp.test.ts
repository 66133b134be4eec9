/** What the judges of neighbour discovery say of recordings that were written by hand. */
import assert from 'node:assert/strict';
import {
  echoFrame,
  multicastMacOf,
  neighbourAdvertisementFrame,
  neighbourSolicitationFrame,
  solicitedNodeAddress,
} from '../../src/frame/index.js';
import { judged, type Row, table } from './judging.js';
import {
  addresses,
  claim,
  established,
  observed,
  type Reaction,
  record,
  type Script,
  type Service,
  serviceOf,
} from './recordings.js';

const host = addresses['host-ipv6'];
const hostMac = addresses['host-mac'];
const v = serviceOf(0, 'ipv6');
const [first, second] = [serviceOf(1, 'ipv6'), serviceOf(2, 'ipv6')];

const rolesOf = (suffix: string, of: Service): Record<string, string> => ({
  [`service${suffix}`]: of.service,
  [`old${suffix}`]: of.old,
  [`new${suffix}`]: of.new,
});

const scene = (roles: Readonly<Record<string, string>>): Script =>
  record({ ports: ['a', 'b', 'world'], addresses: roles });

/** The host asks one station, or everybody, for the address. */
function solicits({ service }: Service, to?: string): Uint8Array {
  const group = solicitedNodeAddress(service);
  return neighbourSolicitationFrame({
    destination: to ?? multicastMacOf(group),
    source: hostMac,
    ipSource: host,
    ipDestination: to === undefined ? group : service,
    target: service,
    options: [{ type: 'source-link-layer', mac: hostMac }],
  });
}

/** An echo request as V or its answer, by a sequence number. */
function echo({ service }: Service, sequence: number, to?: string): Uint8Array {
  const reply = to !== undefined;
  return echoFrame({
    destination: to ?? hostMac,
    source: reply ? hostMac : addresses['port-a'],
    ipSource: reply ? host : service,
    ipDestination: reply ? service : host,
    reply,
    identifier: 7,
    sequence,
  });
}

/** The host advertises its own address. */
function advertisesItself(to: string, mac: string, solicited: boolean, option = true): Uint8Array {
  return neighbourAdvertisementFrame({
    destination: mac,
    source: hostMac,
    ipSource: host,
    ipDestination: to,
    router: false,
    solicited,
    override: true,
    target: host,
    options: option ? [{ type: 'target-link-layer', mac: hostMac }] : [],
  });
}

/** Established at OLD; then NEW sends something, and the host is asked again. */
function takenOver(after: Reaction, roles: Readonly<Record<string, string>> = {}): Script {
  const script = established(scene({ ...rolesOf('', v), ...roles }), v);
  script.wait(1500).sent('announce', 'b', [], claim(v.service, v.new));
  return observed(script, 'after', v, after, 2);
}

/** The same with an entry that was moved from a former owner to OLD before, and so is STALE. */
function movedTwice(after: Reaction, state = 'STALE'): Script {
  const former = { ...v, old: serviceOf(5).old };
  const script = established(scene({ ...rolesOf('', v), former: former.old }), former);
  script.sent('move', 'a', [], claim(v.service, v.old));
  script.neighbour(v.service, v.old, state).mark('state-read');
  script.wait(1200).sent('announce', 'b', [], claim(v.service, v.new));
  return observed(script, 'after', v, after, 2);
}

const moves: readonly Row[] = [
  ['follows', takenOver('new'), 'pass', /standard says|took the new address|refreshed|moved the entry/],
  ['asks again', takenOver('asked'), 'pass', /asked again/],
  ['stays', takenOver('old'), 'fail', /ignored|still sends to the old owner/],
  ['silent', takenOver('silent'), 'inconclusive', /did not answer/],
];
const stays: readonly Row[] = [
  ['stays', takenOver('old'), 'pass', /standard says|kept the old|changed nothing|Nothing changed/],
  ['follows', takenOver('new'), 'fail', /took/],
  ['asks again', takenOver('asked'), 'fail', /dropped its entry/],
  ['silent', takenOver('silent'), 'inconclusive', /did not answer/],
];

describe('host probes of neighbour discovery: judges of one takeover', () => {
  for (const id of [
    'unsolicited-na/override-unicast',
    'na-forms/flags-o-option-own-all-nodes-reachable',
    'na-forms/flags-osr-option-own-unicast-fresh',
    'ns-updates/settled',
    'ra-updates/option',
  ])
    table(`host/${id}`, moves);
  for (const id of [
    'unsolicited-na/no-option-unicast',
    'unsolicited-na/override-all-routers',
    'na-forms/flags-none-option-own-unicast-reachable',
    'na-forms/flags-os-option-own-all-nodes-reachable',
    'na-forms/flags-o-option-none-unicast-reachable',
    'na-invalid/hop-limit',
    'na-invalid/zero-length-option',
    'ns-updates/no-option',
    'ns-updates/duplicate-probe',
    'ra-updates/no-option',
  ])
    table(`host/${id}`, stays);

  table('host/unsolicited-na/override-relayed', [
    ['takes the Ethernet source', takenOver('other'), 'fail', /took the Ethernet source/],
  ]);
  table('host/unsolicited-na/group-option', [
    ['takes the group', takenOver('other'), 'fail', /sends V’s frames to a group address/],
    ['stays', takenOver('old'), 'pass', /standard says/],
  ]);

  table('host/unsolicited-na/override-stale', [
    ['follows', movedTwice('new'), 'pass', /standard says/],
    ['stays', movedTwice('old'), 'fail', /ignored/],
    ['never was there', movedTwice('other'), 'inconclusive', /not part of this case/],
    ['in another state', movedTwice('new', 'REACHABLE'), 'inconclusive', /in state REACHABLE, not STALE/],
    ['in a state of no name', movedTwice('new', 'PERMANENT'), 'pass', /standard says/],
  ]);

  /** The entry, used after it was changed, is verified, or not, before the announcement. */
  const probing = (verified: boolean, after: Reaction = 'new') => {
    const former = { ...v, old: serviceOf(5).old };
    const script = established(scene({ ...rolesOf('', v), former: former.old }), former);
    script.sent('move', 'a', [], claim(v.service, v.old));
    observed(script, 'moved', v, 'old', 3).wait(5000);
    if (verified) script.heard('a', solicits(v, v.old));
    script.mark('state-read').sent('announce', 'b', [], claim(v.service, v.new));
    return observed(script, 'after', v, after, 2);
  };
  table('host/unsolicited-na/override-probe', [
    ['follows', probing(true), 'pass', /standard says/],
    ['stays', probing(true, 'old'), 'fail', /ignored/],
    ['never probed', probing(false), 'inconclusive', /state PROBE was never reached/],
  ]);
});

describe('host probes of neighbour discovery: what is verified', () => {
  interface Watch {
    readonly asks?: readonly string[];
    readonly referenceAsked?: boolean;
    readonly alive?: Reaction;
  }
  const watched = (after: Reaction, { asks = [], referenceAsked = false, alive = 'old' }: Watch = {}) => {
    const script = scene({ ...rolesOf('', v), ...rolesOf('-2', second) });
    established(script, v);
    established(script, second, '-2');
    script.sent('announce', 'b', [], claim(v.service, v.new));
    observed(script, 'after', v, after, 2);
    observed(script, 'after-2', second, 'old', 3);
    for (const to of asks) script.wait(5000).heard('a', solicits(v, to));
    if (referenceAsked) script.heard('a', solicits(second, second.old));
    observed(script, 'alive', second, alive, 4);
    return script.sentinel();
  };
  table('host/na-verified/no-override', [
    ['verifies OLD', watched('old', { asks: [v.old] }), 'pass', /verified the entry/],
    ['verifies nothing', watched('old'), 'fail', /for 7 s without verifying it/],
    ['verifies NEW', watched('old', { asks: [v.new] }), 'fail', /verified the new owner, not the old owner/],
    ['took the address', watched('new', { asks: [v.new] }), 'inconclusive', /another than the one/],
    ['verifies all', watched('old', { asks: [v.old], referenceAsked: true }), 'inconclusive', /as well/],
    ['dies', watched('old', { alive: 'silent' }), 'inconclusive', /stopped answering during the wait/],
  ]);
  table('host/na-verified/same-address-reachable', [
    ['verifies nothing', watched('old'), 'pass', /counted as confirmed/],
    ['verifies OLD', watched('old', { asks: [v.old] }), 'fail', /although .* had left it confirmed/],
  ]);
  it('measures when the entry was verified', () => {
    const { measurements } = judged('host/na-verified/no-override', watched('old', { asks: [v.old] }).end());
    const found = measurements.find(({ name }) => name === 'verified after');
    assert.ok(found && found.value > 5000 && found.value < 5100, `${found?.value} ms`);
  });
});

describe('host probes of neighbour discovery: while it asks', () => {
  const control = () => established(scene({ ...rolesOf('-1', first), ...rolesOf('-2', second) }), first);
  const asking = (
    queuedTo: string | undefined,
    after: Reaction,
    verified = false,
    alive: Reaction = 'new',
  ) => {
    const script = control().sent('ask', 'a', [], echo(second, 40));
    script.heard('a', solicits(second)).sent('announce', 'b', [], claim(second.service, second.new));
    if (queuedTo !== undefined) script.heard('b', echo(second, 40, queuedTo));
    observed(script, 'after', second, after, 41);
    if (verified) script.wait(5000).heard('b', solicits(second, second.new));
    return observed(script, 'alive', second, alive, 42).sentinel();
  };
  table('host/na-incomplete/s0-o1', [
    ['takes it, and verifies', asking(second.new, 'new', true), 'pass', /as the standard says/],
    ['takes it, and never verifies', asking(second.new, 'new'), 'fail', /without verifying it/],
    ['loses the packet', asking(undefined, 'new', true), 'pass', /as the standard says/],
    ['goes on asking', asking(undefined, 'asked'), 'fail', /goes on asking/],
    ['silent', asking(undefined, 'silent'), 'inconclusive', /did not answer/],
  ]);
  table('host/na-incomplete/s1-o0', [
    ['takes it as confirmed', asking(second.new, 'new'), 'pass', /as the standard says/],
    ['takes it and verifies', asking(second.new, 'new', true), 'fail', /although .* had confirmed it/],
  ]);
  table('host/na-incomplete/no-option', [
    ['goes on asking', asking(undefined, 'asked'), 'pass', /discarded/],
    ['takes the Ethernet source', asking(second.new, 'new'), 'fail', /took an address for V/],
    ['does nothing', asking(undefined, 'silent'), 'inconclusive', /neither asked again/],
  ]);

  const groupTarget = (to?: string) => {
    const script = control().sent('announce', 'b', []);
    observed(script, 'after-unknown', second, 'silent', 50);
    if (to !== '') script.heard('a', solicits(second, to));
    return script;
  };
  table('host/na-invalid/group-target', [
    ['asks the group', groupTarget(), 'pass', /changed nothing/],
    ['asks one station', groupTarget(second.new), 'fail', /sends the group’s frames to one station/],
    ['asks nobody', groupTarget(''), 'inconclusive', /did not ask/],
  ]);

  const paced = (gapMs: number, times = 4) => {
    const script = control().sent('ask', 'a', [], echo(second, 60));
    for (let n = 0; n < times; n += 1) script.heard('a', solicits(second)).wait(gapMs - 1);
    return script.sentinel();
  };
  table('host/unreachable-neighbour/rate', [
    ['a second apart', paced(1000), 'pass', /at most once every RetransTimer/],
    ['a flood', paced(100), 'fail', /twice within 100 ms/],
    ['a bit fast', paced(700), 'inconclusive', /twice within 700 ms/],
    ['asks once', paced(1000, 1), 'inconclusive', /less than twice/],
  ]);
  table('host/unreachable-neighbour/queued-packet', [
    ['kept', asking(second.new, 'new'), 'pass', /kept the packet/],
    ['dropped', asking(undefined, 'new'), 'fail', /dropped the packet/],
    ['answer not taken', asking(undefined, 'asked'), 'inconclusive', /did not take the answer/],
  ]);
});

describe('host probes of neighbour discovery: a neighbour that is gone', () => {
  const gone = (afterS: number | undefined, after: Reaction = 'new') => {
    const former = { ...v, old: serviceOf(5).old };
    const script = established(scene({ ...rolesOf('', v), former: former.old }), former);
    script.sent('move', 'a', [], claim(v.service, v.old));
    observed(script, 'moved', v, 'old', 3).mark('state-read');
    for (const n of [1, 2, 3]) script.wait(n === 1 ? 5000 : 1000).heard('a', solicits(v, v.old));
    if (afterS !== undefined) script.wait((afterS - 7) * 1000).heard('a', solicits(v));
    return observed(script, 'after', v, after, 9);
  };
  table('host/unreachable-neighbour/given-up', [
    ['given up', gone(8), 'pass', /gave its silent neighbour up/],
    ['never', gone(undefined, 'old'), 'fail', /would have gone on/],
    ['silent', gone(undefined, 'silent'), 'inconclusive', /stopped answering/],
  ]);
});

describe('host probes of neighbour discovery: what the host says of itself', () => {
  const asker = '2001:db8::7a:9';
  const answered = (replies: readonly Uint8Array[], after: Reaction = 'old') => {
    const script = established(scene({ ...rolesOf('', v), asker, 'all-nodes': 'ff02::1' }), v);
    script.sent('ask', 'b', []);
    for (const reply of replies) script.heard('b', reply);
    return observed(script, 'after', v, after, 2).sentinel();
  };
  const toAll = (solicited = false) => advertisesItself('ff02::1', multicastMacOf('ff02::1'), solicited);
  table('host/ns-answered/group', [
    ['as it should', answered([advertisesItself(asker, v.new, true)]), 'pass', /as the standard says/],
    ['without the option', answered([advertisesItself(asker, v.new, true, false)]), 'fail', /names no link/],
    ['with S = 0', answered([advertisesItself(asker, v.new, false)]), 'fail', /S = 0/],
    ['to all', answered([toAll(true)]), 'fail', /went to ff02::1/],
    ['not at all', answered([]), 'fail', /did not answer a solicitation/],
    ['gone', answered([], 'silent'), 'inconclusive', /still there/],
  ]);
  table('host/ns-answered/unicast', [
    [
      'without the option',
      answered([advertisesItself(asker, v.new, true, false)]),
      'pass',
      /as the standard/,
    ],
  ]);
  table('host/ns-answered/duplicate-probe', [
    ['to all', answered([toAll()]), 'pass', /as the standard says/],
    ['with S = 1', answered([toAll(true)]), 'fail', /S = 1/],
    ['not at all', answered([]), 'fail', /whoever asked will take it/],
  ]);

  const conflicting = (after: Reaction, overIpv4: Reaction, defended = false) => {
    const four = serviceOf(2);
    const script = established(scene({ ...rolesOf('', v), ...rolesOf('-2', four) }), v);
    established(script, four, '-2');
    script.sent('announce', 'b', []);
    if (defended) script.heard('a', toAll());
    observed(script, 'after', v, after, 2);
    return observed(script, 'after-2', four, overIpv4, 3).sentinel();
  };
  table('host/na-conflict/advertised', [
    ['keeps it', conflicting('old', 'old'), 'pass', /goes unnoticed/],
    ['defends it', conflicting('old', 'old', true), 'pass', /tells everybody/],
    ['gives it up', conflicting('silent', 'old'), 'fail', /gave the address up/],
    ['gone', conflicting('silent', 'silent'), 'inconclusive', /is it still there/],
  ]);
});

describe('host probes of neighbour discovery: a router', () => {
  const beyond = '2001:db8:ffff::50';
  const far: Service = { ...v, service: beyond };
  const routed = (before: boolean, after: boolean, onLink: Reaction = 'old') => {
    const script = established(scene({ ...rolesOf('', v), beyond }), v);
    script.sent('beyond-before', 'a', [], echo(far, 70));
    if (before) script.heard('a', echo(far, 70, v.old));
    script.sent('announce', 'a', []).sent('beyond-after', 'a', [], echo(far, 71));
    if (after) script.heard('a', echo(far, 71, v.old));
    return observed(script, 'after', v, onLink, 72).sentinel();
  };
  table('host/router-flag/cleared', [
    ['dropped', routed(true, false), 'pass', /was dropped/],
    ['still used', routed(true, true), 'fail', /goes on sending through a router/],
    ['never used', routed(false, false), 'not-applicable', /takes no default router/],
    ['silent', routed(true, false, 'silent'), 'inconclusive', /On the link itself/],
  ]);
  table('host/router-flag/kept', [
    ['still used', routed(true, true), 'pass', /still used/],
    ['dropped', routed(true, false), 'fail', /had just said again/],
  ]);
});
