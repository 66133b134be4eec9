import assert from 'node:assert/strict';
import {
  announcementsOf,
  compatibilityLines,
  compatibilityOf,
  compatibilitySentence,
} from '../../src/report/announcements.js';
import { linkCases } from '../../src/report/causes.js';
import type { CaseResult } from '../../src/result.js';
import { wholeCatalogue } from './report-catalogue.js';

const anchorOf = (id: string) => `#${id}`;
const matrixOf = (cases: readonly CaseResult[]) => announcementsOf(cases, anchorOf);
const { cases } = wholeCatalogue({ arpDropped: true });
const only = (name: string) => cases.filter(({ probe }) => probe === `switch/${name}`);

describe('announcement × finding', () => {
  it('has a row for each announcement and a column for each finding, what came first in front', () => {
    const matrix = matrixOf(cases);
    assert.deepEqual(matrix?.columns, [
      'carried to World',
      'reached the new port',
      'no stale copy',
      'no flood',
      'learned when first heard',
    ]);
    const rows = new Map(matrix?.groups.flatMap(({ rows: all }) => all).map((row) => [row.name, row]));
    const words = (name: string) => rows.get(name)?.cells.map((cell) => cell?.word ?? '');
    assert.deepEqual(words('arp-request'), ['no', 'no', 'no', 'not visible', 'no']);
    assert.deepEqual(words('ipv4'), ['yes', 'yes', 'yes', 'not visible', 'yes']);
    assert.deepEqual(words('keepalived'), ['no', 'no', 'no', 'not visible', '']);
    assert.equal(rows.get('rarp')?.href, '#switch/relearns/rarp');
    assert.equal(rows.get('arp-reply')?.verdict.word, 'failed');
    assert.deepEqual(
      matrix?.groups.map(({ title, span, rows: all }) => [title, span, all.length]),
      [
        ['One frame', 7, 11],
        ['Failover software', 7, 19],
      ],
    );
  });

  it('has a column for a finding that nobody told it of', () => {
    const [first] = only('relearns');
    assert.ok(first);
    const extended = {
      ...first,
      findings: [...first.findings, { id: 'heard-in-time', holds: true, text: 'x' }],
    };
    assert.equal(matrixOf([extended])?.columns.at(-1), 'heard in time');
  });

  it('takes the worst of findings of one kind', () => {
    const [first] = only('relearns').filter(({ outcome }) => outcome === 'pass');
    assert.ok(first);
    const swap = {
      ...first,
      findings: [true, false].map((holds) => ({ id: 'reached-new', holds, text: `${holds}` })),
    };
    const [cell] = matrixOf([swap])?.groups[0]?.rows[0]?.cells ?? [];
    assert.deepEqual([cell?.word, cell?.about], ['no', 'true; false']);
  });

  it('is there without the other probes, and not without any announcement', () => {
    assert.deepEqual(
      matrixOf(only('follows'))?.groups.map(({ title }) => title),
      ['Failover software'],
    );
    assert.equal(matrixOf(only('learns')), undefined);
    assert.equal(matrixOf(only('table-size')), undefined);
  });

  it('keeps the colour of a failure for what failed', () => {
    const [first] = only('relearns');
    assert.ok(first);
    const tones = (over: Partial<CaseResult>) =>
      matrixOf([{ ...first, ...over }])?.groups[0]?.rows[0]?.cells.map((cell) => cell?.tone);
    assert.deepEqual(tones({})?.slice(0, 2), ['fail', 'fail']);
    assert.deepEqual(tones({ level: 'info' })?.slice(0, 2), ['holds-not', 'holds-not']);
    assert.deepEqual(tones({ outcome: 'inconclusive' })?.slice(0, 2), ['holds-not', 'holds-not']);
  });
});

describe('failover software', () => {
  it('says with what the device works, with what not, and what is open', () => {
    const open = cases.map((c) =>
      c.id === 'switch/follows/ovs-bond' ? { ...c, outcome: 'inconclusive' as const } : c,
    );
    const found = compatibilityOf(open);
    assert.ok(found?.works.includes('qemu-announce'));
    assert.ok(found?.fails.includes('ucarp'));
    assert.deepEqual(found?.unsettled, ['ovs-bond']);
    assert.deepEqual(
      compatibilityLines(open).map(({ label, tone }) => `${label} ${tone}`),
      ['Works with pass', 'Not with fail', 'Not settled inconclusive'],
    );
    assert.equal(
      compatibilitySentence(cases),
      'Works with 6 of 19 ways in which failover software announces a takeover.',
    );
  });

  it('does not call it working where the station moves but its announcement is dropped', () => {
    const [first] = only('follows').filter(({ outcome }) => outcome === 'pass');
    assert.ok(first);
    const findings = [{ id: 'carried', holds: false, text: 'none of 5' }];
    assert.deepEqual(compatibilityOf([{ ...first, findings }])?.unheard, ['keepalived-ipv6']);
    assert.match(compatibilitySentence([{ ...first, findings }]) ?? '', /^Works with 0 of 1 way /);
  });

  it('leaves out what does not apply and what is no software, and is silent where nothing was tried', () => {
    const [first] = only('follows');
    assert.ok(first);
    assert.equal(compatibilityOf([{ ...first, outcome: 'not-applicable' }]), undefined);
    assert.equal(compatibilityOf([{ ...first, level: 'info' }]), undefined);
    assert.equal(compatibilitySentence(only('relearns')), undefined);
  });
});

describe('likely causes', () => {
  it('links the cases that a page has, and no others', () => {
    const known = new Set(['switch/relearns/rarp']);
    assert.deepEqual(linkCases('As switch/relearns/rarp, not switch/relearns/rarp-2.', known, anchorOf), [
      { text: 'As ', href: null },
      { text: 'switch/relearns/rarp', href: '#switch/relearns/rarp' },
      { text: ', not ', href: null },
      { text: 'switch/relearns/rarp-2', href: null },
      { text: '.', href: null },
    ]);
  });
});
