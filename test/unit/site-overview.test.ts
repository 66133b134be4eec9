/** The pages about many devices: what they say, and that nothing that was submitted is markup or a command in them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Entry, HardwareList } from '../../src/list/schema.js';
import { profiles } from '../../src/profiles/catalogue.js';
import { packageRoot } from '../../src/root.js';
import { badgeOf, badgeSvg, endpointOf } from '../../src/site/badge.js';
import { type DeviceRow, deviceRows } from '../../src/site/device-row.js';
import { changesOf, feedFile } from '../../src/site/feed.js';
import { firmwareSteps } from '../../src/site/firmwares.js';
import { type Page, renderPage, type Site, type SiteFile } from '../../src/site/layout.js';
import { pagesOf } from '../../src/site/matrix.js';
import { changesFile, overviewFiles, overviewPages } from '../../src/site/overview.js';
import { commandFor, oneParty, staleDevices, untestedCases } from '../../src/site/wanted.js';
import { announcerGroups, announcers, worksWith } from '../../src/site/works-with.js';
import { currentCatalogue, listedAt, syntheticEntry, syntheticList } from './site-fixtures.js';

const listOf = (entries: readonly Entry[]): HardwareList => ({ ...syntheticList(0), entries: [...entries] });
const siteOf = (list: HardwareList, more: Partial<Site> = {}): Site => ({
  ...{ list, now: listedAt, suite: list.suite, hasRun: () => true },
  ...more,
});
const acme = { kind: 'switch', vendor: 'Acme', model: 'S24', firmware: '4.2.1', conditions: {} } as const;
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'\u202e`;

/** The outcomes of a device of a kind: those named, all others absent. */
const lettersOf = (kind: keyof typeof currentCatalogue, named: Readonly<Record<string, string>>) =>
  currentCatalogue[kind].map((id) => named[id] ?? '-').join('');
const letterOf = (letters: string, name: string) =>
  letters[announcers.findIndex((announcer) => announcer.name === name)];

function pageOf(site: Site, path: string): string {
  for (const page of overviewPages(site)) {
    if (page.path === path) return renderPage(page, site)[0]?.content ?? '';
  }
  throw new Error(`No page has the path ${path}.`);
}

describe('what a device works with', () => {
  const answers = worksWith(currentCatalogue);

  it('says of a switch what became of the software that was replayed', () => {
    const outcomes = lettersOf('switch', { 'switch/follows/keepalived': 'P', 'switch/follows/ucarp': 'F' });
    const letters = answers('switch', outcomes);
    assert.equal(letters.length, announcers.length);
    assert.deepEqual(
      ['keepalived', 'ucarp', 'metallb'].map((name) => letterOf(letters, name)),
      ['P', 'F', '-'],
    );
  });

  it('says of a host whether it takes the announcement at any time, or only at times', () => {
    const form = 'host/updates-on-announcement/request-broadcast-tha-ff-tpa-v-age';
    const at = (young: string, old: string) =>
      lettersOf('host', {
        ...Object.fromEntries(['100ms', '500ms', '900ms'].map((age) => [`${form}-${age}`, young])),
        ...Object.fromEntries(['1100ms', '2000ms'].map((age) => [`${form}-${age}`, old])),
      });
    const keepalived = (outcomes: string) => letterOf(answers('host', outcomes), 'keepalived');
    assert.deepEqual(
      [keepalived(at('P', 'P')), keepalived(at('F', 'P')), keepalived(at('F', 'F'))],
      ['P', 'S', 'F'],
    );
    assert.equal(keepalived(at('D', 'P')), 'D');
    assert.equal(letterOf(answers('host', at('F', 'F')), 'keepalived-vmac'), 'N');
  });

  it('has no answer for a NIC', () => {
    assert.equal(answers('nic', 'P'.repeat(currentCatalogue.nic.length)), '');
  });

  it('groups every announcer by whether it speaks VRRP or CARP, and names none that says nothing', () => {
    const members = (id: string) => announcerGroups.find((group) => group.id === id)?.members ?? [];
    const names = announcers.map(({ name }) => name);
    assert.deepEqual([...members('with-vrrp'), ...members('without-vrrp')].sort(), [...names].sort());
    assert.ok(members('with-vrrp').includes('keepalived'));
    assert.ok(members('without-vrrp').includes('metallb'));
    assert.deepEqual(
      profiles.map(({ name }) => name).filter((name) => !names.includes(name)),
      ['silent'],
    );
  });
});

describe('a device in one line', () => {
  it('tells the longest relearn time, and when the entry is stale and why', () => {
    const fresh = syntheticEntry(acme, undefined, 'good');
    const old = syntheticEntry({ ...acme, model: 'S48' }, undefined, 'stale');
    const measured = fresh.measurements[0];
    assert.ok(measured);
    const slower = {
      ...measured,
      name: 'relearn time, longest of 10, a datagram',
      value: measured.value * 3,
    };
    const rows = deviceRows(listOf([{ ...fresh, measurements: [measured, slower] }, old]), listedAt);
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['Acme S24', 'Acme S48'],
    );
    assert.ok(Math.abs((rows[0]?.relearnNs ?? 0) - slower.value * 1e6) < 1);
    assert.equal(rows[0]?.stale, null);
    assert.match(rows[1]?.stale ?? '', /more than 18 months ago/);
  });

  it('sorts versions as numbers, the newest first', () => {
    const entries = ['4.9.0', '4.10.0', '4.2.0'].map((firmware) => syntheticEntry({ ...acme, firmware }));
    assert.deepEqual(
      deviceRows(listOf(entries), listedAt).map(({ firmware }) => firmware),
      ['4.10.0', '4.9.0', '4.2.0'],
    );
  });
});

describe('the pages about many devices', () => {
  const list = syntheticList(450);
  const site = siteOf(list);
  const pages: Page[] = [...overviewPages(site)];
  const files: SiteFile[] = [...overviewFiles(site), changesFile(site, new Map())];
  const rendered = new Map(
    pages.flatMap((page) => renderPage(page, site)).map((file) => [file.path, file.content]),
  );

  it('have an address each', () => {
    const paths = [...rendered.keys(), ...files.map(({ path }) => path)];
    assert.equal(new Set(paths).size, paths.length);
    for (const path of ['index.html', 'compare.html', 'disputes.html', 'untested.html', 'feed.atom']) {
      assert.ok(paths.includes(path), path);
    }
  });

  it('lead to each other: no link within them is broken', () => {
    const known = new Set([...rendered.keys(), ...files.map(({ path }) => path)]);
    const elsewhere = /^(devices|cases|runs)\/|^site\.(css|js)$/;
    for (const [path, html] of rendered) {
      if (!path.endsWith('.html')) continue;
      for (const [, href = ''] of html.matchAll(/ href="([^"#]+)"/g)) {
        const target = new URL(href, `http://site.invalid/${path}`).pathname.slice(1);
        const name = decodeURIComponent(target);
        assert.ok(known.has(name) || elsewhere.test(name), `${path} leads to ${name}`);
      }
    }
  });

  it('show every device without JavaScript: on the list, by kind, by status and by vendor', () => {
    for (const by of ['all', 'kind', 'status', 'vendor']) {
      const paths = [...rendered.keys()].filter(
        (path) =>
          path.endsWith('.html') &&
          (path.startsWith(`lists/${by}`) || (by === 'all' && path === 'index.html')),
      );
      const html = paths.map((path) => rendered.get(path)).join('');
      for (const { id } of list.entries) assert.ok(html.includes(`devices/${id}.html`), `${by}: ${id}`);
    }
  });

  it('have a cell for every case of every device', () => {
    const cells = new Map<string, number>();
    for (const page of pages.filter(({ template }) => template === 'matrix-page')) {
      const kind = page.path.replace(/\..*/, '');
      const count = rendered.get(page.path)?.match(/<td class="(?!over)/g)?.length ?? 0;
      cells.set(kind, (cells.get(kind) ?? 0) + count);
    }
    const devices = (kind: string) => list.entries.filter(({ device }) => device.kind === kind).length;
    for (const kind of ['switch', 'host', 'router', 'nic'] as const) {
      assert.equal(cells.get(`matrix/${kind}`), devices(kind) * (list.catalogue[kind]?.length ?? 0), kind);
    }
    assert.equal(cells.get('announcements/switch'), devices('switch') * announcers.length);
  });

  it('have at most 60,000 cells each', () => {
    const rows = Array.from({ length: 10_000 }, (): DeviceRow => ({}) as DeviceRow);
    for (const columns of [1, 14, 187, 478, 70_000]) {
      const parts = pagesOf(rows, columns);
      assert.equal(parts.flat().length, rows.length);
      assert.ok(
        parts.every(({ length }) => length === 1 || length * columns <= 60_000),
        `${columns} columns`,
      );
    }
  });

  it('hand the search the list as it is, in shards of outcomes by place', () => {
    const values = new Map<string, unknown>();
    for (const { path, content } of files.filter((file) => file.path.startsWith('data/'))) {
      new Function('takeover', content)((name: string, value: unknown) => values.set(name, value));
      assert.ok(values.has(path), path);
    }
    const data = values.get('data/devices.js') as {
      kinds: Record<string, string>;
      rows: [string, string, string, kind: string][];
      outcomesOf: string[];
      shardSize: number;
    };
    assert.equal(data.rows.length, list.entries.length);
    for (const [place, [id, , , kind]] of data.rows.entries()) {
      assert.ok(data.kinds[kind], kind);
      const shard = values.get(data.outcomesOf[Math.floor(place / data.shardSize)] ?? '') as string[];
      assert.equal(shard[place % data.shardSize], list.entries.find((entry) => entry.id === id)?.outcomes);
    }
  });
});

describe('text that somebody submitted', () => {
  const bad = syntheticEntry(
    { ...acme, vendor: hostile, model: hostile, firmware: hostile, conditions: { [hostile]: hostile } },
    undefined,
    'disputed',
  );
  const worse = {
    ...bad,
    submissions: bad.submissions.map((s) => ({ ...s, voice: hostile, organisation: hostile })),
  };
  const other = syntheticEntry({ ...bad.device, firmware: `${hostile}2` }, undefined, 'bad');
  const site = siteOf(listOf([worse, other]), { baseUrl: 'https://example.org/takeover/' });

  it('is never markup, in a page or a file', () => {
    const all = [
      ...[...overviewPages(site)].flatMap((page) => renderPage(page, site)),
      ...overviewFiles(site),
      changesFile(site, new Map()),
    ].filter(({ path }) => !/\.(json|js)$/.test(path));
    assert.ok(all.some(({ content }) => content.includes('&lt;script&gt;')));
    for (const { path, content } of all) {
      assert.doesNotMatch(content, /<script>alert|<img src=x|\u202e/, path);
    }
  });

  it('is no command line: of ids that are not plain, none stands in one', () => {
    assert.equal(commandFor(["switch/x'; reboot #"]), undefined);
    assert.equal(
      commandFor(['switch/$(reboot)', 'switch/relearns/rarp']),
      commandFor(['switch/relearns/rarp']),
    );
  });
});

describe('what is untested', () => {
  it('has a command that chooses exactly those cases', () => {
    const ids = currentCatalogue.switch;
    for (const chosen of [
      ids.slice(3, 4),
      ids.slice(3, 6),
      ids.filter((id) => id.startsWith('switch/swap/')),
    ]) {
      const [, pattern = ''] = /--grep '([^']+)'/.exec(commandFor(chosen) ?? '') ?? [];
      assert.deepEqual(
        ids.filter((id) => new RegExp(pattern).test(id)),
        chosen,
      );
    }
  });

  it('asks for --slow where a case waits for timers', () => {
    const slow = currentCatalogue.switch.filter((id) => commandFor([id])?.endsWith(' --slow'));
    assert.ok(slow.includes('switch/silent-takeover/aged'), slow.join());
  });

  it('names cases that no device settled, stale devices and those of one party', () => {
    const entry = syntheticEntry(acme, undefined, 'good');
    const place = currentCatalogue.switch.indexOf('switch/relearns/rarp');
    const outcomes = `${entry.outcomes.slice(0, place)}N${entry.outcomes.slice(place + 1)}`;
    const list = listOf([
      { ...entry, outcomes },
      syntheticEntry({ ...acme, model: 'S1' }, undefined, 'stale'),
    ]);
    const only = listOf([{ ...entry, outcomes }]);
    assert.ok(untestedCases(only).some(({ cases }) => cases.some(({ id }) => id === 'switch/relearns/rarp')));
    assert.deepEqual(
      staleDevices(list, listedAt).map(({ entry: { device } }) => device.model),
      ['S1'],
    );
    const single = {
      ...entry,
      confidence: { ...entry.confidence, tier: 1 as const, parties: ['Lab North'] },
    };
    assert.deepEqual(
      oneParty(listOf([single])).map(({ why }) => why),
      ['Only Lab North tested it.'],
    );
  });

  it('says so on its page', () => {
    const html = pageOf(siteOf(listOf([syntheticEntry(acme, undefined, 'open')])), 'untested.html');
    assert.match(html, /Musts that were not settled/);
    assert.match(html, /npx takeover run bench.yaml --grep &#x27;\^/);
    assert.match(html, /Hosts: none has been tested/);
  });
});

describe('from firmware to firmware', () => {
  it('compares neighbours of one device under the same conditions', () => {
    const entries = [
      ...['4.10.0', '4.2.0', '4.9.0'].map((firmware) => syntheticEntry({ ...acme, firmware })),
      syntheticEntry({ ...acme, firmware: '4.9.5', conditions: { 'port-security': 'on' } }),
      syntheticEntry({ ...acme, hardware: 'B', firmware: '4.9.6' }),
    ];
    assert.deepEqual(
      firmwareSteps(entries).map(({ older, newer }) => [older.device.firmware, newer.device.firmware]),
      [
        ['4.2.0', '4.9.0'],
        ['4.9.0', '4.10.0'],
      ],
    );
  });

  it('tells what broke, and keeps what is not judged apart', () => {
    const [must, info] = ['switch/relearns/rarp', 'switch/follows/silent'];
    const before = { ...syntheticEntry(acme, undefined, 'good') };
    const letters = (broken: string) =>
      currentCatalogue.switch.map((id) => (id === must || id === info ? broken : 'P')).join('');
    const older = { ...before, outcomes: letters('P') };
    const newer = {
      ...syntheticEntry({ ...acme, firmware: '5.0' }, undefined, 'bad'),
      outcomes: letters('F'),
    };
    const html = pageOf(siteOf(listOf([older, newer])), `diff/${older.id}/${newer.id}.html`);
    assert.match(html, /1 broken; all others came out as before\./);
    assert.ok(html.indexOf('Broken: passed before') < html.indexOf(must));
    assert.ok(html.indexOf('Told, and not judged') < html.indexOf(info));
    assert.match(html, /○ does not hold/);
  });
});

describe('the feed', () => {
  const [first, second] = ['2025-01-02T03:04:05.000Z', '2026-02-03T04:05:06+01:00'];
  const entry = ((): Entry => {
    const made = syntheticEntry(acme, undefined, 'bad');
    const [submission] = made.submissions;
    assert.ok(submission);
    const at = (path: string, startedAt: string, standing: 'counted' | 'preview' = 'counted') => ({
      ...{ ...submission, path, startedAt, standing },
    });
    return {
      ...made,
      submissions: [at('a/b/3', '2026-05-05T00:00:00Z', 'preview'), at('a/b/2', second), at('a/b/1', first)],
    };
  })();

  it('has an entry for each run that changed a status, dated by the run', () => {
    const changes = changesOf(entry, ['compliant', 'disputed']);
    assert.deepEqual(
      changes.map(({ bundle, before, after }) => [bundle, before, after]),
      [
        ['a/b/1', undefined, 'compliant'],
        ['a/b/2', 'compliant', 'non-compliant'],
      ],
    );
    const { content } = feedFile(changes, { baseUrl: 'https://Example.org/takeover/' });
    const ids = [...content.matchAll(/<id>([^<]+)<\/id>/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, 3);
    assert.ok(ids[1]?.startsWith(`tag:example.org,2026-02-03:takeover/${entry.id}/`), ids[1]);
    assert.match(content, /<updated>2026-02-03T03:05:06\.000Z<\/updated>/);
    assert.match(content, new RegExp(`href="https://example\\.org/takeover/devices/${entry.id}\\.html"`));
  });

  it('says nothing of a run that changed nothing, and does not depend on when it is made', () => {
    const changes = changesOf(entry, ['non-compliant']);
    assert.equal(changes.length, 1);
    const feeds = ['2026-11-23T00:00:00Z', '2030-01-01T00:00:00Z'].map((now) =>
      changesFile(siteOf(listOf([entry]), { now }), new Map()),
    );
    assert.deepEqual(feeds[0], feeds[1]);
  });
});

describe('a badge', () => {
  const fresh = syntheticEntry(acme, undefined, 'good');
  const old = syntheticEntry(acme, undefined, 'stale');

  it('carries status and month, for shields.io too', () => {
    const badge = badgeOf(fresh, listedAt);
    assert.match(badge.message, /^✓ compliant, tested 20\d\d-\d\d$/);
    const { schemaVersion, label, message, color } = endpointOf(badge);
    assert.deepEqual([schemaVersion, label, message, color], [1, 'MAC takeover', badge.message, '#17713f']);
  });

  it('is grey and says so when it is stale', () => {
    const badge = badgeOf(old, listedAt);
    assert.match(badge.message, /, stale$/);
    assert.equal(badge.colour, '#59636e');
    assert.match(badgeSvg(badge), /<title>[^<]+Stale: It was last tested more than 18 months ago\.<\/title>/);
  });

  it('is a picture that names itself', () => {
    const svg = badgeSvg(badgeOf(fresh, listedAt));
    assert.match(svg, /role="img" aria-label="MAC takeover: Acme S24 4\.2\.1: compliant, tested/);
  });
});

describe('templates/site.js', () => {
  it('is sound JavaScript to the type checker', async function () {
    this.timeout(60_000);
    const flags = [
      '--noEmit',
      '--allowJs',
      '--checkJs',
      '--strict',
      '--noUncheckedIndexedAccess',
      '--ignoreConfig',
    ];
    const target = ['--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', '--types', ''];
    const compiler = join(packageRoot, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [compiler, ...flags, ...target, 'templates/site.js'], {
      cwd: packageRoot,
    });
  });
});
