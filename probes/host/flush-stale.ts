import { defineProbe } from '../../src/probe.js';
import type { Claim } from './neighbour/claim.js';
import { asksSparingly, keepsLatest } from './neighbour/resolving.js';
import { findsOut, patienceMs } from './neighbour/silent-owner.js';

const claims = {
  'finds-out': findsOut('soon'),
  'finds-out-in-time': findsOut('in time'),
  'asks-sparingly': asksSparingly,
  'keeps-latest': keepsLatest,
} satisfies Record<string, Claim>;

interface Claimed {
  readonly claim: keyof typeof claims;
}

export default defineProbe<Claimed>({
  id: 'host/flush-stale',
  device: 'host',
  title: 'Stale entries go, and resolving an address neither floods the network nor loses the latest packet',
  failureTitle: 'The host keeps stale entries, floods with requests, or drops the packet that made it ask',
  why: 'When an announcement is missed, this is what is left: how long a client goes on sending to a dead node.',
  requirement: {
    level: 'must',
    document: 'RFC 1122',
    clause: '2.3.2.1 ARP Cache Validation, 2.3.2.2 ARP Packet Queue',
    link: 'https://www.rfc-editor.org/rfc/rfc1122#page-22',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: () => 3,
  deadlineMs: 30_000,
  waitMs: ({ claim }, declared) => (claim === 'finds-out-in-time' ? patienceMs('in time', declared) : 0),
  cases: [
    {
      id: 'finds-out',
      title: 'the owner falls silent: how soon the host stops sending to it',
      level: 'info',
      params: { claim: 'finds-out' },
    },
    {
      id: 'finds-out-in-time',
      title: 'the owner falls silent: the host stops sending to it within its time-out',
      slow: true,
      params: { claim: 'finds-out-in-time' },
    },
    {
      id: 'asks-sparingly',
      title: 'at most one request a second for an address that nobody answers for',
      // Some mechanism is a MUST; one a second is “the recommended maximum rate”.
      level: 'should',
      params: { claim: 'asks-sparingly' },
    },
    {
      id: 'keeps-latest',
      title: 'the latest packet is kept while the host asks, and sent when the answer comes',
      level: 'should',
      params: { claim: 'keeps-latest' },
    },
  ],
  control: (context) => claims[context.params.claim].control(context),
  controlHolds: (recording, { claim }) => claims[claim].controlHolds(recording),
  stimulus: (context) => claims[context.params.claim].stimulus(context),
  judge: (recording, { claim }) => claims[claim].judge(recording),
});
