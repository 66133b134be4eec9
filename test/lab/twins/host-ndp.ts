/** What the faults of a host's neighbour discovery must look like. */
import assert from 'node:assert/strict';
import type { Expectation } from './expectation.js';

const na = (id: string) => `host/unsolicited-na/${id}`;
const form = (flags: string, to = 'all-nodes') => `host/na-forms/flags-${flags}-option-own-${to}-reachable`;

const ignored = { 'host/unsolicited-na': /ignored an advertisement/, 'host/na-forms': /ignored this form/ };
const taken = {
  'host/unsolicited-na': /took the new address from .*, which must not change it/,
  'host/na-forms': /took the new address from a form that must not/,
};

export const hostNdpTwins: Readonly<Record<string, Expectation>> = {
  'deaf-ipv6': {
    because: { ...ignored, 'host/na-incomplete': /asked, heard .* and goes on asking/ },
    passes: [na('no-override'), na('no-option'), 'host/na-incomplete/s1-o1', 'host/ns-updates/settled'],
  },
  'one-move-only': {
    because: ignored,
    passes: [na('override'), na('no-override'), 'host/ns-updates/settled'],
  },
  'first-owner-only-ipv6': {
    because: ignored,
    passes: [na('no-override'), 'host/ns-updates/settled', 'host/na-incomplete/s1-o1'],
  },
  'overrides-always': {
    because: taken,
    passes: [na('override'), na('no-option'), 'host/na-invalid/hop-limit'],
  },
  'guesses-option': {
    because: {
      ...taken,
      'host/na-incomplete': /took an address for V from .* without the option/,
    },
    passes: [na('override'), na('no-override'), 'host/ns-updates/no-option'],
  },
  'believes-ethernet': {
    because: {
      ...taken,
      'host/unsolicited-na': /took the Ethernet source of|took the new address from/,
    },
    passes: [na('override'), 'host/ns-updates/no-option'],
  },
  'takes-invalid': {
    because: {
      ...taken,
      'host/na-invalid': /took the address from an advertisement with|took a link-layer address for a group/,
    },
    passes: [na('override'), na('no-option')],
  },
  'takes-no-group-option': {
    passes: [na('override'), na('group-option')],
    shows: (result) =>
      assert.equal(result.cases.find(({ id }) => id === na('group-option'))?.outcome, 'pass'),
  },
  'creates-entries-ipv6': {
    because: {
      'host/unsolicited-na':
        /made an entry for an address that the host never talked to|to ff02::2, which must not/,
    },
    passes: [na('override'), na('no-override')],
  },
  'never-verifies': {
    because: {
      'host/na-verified': /used the entry for .* without verifying it/,
      'host/na-incomplete': /used it for .* without verifying it/,
    },
    passes: [na('override'), 'host/ns-updates/settled'],
  },
  'believes-hearsay': {
    because: { 'host/na-verified': /used the entry for .* without verifying it/ },
    passes: ['host/na-verified/override', 'host/na-verified/same-address-solicited'],
  },
  'doubts-entries': {
    because: { 'host/na-verified': /verified its entry although .* had left it confirmed/ },
    passes: [na('override'), 'host/na-verified/override', 'host/na-incomplete/s1-o1'],
  },
  'doubts-answers': {
    because: { 'host/na-incomplete': /verified the address although .* had confirmed it/ },
    passes: ['host/na-incomplete/s0-o1', na('override')],
  },
  'ignores-askers-ipv6': {
    because: { 'host/ns-updates': /asked for the host, which still sends to the old|had to ask back/ },
    passes: [na('override'), 'host/ns-updates/no-option', 'host/ns-answered/duplicate-probe'],
  },
  'guesses-asker': {
    because: {
      'host/ns-updates': /took V’s address from a (solicitation without the option|duplicate-address probe)/,
    },
    passes: ['host/ns-updates/settled', na('no-option')],
  },
  'answers-nothing-ipv6': {
    because: { 'host/ns-answered': /did not answer a solicitation|whoever asked will take it/ },
    passes: [na('override'), 'host/ns-updates/no-option'],
  },
  'deaf-to-routers': {
    because: { 'host/ra-updates': /ignored the router’s new address/ },
    passes: [na('override'), 'host/ra-updates/no-option'],
  },
  'guesses-router': {
    because: { 'host/ra-updates': /took a new address from an advertisement without the option/ },
    passes: ['host/ra-updates/option', na('no-option')],
  },
  'impatient-ipv6': {
    because: { 'host/unreachable-neighbour': /twice within \d+ ms; RetransTimer is 1000 ms/ },
    passes: [na('override'), 'host/unreachable-neighbour/queued-packet'],
  },
  'forgets-packet-ipv6': {
    because: { 'host/unreachable-neighbour': /dropped the packet that made it ask, and took the answer/ },
    passes: [na('override')],
  },
  'never-gives-up-ipv6': {
    because: { 'host/unreachable-neighbour': /sent to a neighbour that was gone for 12 s/ },
    passes: [na('override'), 'host/na-verified/override'],
  },
  'router-for-ever': {
    because: { 'host/router-flag': /goes on sending through a router whose advertisement said, with R = 0/ },
    passes: ['host/router-flag/kept', na('override'), form('none')],
  },
  'router-for-once': {
    because: { 'host/router-flag': /dropped a router that had just said again that it is one/ },
    passes: ['host/router-flag/cleared', na('override')],
  },
  'gives-address-up': {
    because: { 'host/na-conflict': /answers over IPv4, and no longer at its IPv6 address/ },
    passes: ['host/answers/broadcast-request'],
  },
  'tests-no-address': {
    because: { 'host/duplicate-detection': /uses a new address that it was not seen to test/ },
    passes: [na('override')],
  },
  'ignores-objections': {
    because: { 'host/duplicate-detection': /uses its new address although another station/ },
    passes: ['host/duplicate-detection/tested', na('override-unicast')],
  },
  'long-lock-ipv6': {
    because: { 'host/na-lock-window': /refused this form at every age/ },
    passes: ['host/ns-updates/fresh', na('no-override')],
  },
};
