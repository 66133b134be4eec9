/** What the faults of hosts must look like that show in their streams and connections. */
import type { Expectation } from './expectation.js';

const common = 'host/updates-on-announcement/common-form';
const lost = {
  'host/connections': /did not find the other within/,
  'host/verifies': /did not find the other within/,
  'host/loser-last': /loser, who does not answer, is still believed/,
};

export const hostConnectionTwins: Readonly<Record<string, Expectation>> = {
  'blocks-announcers': {
    because: { 'host/connections': /answers others, but sent V nothing more/ },
    passes: ['host/answers/broadcast-request', 'host/refresh-by-ping/settled'],
  },
  'resets-connections': {
    because: { 'host/connections': /reset the connection after the takeover/ },
    passes: [common, 'host/connections/udp-ipv4-mac-changed-request'],
  },
  'trusts-for-ever': {
    because: lost,
    passes: [
      common,
      'host/connections/tcp-ipv4-mac-changed-request',
      'host/loser-last/ipv4-request-then-request-winner-repeats',
      'host/verifies/udp-ipv6',
    ],
  },
  'trusts-for-ever-ipv6': {
    because: lost,
    passes: [
      'host/unsolicited-na/override',
      'host/connections/tcp-ipv6-mac-kept-advertisement',
      'host/verifies/udp-ipv4',
    ],
  },
  'takes-six': {
    because: lost,
    passes: [common, 'host/unsolicited-na/override'],
  },
  'flushes-nothing': {
    because: { 'host/flush-trigger': /nothing was flushed/ },
    passes: [common, 'host/answers/broadcast-request'],
  },
};
