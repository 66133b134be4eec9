/** What the faults of hosts must look like. */
import assert from 'node:assert/strict';
import { type Expectation, measured } from './expectation.js';

const deaf = {
  'host/updates-on-announcement': /ignored this form|follows none/,
  'host/lock-window': /refused this form at every age/,
  'host/refresh-by-ping': /asked for the host, which still sends to the old owner/,
  'host/answers': /had to ask back/,
};

const form = (name: string, ageMs: number) => `host/updates-on-announcement/${name}-age-${ageMs}ms`;
const common = 'host/updates-on-announcement/common-form';

export const hostTwins: Readonly<Record<string, Expectation>> = {
  'deaf-to-announcements': {
    because: deaf,
    passes: [
      form('request-broadcast-tha-zero-tpa-host', 100),
      'host/refresh-by-ping/settled',
      'host/answers/broadcast-request',
    ],
  },
  'first-owner-only': {
    because: deaf,
    passes: [
      'host/probe-harmless/changes-nothing',
      'host/answers/broadcast-request',
      'host/unsolicited-na/override',
    ],
  },
  'requests-only': {
    because: deaf,
    passes: [common, form('request-broadcast-tha-zero-tpa-v', 100), form('reply-unicast-tha-sha-tpa-v', 100)],
  },
  'ignores-askers': {
    because: deaf,
    passes: [common, form('reply-broadcast-tha-sha-tpa-v', 100), 'host/unsolicited-na/override'],
  },
  'answers-nothing': {
    because: {
      'host/answers': /did not answer an ARP request for its own address/,
      'host/probe-harmless': /let a probe for its own address go unanswered/,
      'host/refresh-by-ping': /asked for the host, which still sends to the old owner/,
    },
    passes: [common, 'host/probe-harmless/changes-nothing', 'host/unsolicited-na/override'],
  },
  'creates-entries': {
    because: { 'host/creates': /announcement made an entry/ },
    passes: [common, 'host/answers/broadcast-request', 'host/unsolicited-na/no-entry'],
  },
  'long-lock': {
    because: deaf,
    passes: [common, form('request-broadcast-tha-zero-tpa-v', 100), 'host/refresh-by-ping/fresh'],
  },
  'no-lock': {
    passes: [
      common,
      form('reply-broadcast-tha-zero-tpa-third', 100),
      form('reply-unicast-tha-other-tpa-host', 500),
      form('request-broadcast-tha-zero-tpa-third', 100),
      'host/lock-window/reply-tha-ff',
    ],
    shows(result) {
      const { lowMs, highMs } = measured(result, 'host/lock-window/reply-tha-ff', 'lock window');
      assert.ok(lowMs === 0 && highMs < 500, `a window between ${lowMs} and ${highMs} ms`);
    },
  },
  'probe-poisons': {
    because: { 'host/probe-harmless': /took a probe for an announcement/ },
    passes: [common, 'host/probe-harmless/is-answered'],
  },
  'ignores-probes': {
    because: { 'host/probe-harmless': /go unanswered/ },
    passes: [common, 'host/probe-harmless/changes-nothing'],
  },
  'permanent-overwritten': {
    because: {
      'host/static-stays': /overwrote the permanent entry/,
      'host/na-static-stays': /overwrote the permanent entry/,
    },
    passes: [common, 'host/answers/broadcast-request'],
  },
};
