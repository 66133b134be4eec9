/** What the classifier makes of patterns of outcomes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { probes } from '../../probes/index.js';
import { diagnose } from '../../src/diagnosis/diagnose.js';
import { matches } from '../../src/diagnosis/outcomes.js';
import { unexplained } from '../../src/diagnosis/rule.js';
import { rules } from '../../src/diagnosis/rules.js';
import { rediagnose } from '../../src/engine/rejudge.js';
import type { CaseResult, Outcome } from '../../src/result.js';
import { packageRoot } from '../../src/root.js';
import { resultOf } from './report-fixtures.js';

/** `fail carried=no reached-new=no, moves followed=5`: an outcome, findings and measurements. */
function entry(id: string, text: string): CaseResult {
  const [outcome = '', ...rest] = text.split(' ');
  const pairs = rest.map((pair) => pair.split('=') as [string, string]);
  const findings = pairs
    .filter(([, value]) => ['yes', 'no', 'open'].includes(value))
    .map(([name, value]) => ({ id: name, holds: value === 'open' ? null : value === 'yes', text: name }));
  const measurements = pairs
    .filter(([, value]) => /^\d+$/.test(value))
    .map(([name, value]) => ({
      name: name.replaceAll('_', ' '),
      value: Number(value),
      unit: 'count' as const,
    }));
  return {
    id,
    probe: id.split('/').slice(0, 2).join('/'),
    title: id,
    level: 'must',
    outcome: outcome as Outcome,
    reason: `${id} came out as ${outcome}.`,
    expected: '',
    observed: '',
    findings,
    measurements,
    qualifiers: [],
    attempts: [],
  };
}

const run = (outcomes: Readonly<Record<string, string>>) =>
  Object.entries(outcomes).map(([id, text]) => entry(`switch/${id}`, text));
const relearned = (forms: readonly string[], text: string) =>
  Object.fromEntries(forms.map((form) => [`relearns/${form}`, text]));

const arp = ['arp-request', 'arp-reply', 'arp-probe'];
const data = ['ipv4', 'ipv6', 'llc-snap'];
const all = [...arp, 'rarp', 'unsolicited-na', ...data];
const kept = 'fail carried=yes reached-new=no';
const gone = 'fail carried=no reached-new=no';
const moved = 'pass carried=yes reached-new=yes';
const learns = { 'source-filter/foreign-data': 'pass source-carried=yes learned=yes' };
const blocked = {
  'source-filter/own-address': 'pass source-carried=yes',
  'source-filter/foreign-data': 'fail source-carried=no learned=no',
  'source-filter/foreign-broadcast': 'fail source-carried=no learned=no',
};

/** What is seen, and the ids of what should be named. */
const patterns: Readonly<Record<string, readonly [Readonly<Record<string, string>>, readonly string[]]>> = {
  'nothing failed': [{ ...relearned(all, moved), ...learns }, []],
  'nothing ran': [relearned(all, 'not-run'), []],
  'all is inconclusive': [relearned(all, 'inconclusive'), []],
  'one failure that fits nothing': [{ 'group-source/group': 'fail' }, ['unexplained']],
  'carried in vain, and nothing else known': [relearned(all, kept), ['unexplained']],
  'carried in vain, new stations learned, but nobody waited': [
    { ...relearned(all, kept), ...learns },
    ['unexplained'],
  ],
  'pinned entries': [
    {
      ...relearned(all, kept),
      ...learns,
      'announcement-lock/arp-300ms': 'fail moves=no',
      'failback/once': 'fail',
    },
    ['entry-pinned'],
  ],
  'learning off at b': [
    {
      ...relearned(all, kept),
      'source-filter/foreign-data': 'pass source-carried=yes learned=no',
      'announcement-lock/arp-300ms': 'fail moves=no',
    },
    ['learning-off'],
  ],
  'learning off at a': [
    { 'learns/arp-request': 'fail', 'learns/ipv4': 'fail', 'relearns/ipv4': 'inconclusive' },
    ['learning-off'],
  ],
  'one form is not learned': [
    { 'learns/arp-request': 'pass', 'learns/ipv4': 'pass', 'learns/rarp': 'fail' },
    ['unexplained'],
  ],
  'sticky addresses': [
    {
      ...relearned(all, gone),
      ...learns,
      'port-security/takeover': 'fail moved-carried=no port-b-alive=yes',
    },
    ['sticky-mac'],
  ],
  'everything from b is dropped': [
    {
      ...relearned(all, gone),
      'source-filter/own-address': 'fail source-carried=no',
      'virtual-mac/vrrp-ipv4': 'fail',
    },
    ['port-blocked'],
  ],
  'forged transmits': [{ ...relearned(all, gone), ...blocked }, ['source-filter']],
  'a limit of addresses, reached on the way': [
    { ...relearned(arp, moved), ...relearned(data, gone), ...blocked },
    ['address-limit'],
  ],
  'a limit of addresses, found by counting': [
    {
      ...relearned(all, moved),
      ...learns,
      'port-security/many-addresses': 'fail address-limit=yes addresses_carried=7',
    },
    ['address-limit'],
  ],
  'a port that is shut': [
    { ...relearned(all, moved), 'port-security/takeover': 'fail port-b-alive=no moved-carried=yes' },
    ['port-shut'],
  ],
  'a port that was shut in an earlier case': [
    { 'learns/ipv4': 'pass', ...relearned(all, 'inconclusive port-b-alive=no') },
    ['port-shut'],
  ],
  'a port that was dead for a while': [
    { ...relearned(arp, 'inconclusive port-b-alive=no'), ...relearned(data, moved) },
    [],
  ],
  'ARP inspection': [
    {
      ...relearned(arp, gone),
      ...relearned(data, moved),
      ...learns,
      'arp-inspection/gratuitous-request': 'fail carried=no plain-carried=yes',
    },
    ['arp-inspection'],
  ],
  'one form of ARP is dropped': [
    { ...relearned(data, moved), 'relearns/arp-reply': gone },
    ['arp-inspection'],
  ],
  'ARP that was lost by chance': [
    { ...relearned(data, moved), 'relearns/arp-reply': 'inconclusive carried=open' },
    [],
  ],
  'ND inspection': [{ ...relearned(data, moved), 'relearns/unsolicited-na': gone }, ['nd-inspection']],
  'multicast is pruned': [
    {
      ...relearned([...arp, ...data], moved),
      'relearns/unsolicited-na': gone,
      'arp-inspection/unsolicited-advertisement': 'inconclusive carried=no plain-carried=no',
    },
    ['group-filtering'],
  ],
  'a limit of broadcasts': [
    { ...relearned(arp, gone), ...relearned(data, moved), 'storm-control/burst-100': 'fail' },
    ['storm-control'],
  ],
  'a move limit': [
    {
      ...relearned(all, moved),
      'move-guard/twenty-moves': 'fail guarded=yes moves_followed=5',
      'failback/ten-times': 'fail',
    },
    ['move-guard'],
  ],
  'a lock that also refuses the second of many moves': [
    {
      ...relearned(all, moved),
      'announcement-lock/arp-300ms': 'fail held=yes',
      'move-guard/twenty-moves': 'fail guarded=yes moves_followed=1',
    },
    ['announcement-lock'],
  ],
  'a hold after the last frame': [
    { ...relearned(all, gone), ...learns, 'announcement-lock/arp-300ms': 'fail held=yes' },
    ['announcement-lock'],
  ],
  'moves that take effect late': [
    { ...relearned(all, kept), ...learns, 'announcement-lock/arp-300ms': 'fail delayed=yes' },
    ['slow-relearn'],
  ],
  'ARP suppression': [
    { ...relearned(all, moved), 'arp-suppression/ipv4': 'fail answers-for-old-owner=yes' },
    ['arp-suppression'],
  ],
  'an access list': [
    { ...relearned(arp, moved), ...relearned(data, moved), 'relearns/rarp': gone },
    ['frame-filter'],
  ],
  'virtual addresses': [
    { ...relearned(all, moved), 'virtual-mac/vrrp-ipv4': 'fail' },
    ['virtual-address-filter'],
  ],
  isolation: [{ ...relearned(all, moved), 'isolation/heartbeat': 'fail' }, ['isolation']],
  'spanning tree': [{ ...relearned(all, moved), 'spanning-tree/link-up': 'fail' }, ['spanning-tree']],
  'short ageing': [{ 'silent-takeover/silence': 'fail' }, ['short-ageing']],
  'unknown unicast': [{ 'never-spoke/flooded': 'fail' }, ['unknown-unicast-blocked']],
  'two features at once': [
    { ...relearned(data, moved), 'relearns/arp-reply': gone, 'never-spoke/flooded': 'fail' },
    ['arp-inspection', 'unknown-unicast-blocked'],
  ],
  'a feature, and something that it does not account for': [
    { ...relearned(all, moved), 'never-spoke/flooded': 'fail', 'vlan-leak/untagged': 'fail' },
    ['unknown-unicast-blocked', 'unexplained'],
  ],
};

describe('diagnose', () => {
  for (const [what, [outcomes, ids]] of Object.entries(patterns)) {
    it(`${what}: ${ids.join(', ') || 'nothing'}`, () => {
      const found = diagnose(run(outcomes));
      assert.deepEqual(
        found.map(({ id }) => id),
        ids,
        JSON.stringify(found, null, 1),
      );
      for (const { evidence, change } of found) {
        assert.ok(change.length > 0);
        assert.ok(
          evidence.length > 0 && evidence.every((text) => /^switch\/[a-z0-9-]+\/[a-z0-9-]+/.test(text)),
        );
      }
    });
  }

  it('says nothing of hosts', () => {
    assert.deepEqual(diagnose([entry('host/answers/broadcast-request', 'fail')]), []);
  });

  it('finds the same in any order of the cases, but for what a port’s death depends on', () => {
    for (const [what, [outcomes, ids]] of Object.entries(patterns)) {
      if (what.includes('port that was')) continue;
      const found = diagnose(run(outcomes).reverse()).map(({ id }) => id);
      assert.deepEqual(found, ids, what);
    }
  });

  it('is compared with what a result says', () => {
    const cases = run({ 'never-spoke/flooded': 'fail' });
    const result = resultOf(cases);
    assert.equal(rediagnose(result), undefined);
    assert.equal(rediagnose({ ...result, diagnoses: diagnose(cases) }), undefined);
    assert.match(rediagnose({ ...result, diagnoses: [] }) ?? '', /stored none, now unknown-unicast-blocked/);
  });
});

describe('the rules', () => {
  const all = [...rules, unexplained];

  it('are what docs/features.md says, row by row', () => {
    const text = readFileSync(join(packageRoot, 'docs', 'features.md'), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    assert.deepEqual(
      rows,
      all.map(({ id, title, sign, change }) => `| \`${id}\` | ${title} | ${sign} | ${change} |`),
    );
  });

  it('have ids of their own, and refer to others that stand before them', () => {
    const before = new Set<string>();
    for (const { id, unless } of [...rules, { id: unexplained.id, unless: [] }]) {
      assert.ok(!before.has(id), id);
      for (const other of unless ?? [])
        assert.ok(before.has(other), `${id} looks for ${other}, which comes later`);
      before.add(id);
    }
  });

  it('name cases that the catalogue has', () => {
    const ids = probes.flatMap((probe) => probe.cases.map((each) => `${probe.id}/${each.id}`));
    const missing = rules.flatMap(({ explains }) =>
      explains.filter((pattern) => !ids.some((id) => matches(id, pattern))),
    );
    assert.deepEqual(missing, []);
  });
});
