/** The published pages in Debian's Chromium, as somebody who wants to buy a switch uses them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { compileList } from '../../src/list/compile.js';
import type { HardwareList } from '../../src/list/schema.js';
import type { Result } from '../../src/result.js';
import { packageRoot } from '../../src/root.js';
import { deviceRows } from '../../src/site/device-row.js';
import { indexPages } from '../../src/site/index-pages.js';
import { readStyle, renderPage, type Site } from '../../src/site/layout.js';
import { badgePath, casePath, devicePath, diffPath, resultPath, runPath } from '../../src/site/paths.js';
import { searchFiles } from '../../src/site/search-data.js';
import { writeSite } from '../../src/site/write.js';
import { skip } from '../skip.js';
import { fixtureCases, makeBundle, trustParties } from '../unit/bundle-fixtures.js';
import { listedAt, syntheticList } from '../unit/site-fixtures.js';
import { browserLacks, type SiteServer, serve, startBrowser, type Visit, visit } from './browser.js';
import {
  axeFindings,
  type Focused,
  firstPaintMs,
  focused,
  injectScript,
  type Printed,
  pageWidth,
  painted,
  printed,
  thinOut,
  titlesOf,
  widthOfPicture,
} from './in-page.js';

const axe = readFileSync(join(packageRoot, 'node_modules/axe-core/axe.min.js'), 'utf8');
const [failed] = fixtureCases.moves;
/** As long as a name may be. */
const hostileName = `<img src=x onerror="document.title='broken'"><script>document.title=1</script>`;
const parties = [
  { organisation: 'North Lab', relation: 'lab' },
  { organisation: 'South Lab', relation: 'lab' },
] as const;

/** A bundle of each kind that the pages have to show. */
async function writeReports(reports: string): Promise<void> {
  await trustParties(reports, parties);
  const [north, south] = parties;
  const s24 = { vendor: 'Acme', model: 'S24', firmware: '4.2.1' };
  await makeBundle(reports, { device: s24, tester: north, runId: 'run-1' });
  await makeBundle(reports, {
    device: { ...s24, firmware: '4.3.0' },
    tester: north,
    behaviour: 'never-moves',
    runId: 'run-2',
    startedAt: '2026-02-01T10:00:00.000Z',
  });
  const disputed = {
    vendor: 'Borealis',
    model: 'B8',
    firmware: '1.0',
    conditions: { 'port-security': 'on' },
  };
  for (const [tester, behaviour, day] of [
    [north, 'good', '03'],
    [south, 'never-moves', '04'],
  ] as const) {
    await makeBundle(reports, {
      ...{ device: disputed, tester, behaviour },
      ...{ runId: `run-${day}`, startedAt: `2026-03-${day}T10:00:00.000Z` },
    });
  }
  const device = {
    vendor: hostileName,
    model: hostileName,
    firmware: '9',
    conditions: { [hostileName]: hostileName },
  };
  await makeBundle(reports, { device, tester: south, runId: 'run-5', startedAt: '2024-01-01T10:00:00.000Z' });
}

/** The index of 10,000 devices, and what its search reads. */
async function writeLargeIndex(folder: string): Promise<HardwareList> {
  const list = syntheticList(10_000);
  const site: Site = { list, now: listedAt, suite: list.suite, hasRun: () => false };
  const rows = deviceRows(list, listedAt);
  const [index] = indexPages(site, rows);
  assert.ok(index);
  const script = await readFile(join(packageRoot, 'templates/site.js'), 'utf8');
  const files = [
    ...renderPage(index, site),
    ...searchFiles(list, rows),
    { path: 'site.css', content: readStyle() },
    { path: 'site.js', content: script },
  ];
  for (const { path, content } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return list;
}

describe('the published pages in a browser', function () {
  this.timeout(60_000);
  let folder: string;
  let browser: Browser;
  let context: BrowserContext;
  let server: SiteServer;
  let list: HardwareList;
  let large: HardwareList;

  before(async function () {
    const lacks = browserLacks();
    if (lacks !== undefined) skip(this, lacks);
    folder = await mkdtemp(join(tmpdir(), 'takeover-site-'));
    const [reports, small, big] = ['reports', 'small', 'big'].map((name) => join(folder, name));
    assert.ok(reports && small && big);
    await writeReports(reports);
    list = await compileList(reports, { threads: 1 });
    await writeSite({
      reports,
      list,
      out: small,
      now: listedAt,
      jobs: 1,
      baseUrl: 'https://example.org/takeover/',
    });
    large = await writeLargeIndex(big);
    server = await serve({ small, big });
    browser = await startBrowser();
    context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  });

  after(async () => {
    await browser?.close();
    await server?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const entryOf = (vendor: string, firmware: string) => {
    const found = list.entries.find(({ device }) => device.vendor === vendor && device.firmware === firmware);
    assert.ok(found, `${vendor} ${firmware}`);
    return found;
  };
  const bundleOf = (vendor: string, firmware: string) => entryOf(vendor, firmware).submissions[0]?.path ?? '';
  const open = (path: string, look: (v: Visit) => Promise<void>) =>
    visit(context, server.address + path, look);
  const small = (path: string) => `small/${path}`;

  /** One page of each kind. */
  const kinds = (): Record<string, string> => {
    const bad = entryOf('Acme', '4.3.0');
    const bundle = bundleOf('Acme', '4.3.0');
    return {
      index: 'index.html',
      'devices of a kind': 'lists/kind/switch.html',
      'side by side': `compare.html?device=${bad.id}&device=${entryOf('Acme', '4.2.1').id}`,
      matrix: 'matrix/switch.html',
      'empty matrix': 'matrix/host.html',
      announcements: 'announcements/switch.html',
      device: devicePath(bad),
      'disputed device': devicePath(entryOf('Borealis', '1.0')),
      'stale device of a hostile name': devicePath(entryOf(hostileName, '9')),
      cases: 'cases/index.html',
      case: casePath(failed),
      run: runPath(bundle),
      result: resultPath(bundle, failed),
      diff: diffPath(entryOf('Acme', '4.2.1'), bad),
      diffs: 'diff/index.html',
      disputes: 'disputes.html',
      untested: 'untested.html',
    };
  };

  /** What the list shows, a name each. */
  const shown = (page: Page) => page.locator('.list tbody tr th a').allTextContents();
  const ready = (page: Page) => page.waitForSelector('[data-ready]', { state: 'attached' });

  describe('searching', () => {
    it('finds as one types, and says how many', () =>
      open(small('index.html'), async ({ page }) => {
        await ready(page);
        assert.equal((await shown(page)).length, list.entries.length);
        await page.getByLabel('Search devices').pressSequentially('borealis port-sec');
        await page.waitForFunction(`document.querySelector('.count').textContent.startsWith('1 of')`);
        assert.deepEqual(await shown(page), ['Borealis B8']);
        assert.equal(await page.getByRole('status').textContent(), `1 of ${list.entries.length} devices`);
        assert.match(page.url(), /\?q=borealis\+port-sec$/);
      }));

    it('filters, keeps the choice in the address, and goes back and forward through it', () =>
      open(small('index.html'), async ({ page }) => {
        await ready(page);
        await page.getByLabel('Status').selectOption('non-compliant');
        await page.getByLabel('Vendor').selectOption('Acme');
        assert.deepEqual(await shown(page), ['Acme S24']);
        assert.match(page.url(), /\?status=non-compliant&vendor=Acme$/);
        await page.getByLabel('Vendor').selectOption('Borealis');
        assert.match((await page.getByRole('status').textContent()) ?? '', /^No device of \d+ fits/);
        await page.goBack();
        assert.deepEqual(await shown(page), ['Acme S24']);
        assert.equal(await page.getByLabel('Vendor').inputValue(), 'Acme');
        await page.goForward();
        assert.deepEqual(await shown(page), []);
        await page.goBack();
        await page.reload();
        await ready(page);
        assert.deepEqual(await shown(page), ['Acme S24']);
        assert.equal(await page.getByLabel('Status').inputValue(), 'non-compliant');
        await page.getByRole('link', { name: 'Acme S24' }).click();
        await page.waitForURL(/\/devices\//);
        await page.goBack();
        await ready(page);
        assert.deepEqual(await shown(page), ['Acme S24']);
      }));

    it('knows what works with which software, alone and in groups', () =>
      open('big/index.html?kind=switch&works-with=keepalived', async ({ page }) => {
        await ready(page);
        const count = async () =>
          Number.parseInt(((await page.getByRole('status').textContent()) ?? '').replaceAll(',', ''), 10);
        const place = large.catalogue.switch?.indexOf('switch/follows/keepalived') ?? -1;
        const works = large.entries.filter(
          ({ device, outcomes }) => device.kind === 'switch' && outcomes[place] === 'P',
        );
        assert.equal(await count(), works.length);
        await page.getByText('Works with keepalived').click();
        await page.getByLabel('all that announce without VRRP or CARP').check();
        const both = await count();
        assert.ok(both > 0 && both < works.length, `${both} of ${works.length}`);
        assert.match(page.url(), /works-with=without-vrrp,keepalived$/);
      }));

    it('sorts by relearn time', () =>
      open('big/index.html?sort=relearn', async ({ page }) => {
        await ready(page);
        const kinds = await page.locator('.list tbody [data-field=kind]').allTextContents();
        assert.ok(kinds.length === 25 && kinds.every((kind) => ['switch', 'host', 'router'].includes(kind)));
        const times = await page.locator('.list tbody [data-field=relearn]').allTextContents();
        const scale: Record<string, number> = { µs: 1e3, ms: 1e6, s: 1e9 };
        const ns = times.map(
          (text) => Number.parseFloat(text) * (scale[text.split(' ')[1] ?? ''] ?? Number.NaN),
        );
        assert.equal(ns.length, 25);
        assert.deepEqual(
          ns,
          [...ns].sort((x, y) => x - y),
        );
      }));

    it('puts two devices side by side', () =>
      open(small('index.html'), async ({ page }) => {
        await ready(page);
        await page.getByLabel('Compare Acme S24 4.2.1').check();
        assert.equal(await page.locator('.picked a').getAttribute('aria-disabled'), 'true');
        await page.getByLabel('Compare Acme S24 4.3.0').check();
        await page.getByRole('link', { name: 'Compare 2 devices' }).click();
        await ready(page);
        assert.equal(await page.getByRole('status').textContent(), '2 devices side by side');
        const row = page.locator('tr', { has: page.getByRole('link', { name: failed }) });
        assert.deepEqual(await row.locator('td').allTextContents(), ['✓ passed', '✗ failed']);
        const heads = await page.locator('.beside-each-other thead th').allTextContents();
        assert.deepEqual(heads, ['Acme S24 4.2.1', 'Acme S24 4.3.0']);
      }));

    it('shows the first content of 10,000 devices within a second, and what a key finds within 50 ms', async function () {
      this.timeout(180_000);
      const paintsMs: number[] = [];
      const keysMs: number[] = [];
      // The machine may have other things to do: the best of some, and the time that the page's own thread worked.
      const isPainted = () => Math.min(...paintsMs) < 1_000;
      const isQuick = () => Math.min(...keysMs) < 50;
      for (let round = 0; round < 3 || (round < 10 && !(isPainted() && isQuick())); round += 1) {
        await open('big/index.html', async ({ page }) => {
          paintsMs.push(await page.evaluate<number>(firstPaintMs));
          await ready(page);
          const session = await context.newCDPSession(page);
          await session.send('Performance.enable', { timeDomain: 'threadTicks' });
          const workedMs = async () => {
            const { metrics } = await session.send('Performance.getMetrics');
            return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
          };
          await page.getByLabel('Search devices').focus();
          for (const typed of ['s', 's1', 's10']) {
            const before = await workedMs();
            await page.keyboard.press(typed.slice(-1));
            await page.waitForFunction(`location.search === '?q=${typed}'`);
            await page.evaluate(painted);
            keysMs.push((await workedMs()) - before);
          }
          assert.match((await page.getByRole('status').textContent()) ?? '', /^[\d,]+ of 10,000 devices/);
        });
      }
      assert.ok(isPainted(), `first content after ${paintsMs} ms`);
      assert.ok(isQuick(), `a key costs ${keysMs} ms`);
    });

    it('works from disk as well', () =>
      visit(context, `file://${join(folder, 'small', 'index.html')}?q=borealis`, async ({ page }) => {
        await ready(page);
        assert.deepEqual(await shown(page), ['Borealis B8']);
      }));
  });

  describe('reading', () => {
    it('leads from a device to a failed case, to what was seen, and to its capture', () =>
      open(small(devicePath(entryOf('Acme', '4.3.0'))), async ({ page }) => {
        await page.getByRole('link', { name: failed }).first().click();
        await page.waitForLoadState();
        const bundle = bundleOf('Acme', '4.3.0');
        await page.goto(server.address + small(resultPath(bundle, failed)));
        const download = page.waitForEvent('download');
        await page.locator('a[href$=".pcapng"], a[href*=".pcapng"]').first().click();
        const path = await (await download).path();
        const digest = createHash('sha256')
          .update(await readFile(path))
          .digest('hex');
        const result = JSON.parse(
          await readFile(join(folder, 'reports', bundle, 'result.json'), 'utf8'),
        ) as Result;
        const attempts = result.cases.find(({ id }) => id === failed)?.attempts ?? [];
        assert.ok(
          attempts.some(({ evidence }) => evidence?.capture.sha256 === digest),
          digest,
        );
        assert.ok((await page.textContent('main'))?.includes(digest.slice(0, 16)));
      }));

    it('leads from a case to every device that was asked', () =>
      open(small(casePath(failed)), async ({ page }) => {
        const text = (await page.textContent('main')) ?? '';
        for (const name of ['Acme S24', 'Borealis B8']) assert.ok(text.includes(name), name);
      }));

    it('needs no JavaScript', async () => {
      const plain = await browser.newContext({ javaScriptEnabled: false });
      try {
        await visit(plain, server.address + small('index.html'), async ({ page }) => {
          assert.equal(await page.locator('form.search').isVisible(), false);
          assert.equal((await shown(page)).length, list.entries.length);
          await page.getByRole('link', { name: 'Not compliant' }).click();
          await page.waitForURL(/non-compliant/);
          assert.deepEqual(await shown(page), ['Acme S24']);
          await page.getByRole('link', { name: 'Acme S24' }).click();
          await page.waitForURL(/\/devices\//);
          assert.match((await page.textContent('main')) ?? '', /Not compliant/);
        });
      } finally {
        await plain.close();
      }
    });

    it('reads the feed as XML, and shows the badge', () =>
      open(small('index.html'), async ({ page }) => {
        const titles = await page.evaluate<string[]>(titlesOf('feed.atom'));
        const expected = ['Borealis B8 1.0: inconclusive', 'Borealis B8 1.0: inconclusive → disputed'];
        for (const title of ['Acme S24 4.3.0: not compliant', ...expected]) {
          assert.ok(titles.includes(title), `${title} is not in\n${titles.join('\n')}`);
        }
        const badge = badgePath(entryOf('Acme', '4.3.0'), 'svg');
        const width = await page.evaluate<number>(widthOfPicture(badge));
        assert.ok(width > 100, String(width));
      }));
  });

  describe('whoever reads', () => {
    it('finds no barrier that axe-core knows, in light and in dark, and no page that scrolls sideways at 320 px', async function () {
      this.timeout(240_000);
      const findings: string[] = [];
      for (const [kind, path] of Object.entries(kinds())) {
        await open(small(path), async ({ page }) => {
          if (kind === 'index' || kind === 'side by side') await ready(page);
          await page.setViewportSize({ width: 320, height: 640 });
          const width = await page.evaluate<number>(pageWidth);
          if (width > 320) findings.push(`${kind}: ${width} px wide`);
          await page.setViewportSize({ width: 1200, height: 800 });
          await page.evaluate(thinOut);
          await page.evaluate(axe);
          const light = await page.evaluate<string[]>(axeFindings());
          await page.emulateMedia({ colorScheme: 'dark' });
          const dark = await page.evaluate<string[]>(axeFindings(['color-contrast', 'link-in-text-block']));
          findings.push(
            ...light.map((text) => `${kind}: ${text}`),
            ...dark.map((text) => `${kind}, dark: ${text}`),
          );
        });
      }
      assert.deepEqual(findings, []);
    });

    it('gets along with the keyboard alone', () =>
      open(small('index.html'), async ({ page }) => {
        await ready(page);
        const at = () => page.evaluate<Focused>(focused);
        await page.keyboard.press('Tab');
        assert.equal((await at()).text, 'Skip to the content');
        await page.keyboard.press('Enter');
        assert.equal((await at()).id, 'content');
        await page.keyboard.press('Tab');
        assert.equal((await at()).id, 'q');
        assert.doesNotMatch((await at()).outline, /^none|0px$/);
        await page.keyboard.type('4.3.0');
        const order = [];
        for (let i = 0; i < 12 && order.at(-1) !== 'Acme S24'; i += 1) {
          await page.keyboard.press('Tab');
          order.push((await at()).text);
        }
        assert.equal(order.at(-1), 'Acme S24', order.join(' | '));
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/devices\//);
      }));

    it('can print: light, complete, without what only a screen is for', async () => {
      for (const path of ['index.html', 'matrix/switch.html', devicePath(entryOf('Acme', '4.3.0'))]) {
        await open(small(path), async ({ page }) => {
          // A4, landscape.
          await page.setViewportSize({ width: 1040, height: 700 });
          await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
          const { ink, cut, search } = await page.evaluate<Printed>(printed);
          const [red = 255] = ink.match(/\d+/g)?.map(Number) ?? [];
          assert.ok(red < 80, `${path}: ink ${ink}`);
          assert.deepEqual(cut, [], path);
          assert.equal(search, false);
        });
      }
    });

    it('is in no danger from what somebody submitted', async () => {
      const entry = entryOf(hostileName, '9');
      const run = entry.submissions[0]?.path ?? '';
      const pages = [
        ...['index.html?q=onerror', 'untested.html', `compare.html?device=${entry.id}`],
        ...[devicePath(entry), runPath(run)],
      ];
      for (const path of pages) {
        await open(small(path), async ({ page }) => {
          if (path.startsWith('index') || path.startsWith('compare')) await ready(page);
          assert.ok((await page.textContent('main'))?.includes('onerror='), path);
          assert.doesNotMatch(await page.title(), /^(broken|1)$/, path);
          assert.equal(await page.locator('img[src="x"]').count(), 0, path);
        });
      }
      // Were there a hole all the same, the policy would hold.
      await open(small('index.html'), async ({ page, complaints }) => {
        await page.evaluate(injectScript);
        assert.notEqual(await page.title(), 'broken');
        assert.match(complaints.splice(0).join(), /content security policy/i);
      });
    });
  });
});
