import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { renderHtml } from '../../src/report/html.js';
import type { ReportInput } from '../../src/report/pictures.js';
import type { Result } from '../../src/result.js';
import { wholeCatalogue } from './report-catalogue.js';
import { announcement, badMove, caseOf, mixedCases, relearns, resultOf } from './report-fixtures.js';

const generatedAt = '2025-11-20T15:00:00Z';

const input = (result: Result, over: Partial<ReportInput> = {}): ReportInput => ({
  result,
  recordingOf: async () => undefined,
  evidenceHref: (id) => `evidence/${id}/capture.pcapng`,
  ...over,
});

/** Text of the page between tags, entities kept. */
const text = (html: string) =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('HTML report', () => {
  it('tells verdict, numbers, failures and every case', async () => {
    const html = await renderHtml([input(resultOf(mixedCases()), { recordingOf: async () => badMove() })], {
      generatedAt,
    });
    const order = [
      'Not compliant',
      '1 of 6 musts failed',
      'What failed',
      'Traffic stays at the old port',
      'Announcements',
      'What was measured',
      'Every case',
      'What this bench could not see',
    ];
    const places = order.map((words) => text(html).indexOf(words));
    assert.ok(
      places.every((place) => place >= 0),
      places.join(),
    );
    assert.deepEqual(
      [...places].sort((x, y) => x - y),
      places,
    );
    for (const c of mixedCases()) assert.ok(html.includes(`<div id="${c.id}" class="body">`), c.id);
    assert.match(html, /<a href="#switch\/relearns\/rarp">/);
    assert.match(html, /<a href="https:\/\/standards\.ieee\.org[^>]*>IEEE 802\.1Q-2022 8\.7<\/a>/);
    assert.match(html, /<a href="evidence\/switch\/relearns\/rarp\/capture\.pcapng">/);
    assert.match(text(html), /1\.24 ms between 1\.23 and 1\.25 ms/);
    assert.equal(html.match(/<svg class="timeline"/g)?.length, mixedCases().length);
    const opening = (id: string) =>
      new RegExp(`<details class="case"( open)?>(?:(?!<details)[^])*?<div id="${id}"`).exec(html)?.[1];
    assert.equal(opening('switch/relearns/rarp'), ' open');
    assert.equal(opening('switch/relearns/garp-request'), undefined);
  });

  it('holds nothing that runs or is fetched, and its style is allowed by its hash alone', async () => {
    const html = await renderHtml([input(resultOf(mixedCases()))], { generatedAt });
    assert.doesNotMatch(html, /<script|<link|<img|<iframe|\son\w+=|\sstyle=|@import|url\(|javascript:/i);
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    assert.ok(html.includes(`default-src 'none'; style-src 'sha256-${hash}'`));
  });

  it('escapes every text and drops links that are not to the web', async () => {
    const attack = '"><script>alert(1)</script>{{constructor}}\u0000\u202e';
    const hostile = JSON.parse(
      JSON.stringify(resultOf(mixedCases()), (key, value) =>
        typeof value === 'string' && !['level', 'outcome', 'kind', 'unit', 'sha256', 'probe'].includes(key)
          ? `${value}${attack}`
          : value,
      ),
    ) as Result;
    for (const probe of hostile.probes) probe.requirement.link = 'javascript:alert(1)';
    const html = await renderHtml([input(hostile, { evidenceHref: () => 'javascript:alert(2)' })], {
      generatedAt: attack,
    });
    assert.doesNotMatch(html, /<script|javascript:|[^\P{Control}\n]|\u202e/u);
    assert.ok(html.includes('&lt;script&gt;'));
    assert.ok(html.includes('{{constructor}}'));
  });

  it('shows a grid of cases as one table, each cell leading to its case, with the list folded', async () => {
    const forms = ['request', 'reply'].flatMap((operation) =>
      ['v', 'host'].flatMap((tpa) =>
        [100, 2000].map((age) =>
          caseOf(announcement, `${operation}-tpa-${tpa}-age-${age}ms`, {
            level: 'info',
            outcome: age === 100 ? 'fail' : 'pass',
          }),
        ),
      ),
    );
    const html = await renderHtml([input(resultOf([caseOf(announcement, 'common-form'), ...forms]))], {
      generatedAt,
    });
    const table = /<table class="matrix">.*?<\/table>/s.exec(html)?.[0] ?? '';
    assert.equal(
      text(table).trim(),
      'tpa age 100 ms 2000 ms request v ○ does not hold ● holds host ○ does not hold ● holds ' +
        'reply v ○ does not hold ● holds host ○ does not hold ● holds',
    );
    assert.match(table, /<th scope="rowgroup" rowspan="2">request<\/th><th scope="row" rowspan="1">v<\/th>/);
    for (const { id } of forms)
      assert.ok(table.includes(`href="#${id}"`) && html.includes(`<div id="${id}"`), id);
    assert.match(html, /<details class="fold">\s*<summary>8 cases, one by one/);
    assert.doesNotMatch(html.replace(/<style>.*?<\/style>/s, ''), /class="[^"]*\bfail\b/);
  });

  it('shows many cases that form no grid in a row, unfolded where one of them failed', async () => {
    const html = await renderHtml([input(resultOf(mixedCases()))], { generatedAt });
    const strip = /<ul class="strip">.*?<\/ul>/s.exec(html)?.[0] ?? '';
    assert.match(text(strip), /✓ passed: garp-request .*✗ failed: rarp \? inconclusive: unsolicited-na/);
    assert.match(html, /<details class="fold" open>\s*<summary>6 cases/);
  });

  it('puts a device that was not tested last', async () => {
    const html = await renderHtml([input(resultOf([])), input(resultOf([caseOf(relearns, 'rarp')]))], {
      generatedAt,
    });
    assert.match(text(html), /✓ Compliant Acme S24 .*· Not tested Acme S24/);
  });

  it('tells several devices apart', async () => {
    const good = resultOf([caseOf(relearns, 'rarp')]);
    const html = await renderHtml([input(good), input(resultOf(mixedCases()))], { generatedAt });
    assert.match(
      text(html),
      /✓ Compliant Acme S24 switch · hardware B .*✗ Not compliant Acme S24 switch · hardware B/,
    );
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const [, anchor] of html.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.includes(anchor), anchor);
  });

  describe('of a whole catalogue', () => {
    let html = '';
    before(async () => {
      const result = wholeCatalogue({ arpDropped: true });
      html = await renderHtml([input(result, { recordingOf: async () => badMove() })], { generatedAt });
    });

    it('goes from the verdict by its cause to the details', () => {
      const titles = [...html.matchAll(/<h2[^>]*>([^<]*)</g)].map(([, title]) => title);
      assert.deepEqual(titles, [
        'Likely cause',
        'What failed',
        'Notes',
        'Announcements',
        'What was measured',
        'Every case',
        'What this bench could not see',
        'Not part of this verdict',
        'The instrument',
      ]);
      const contents = /<nav class="contents calm".*?<\/nav>/s.exec(html)?.[0] ?? '';
      assert.match(
        text(contents),
        /Likely cause What failed .* ✗ failed: Learning and moving must 17 passed, 6 failed/,
      );
    });

    it('has the cause with its evidence as links, and what to type as code', () => {
      const cause = /<div class="cause">.*?<\/div>/s.exec(html)?.[0] ?? '';
      assert.match(cause, /What to change\.<\/strong> .*<code>ip arp inspection trust<\/code>/);
      assert.match(
        cause,
        /<a href="#switch\/relearns\/ipv4"><code>switch\/relearns\/ipv4<\/code><\/a> passed/,
      );
    });

    it('tells cases of one reason together, and each of them by a link', () => {
      const failed = html.slice(html.indexOf('>What failed</h2>'), html.indexOf('>Notes</h2>'));
      assert.equal(failed.match(/None of 3 came out at World/g)?.length, 2);
      assert.match(
        failed,
        /<code class="quiet">switch\/follows\/<\/code> <a class="short" href="#switch\/follows\/keepalived">/,
      );
    });

    it('folds what does not apply into a line, and what was left out', () => {
      assert.match(
        text(html),
        /– 10 cases not applicable The bench file declares no VLANs of the device; add vlans:/,
      );
      assert.equal(html.match(/<h4>VLANs/g), null);
      assert.match(
        text(html),
        /3 cases left out: slow: it runs with --slow switch\/ageing default, restarts/,
      );
    });

    it('leads nowhere that is not on the page', () => {
      const ids = new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
      for (const [, anchor] of html.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.has(anchor), anchor);
    });

    it('says in words what its pictures of numbers show', () => {
      assert.match(text(html), /longest of 10, gratuitous ARP 3\.84 ms between 2\.4 and 5\.28 ms/);
      assert.match(text(html), /at least 812,345 addresses\/s the tester goes no further/);
      assert.ok(
        [...html.matchAll(/<td class="picture"([^>]*)>/g)].every(([, rest]) => rest?.includes('aria-hidden')),
      );
    });
  });

  it('stays under 3 MB with 300 cases, and gives the pictures to those that failed first', async () => {
    const many = Array.from({ length: 300 }, (_, i) =>
      caseOf(relearns, `case-${i}`, i > 290 ? { outcome: 'fail', reason: 'It stayed at a.' } : {}),
    );
    const html = await renderHtml([input(resultOf(many), { recordingOf: async () => badMove() })], {
      generatedAt,
    });
    assert.ok(html.length < 3_000_000, `${html.length} characters`);
    const last = html.slice(html.indexOf('id="switch/relearns/case-299"'));
    assert.match(last.slice(0, last.indexOf('</details>')), /<svg/);
    const drawn = html.match(/<svg class="timeline"/g)?.length ?? 0;
    assert.ok(drawn > 150, `${drawn} pictures`);
    assert.match(html, /The picture is left out/);
  });
});
