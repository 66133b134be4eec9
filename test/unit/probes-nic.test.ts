/** The judges of NICs, on recordings written by hand. */
import assert from 'node:assert/strict';
import { echoFrame } from '../../src/frame/index.js';
import { judged, table } from './judging.js';
import { addresses, record, type Script } from './recordings.js';

const own = '02:00:00:00:00:0a';
const fresh = '00:00:5e:00:53:0b';
const second = '00:00:5e:00:53:0c';
const [local, peer] = ['192.0.2.250', '192.0.2.251'];
const questions = 10;

const begin = (promiscuity = 0, answers = 1): Script => {
  const script = record({
    ports: ['a', 'b'],
    addresses: { own, new: fresh, second, 'nic-ipv4': local, 'nic-peer': peer },
  });
  script.mark('nic', 'eth1 on a, observed from b').mark('nic-promiscuity', `${promiscuity}`);
  return asked(script, 'before', own, { answers });
};

interface Fate {
  readonly answers?: number;
  readonly arrives?: boolean;
  /** Who the answers come from. */
  readonly source?: string;
}

/** Port b asks at the address; the answers come in there. */
function asked(script: Script, label: string, mac: string, fate: Fate = {}): Script {
  const { answers = questions, arrives = true, source = mac } = fate;
  const payload = new TextEncoder().encode(`${label} `);
  for (let sequence = 1; sequence <= questions; sequence += 1) {
    const echo = { identifier: 7, sequence, payload };
    script.sent(
      label,
      'b',
      arrives ? ['a'] : [],
      echoFrame({
        ...echo,
        destination: mac,
        source: addresses['port-b'],
        ipSource: peer,
        ipDestination: local,
      }),
    );
    if (sequence > answers) continue;
    script.heard(
      'b',
      echoFrame({
        ...echo,
        reply: true,
        destination: addresses['port-b'],
        source,
        ipSource: local,
        ipDestination: peer,
      }),
    );
  }
  return script;
}

const given = (outcome: string, reads = fresh, when = 'end', role = 'new') =>
  begin().mark(`nic-set-${role}`, outcome).mark(`nic-reads-${when}`, reads);
const taken = (when?: string) => given('taken', fresh, when);
const refusal = 'refused: RTNETLINK answers: Operation not supported';
const silent = { answers: 0 };
const notThere = { answers: 0, arrives: false };

describe('what a NIC case asks of its bench', () => {
  const outcome = (script: Script) => judged('nic/receives/other-vendor', script.end());

  it('leaves open what a NIC that others keep promiscuous would prove', () => {
    const { outcome: verdict, reason } = outcome(begin(1).mark('nic-set-new', 'taken'));
    assert.equal(verdict, 'inconclusive');
    assert.match(reason, /keeps the NIC in promiscuous mode/);
  });

  it('leaves open what a system that answers nothing would prove', () => {
    const { outcome: verdict, reason } = outcome(begin(0, 0).mark('nic-set-new', 'taken'));
    assert.equal(verdict, 'inconclusive');
    assert.match(reason, /answers no echo request at the NIC’s own address/);
  });
});

const read = (after: string, end = after, outcome = 'taken') =>
  given(outcome, after, 'after').mark('nic-reads-end', end);

table('nic/new-address/other-vendor', [
  ['it takes the address', read(fresh), 'pass', /took the other vendor’s address/],
  ['it takes it with its link down', read(fresh, fresh, 'taken while down'), 'pass', /took the/],
  ['it refuses', read(own, own, refusal), 'fail', /does not take .* Operation not supported/],
  ['it says that it took it', read(own), 'fail', /was said to have taken .* its address reads 02:/],
  ['it does not stay', read(fresh, own), 'fail', /but its address reads 02:/],
]);

describe('nic/new-address', () => {
  it('notes that the link had to go down', () => {
    const { qualifiers } = judged(
      'nic/new-address/other-vendor',
      read(fresh, fresh, 'taken while down').end(),
    );
    assert.deepEqual(qualifiers, ['deviation: it takes another address only while its link is down']);
  });
});

const unknown = [
  ['it refused the address', given(refusal, own), 'inconclusive', /did not take the new address/],
  ['the address did not stay', given('taken', own), 'inconclusive', /its address reads 02:/],
] as const;

table('nic/receives/other-vendor', [
  ['every question is answered', asked(taken(), 'question', fresh), 'pass', /receives what is sent to its/],
  ['one is', asked(taken(), 'question', fresh, { answers: 1 }), 'pass', /receives/],
  [
    'frames arrive and nothing is answered',
    asked(taken(), 'question', fresh, silent),
    'fail',
    /come as far as the NIC, and its system gets none/,
  ],
  [
    'only promiscuous mode shows them',
    asked(asked(taken(), 'question', fresh, notThere), 'question-promiscuous', fresh, silent),
    'fail',
    /come as far as the NIC/,
  ],
  [
    'only in promiscuous mode are they answered',
    asked(asked(taken(), 'question', fresh, notThere), 'question-promiscuous', fresh),
    'fail',
    /in promiscuous mode only: its address filter/,
  ],
  [
    'the switch does not carry them',
    asked(asked(taken(), 'question', fresh, notThere), 'question-promiscuous', fresh, notThere),
    'inconclusive',
    /do not come as far as the NIC, nor in promiscuous mode/,
  ],
  ...unknown,
]);

table('nic/sends/other-vendor', [
  ['answers carry the new address', asked(taken(), 'question', fresh), 'pass', /sends with its new address/],
  [
    'answers carry the old one',
    asked(taken(), 'question', fresh, { source: own }),
    'fail',
    /still sends with its own address 02:/,
  ],
  [
    'it is deaf, and answers what is for all',
    asked(asked(taken(), 'question', fresh, silent), 'question-to-all', fresh),
    'pass',
    /sends with/,
  ],
  ['nothing is said', asked(taken(), 'question', fresh, silent), 'inconclusive', /said nothing/],
  ...unknown,
]);

const old = (oldFate: Fate, still: Fate = {}) =>
  asked(asked(asked(taken(), 'new', fresh), 'old', own, oldFate), 'still', fresh, still);

table('nic/forgets-old/other-vendor', [
  ['the old address is silent', old(silent), 'pass', /no longer receives what is sent to 02:/],
  ['one question there is answered', old({ answers: 1, source: fresh }), 'fail', /still receives .* old/],
  ['all is silent', old(silent, silent), 'inconclusive', /its silence proves nothing/],
  ...unknown,
]);

const flapped = (after: string, fate?: Fate) =>
  asked(asked(taken('before-flap'), 'new', fresh).mark('nic-reads-after', after), 'question', fresh, fate);

table('nic/keeps/link-flap', [
  ['it has the address', flapped(fresh), 'pass', /After its link went down and up the NIC still has/],
  ['it has its own', flapped(own, silent), 'fail', /has lost .*: its address reads 02:/],
  ['it has it and is deaf', flapped(fresh, silent), 'fail', /after its link went down and up, come as far/],
  ['nothing comes through', flapped(fresh, notThere), 'inconclusive', /do not come as far as the NIC/],
  [
    'it never heard anything there',
    asked(taken('before-flap'), 'new', fresh, silent),
    'inconclusive',
    /not heard at its new address .* in the first place/,
  ],
  ['it was lost before', given('taken', own, 'before-flap'), 'inconclusive', /its address reads 02:/],
]);

const group = (outcome: string, reads = own, still?: Fate) =>
  asked(given(outcome, reads, 'after', 'group'), 'still', own, still);

table('nic/refuses-group/multicast', [
  ['it refuses', group('refused: RTNETLINK answers: Cannot assign requested address'), 'pass', /refuses the/],
  [
    'it takes it',
    group('taken', '01:00:5e:90:10:2a'),
    'fail',
    /says that it took the group address 01:.*2a\.$/,
  ],
  ['it says so', group('taken'), 'fail', /though its address still reads its own/],
  ['it refuses, and loses its own', group(refusal, fresh), 'fail', /its address now reads/],
  ['it is silent after it', group(refusal, own, silent), 'inconclusive', /answered nothing/],
]);

const both = (outcome: string, there?: Fate, here?: Fate) =>
  asked(asked(begin().mark('nic-second', outcome), 'second', second, there), 'own', own, here);

table('nic/second-address/macvlan', [
  ['both are answered', both('taken'), 'pass', /receives what is sent to 00:.* and to its own/],
  ['no macvlan is taken', begin().mark('nic-second', refusal), 'fail', /takes no macvlan: refused/],
  ['the second is not heard', both('taken', silent), 'fail', /second address .* come as far as the NIC/],
  ['its own is no longer heard', both('taken', {}, silent), 'fail', /no longer receives .* its own/],
  ['its own gets lost', both('taken', {}, notThere), 'inconclusive', /no longer came as far/],
]);

const back = (after: string, fate?: Fate) =>
  asked(
    asked(taken('between'), 'new', fresh).mark('nic-set-own', 'taken').mark('nic-reads-after', after),
    'back',
    own,
    fate,
  );

table('nic/goes-back/other-vendor', [
  ['it is heard at its own again', back(own), 'pass', /went back to its own address/],
  ['it keeps the new one', back(fresh, silent), 'fail', /does not go back to its own address/],
  ['it is deaf at its own', back(own, silent), 'fail', /which it has again, come as far as the NIC/],
  ['nothing comes through', back(own, notThere), 'inconclusive', /do not come as far as the NIC/],
]);
