/** What the faults of a host's ARP must look like. */
import assert from 'node:assert/strict';
import type { Result } from '../../../src/result.js';
import type { Expectation } from './expectation.js';

const common = 'host/updates-on-announcement/common-form';
const answers = 'host/answers/broadcast-request';

const caseOf = ({ cases }: Result, id: string) => {
  const found = cases.find((entry) => entry.id === id);
  assert.ok(found, `${id} was not run`);
  return found;
};

/** What the host did about another owner of its address, and where that left it. */
const reacts = (reason: RegExp, qualifier?: RegExp) => (result: Result) => {
  const entry = caseOf(result, 'host/conflict/announced-by-another');
  assert.equal(entry.outcome, 'pass', entry.reason);
  assert.match(entry.reason, reason);
  assert.equal(entry.qualifiers.length, qualifier ? 1 : 0, entry.qualifiers.join('; '));
  if (qualifier) assert.match(entry.qualifiers.join(), qualifier);
};

export const hostArpTwins: Readonly<Record<string, Expectation>> = {
  'lenient-arp-types': {
    because: { 'host/malformed': /took an ARP packet with (hardware|protocol) .* for an ordinary one/ },
    passes: [answers, 'host/malformed/padding-not-zero', 'host/malformed/op-26'],
  },
  'lenient-arp-operations': {
    because: { 'host/malformed': /took an ARP packet with operation \d+ for an ordinary one/ },
    passes: [answers, 'host/malformed/hrd-255'],
  },
  'believes-anything': {
    because: {
      'host/malformed': /took a packet that ends after the sender’s addresses/,
      'host/encapsulated': /took a RARP request/,
      'host/foreign-spa': /cache has an entry for/,
    },
    passes: [answers, 'host/encapsulated/llc-snap', 'host/malformed/trailing'],
  },
  'strict-padding': {
    because: { 'host/malformed': /ignores a packet .*, though it takes the ordinary packet/ },
    passes: [answers, 'host/malformed/hrd-0'],
  },
  'believes-ethernet-source': {
    because: { 'host/eth-vs-sha': /takes the Ethernet source/ },
    passes: [common],
  },
  'drops-priority-tags': {
    because: { 'host/encapsulated': /ignores ARP with a priority tag, though it takes the ordinary packet/ },
    passes: [common, 'host/encapsulated/rarp'],
  },
  'strict-arp': {
    passes: [
      common,
      answers,
      'host/malformed/hrd-6',
      'host/foreign-spa/off-subnet',
      ...['broadcast-request', 'broadcast-reply', 'multicast-request', 'multicast-reply'].map(
        (id) => `host/group-sha/${id}`,
      ),
    ],
    shows: (result) =>
      assert.match(caseOf(result, 'host/group-sha/broadcast-reply').reason, /was not installed/),
  },
  'trusts-silent-owners': {
    because: { 'host/flush-stale': /still sends to the owner that fell silent/ },
    passes: [common, 'host/flush-stale/keeps-latest'],
  },
  'asks-ten-times-a-second': {
    because: { 'host/flush-stale': /asked \d\d times in 4\.\d s/ },
    passes: [common, 'host/flush-stale/keeps-latest'],
  },
  'keeps-no-packet': {
    because: { 'host/flush-stale': /dropped every packet/ },
    passes: [common, 'host/flush-stale/asks-sparingly'],
  },
  'fights-for-its-address': {
    because: { 'host/conflict': /defended its address [2-5] times within 10 s/ },
    passes: [common, 'host/foreign-spa/own'],
  },
  'defends-its-address-once': {
    passes: ['host/conflict/announced-by-another'],
    shows: reacts(/defended its address once, and goes on using it/),
  },
  'gives-its-address-up': {
    passes: ['host/conflict/announced-by-another'],
    shows: reacts(/gave it up: it no longer answers/, /has given up its address/),
  },
  'starts-after-one-probe': {
    because: { 'host/own-start': /took its address into use after 1 probe, and 3 are due/ },
    passes: [],
  },
  'announces-in-a-burst': {
    because: { 'host/own-start': /sent its announcements 0\.\d s apart/ },
    passes: [],
  },
};
