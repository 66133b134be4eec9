import assert from 'node:assert/strict';
import { probes } from '../../probes/index.js';
import { answersOf } from '../../src/report/advice.js';
import { comparisonOf } from '../../src/report/compare.js';
import { renderTable } from '../../src/report/console.js';
import { renderHtml } from '../../src/report/html.js';
import { ways, waysOf } from '../../src/report/ways.js';
import type { CaseResult, Result } from '../../src/result.js';
import { announcement, caseOf } from './report-fixtures.js';
import { advertised, formAtAges, hostCase, hostResult } from './report-hosts.js';

const request = (fromMs: number) => formAtAges('request', fromMs);
const reply = (fromMs: number) => formAtAges('reply', fromMs);
const na = (outside: 'updated' | 'ignored') =>
  ['fresh', 'reachable', 'stale'].map((entry) =>
    hostCase(advertised, `flags-o-option-own-all-nodes-${entry}`, outside),
  );
const refreshed = (outside: 'updated' | 'ignored') =>
  hostCase({ ...announcement, id: 'host/refresh-by-ping' }, 'settled', outside);
const rowsOf = (cases: readonly CaseResult[]) =>
  waysOf(cases).map(({ name, said, except }) => [
    name.replaceAll('\u00a0', ' '),
    said.symbol,
    said.word,
    except,
  ]);
const changesOf = (cases: readonly CaseResult[]) => answersOf(waysOf(cases)).map(({ change = '' }) => change);
const hrefOf = (id: string) => id;

describe('the ways in which a takeover is announced to a host', () => {
  for (const { name, sources } of ways) {
    it(`has cases in the catalogue for: ${name}`, () => {
      for (const [id, pattern] of sources) {
        const found = probes.find((probe) => probe.id === id)?.cases.filter((c) => pattern.test(c.id));
        assert.ok(found?.length, `${id} ${pattern}`);
      }
    });
  }

  it('name the software that announces itself so, but none that keeps its address', () => {
    const [first] = waysOf(request(0));
    assert.ok(first?.sentBy.includes('keepalived'));
    assert.ok(ways.every(({ sentBy }) => sentBy.every((name) => !/vmac|openbsd|asa/.test(name))));
  });

  it('tell for all ages and states together what the host does', () => {
    assert.deepEqual(rowsOf([...request(0), ...reply(1000), ...na('ignored')]), [
      ['gratuitous ARP request, THA ff', '●', 'updated', ''],
      ['gratuitous ARP reply, THA = SHA', '◐', 'updated', 'ignored where its entry is 0.1, 0.5, 0.9 s old'],
      ['unsolicited advertisement, O = 1', '○', 'ignored', ''],
    ]);
    const [row] = waysOf(request(0));
    assert.deepEqual([row?.took, row?.disagree], [{ outside: '650 µs', cache: '1.3 ms' }, 0]);
  });

  it('say what is open, and nothing of what was not tried', () => {
    const [first, ...rest] = request(0).map((c) => ({ ...c, outcome: 'inconclusive' as const }));
    assert.ok(first);
    assert.deepEqual(rowsOf([first, ...request(0).slice(1)])[0]?.[3], '1 case of 5 open');
    assert.deepEqual(rowsOf([first, ...rest])[0]?.slice(1), ['?', 'inconclusive', '']);
    assert.deepEqual(rowsOf(request(0).map((c) => ({ ...c, outcome: 'not-applicable' }))), []);
    assert.deepEqual(rowsOf([caseOf(announcement, 'common-form')]), []);
  });

  it('advise what to change, by what the host does follow', () => {
    assert.deepEqual(changesOf(request(0)), ['']);
    assert.match(
      changesOf([...request(0), ...reply(9000)])[0] ?? '',
      /^Best announced by gratuitous ARP request/,
    );
    assert.match(changesOf(reply(1000))[0] ?? '', /^Announce more than once/);
    assert.match(changesOf([...request(9000), refreshed('updated')])[0] ?? '', /let it ping this device/);
    assert.match(
      changesOf([...request(9000), refreshed('ignored')])[0] ?? '',
      /^Look for what makes it deaf/,
    );
    assert.match(changesOf(na('ignored'))[0] ?? '', /`drop_unsolicited_na`/);
    // What could not be told is no reason to change anything.
    assert.deepEqual(changesOf(request(0).map((c) => ({ ...c, outcome: 'inconclusive' }))), ['']);
  });

  it('answer beside the verdict, on the page and in the terminal', async () => {
    const result = hostResult([...request(9000), ...na('updated')]);
    const html = await page([result]);
    const text = html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    assert.match(text, /IPv4, by ARP: follows 0 of 1 way at any time, 1 never\./);
    assert.match(text, /What to change IPv4, by ARP\. Look for what makes it deaf/);
    assert.match(
      renderTable(result, { color: false, width: 100 }),
      /IPv6, by NDP: follows the one way that was tried\.\n/,
    );
  });
});

const page = (results: readonly Result[]) =>
  renderHtml(
    results.map((result) => ({
      result,
      recordingOf: async () => undefined,
      evidenceHref: () => undefined,
    })),
    { generatedAt: '2025-11-20T15:00:00Z' },
  );

describe('several hosts of a run', () => {
  const good = hostResult([...request(0), ...na('updated')]);
  const deaf = hostResult(request(9000), {
    device: { kind: 'host', vendor: 'Old', model: 'phone', firmware: '1', conditions: {} },
  });

  it('stand side by side: which announcement each follows', () => {
    const compared = comparisonOf([good, deaf].map((result) => ({ result, hrefOf })));
    assert.deepEqual(compared?.groups, [
      { title: 'IPv4, by ARP', span: 1 },
      { title: 'IPv6, by NDP', span: 1 },
    ]);
    assert.deepEqual(
      compared?.rows.map(({ name, cells }) => [name, cells.map((cell) => cell?.word ?? null)]),
      [
        ['Acme printer', ['updated', 'updated']],
        ['Old phone', ['ignored', null]],
      ],
    );
    assert.equal(comparisonOf([{ result: good, hrefOf }]), undefined);
  });

  it('lead from the table to the cases', async () => {
    const html = await page([good, deaf]);
    assert.match(html, /<h2>Which announcement each follows<\/h2>/);
    const ids = new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
    for (const [, anchor] of html.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.has(anchor), anchor);
  });
});
