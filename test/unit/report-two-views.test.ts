import assert from 'node:assert/strict';
import { verdictWords } from '../../probes/host/belief.js';
import { followedNames } from '../../probes/host/views.js';
import { renderTable } from '../../src/report/console.js';
import { renderHtml } from '../../src/report/html.js';
import { renderJunit } from '../../src/report/junit.js';
import { twoViewsOf, verdictWordOf, viewsSummary } from '../../src/report/two-views.js';
import type { Result } from '../../src/result.js';
import { announcement, caseOf } from './report-fixtures.js';
import { hostCase, hostResult } from './report-hosts.js';

const updated = hostCase(announcement, 'updated', 'updated');
const ignored = hostCase(announcement, 'ignored', 'ignored');
const odd = hostCase(announcement, 'odd', 'updated', 'old');
const outsideOnly = (why?: string) => hostCase(announcement, 'alone', 'updated', null, why);

const page = (result: Result) =>
  renderHtml([{ result, recordingOf: async () => undefined, evidenceHref: () => undefined }], {
    generatedAt: '2025-11-20T15:00:00Z',
  });

describe('both views of a host', () => {
  it('stand side by side, each with when it followed', () => {
    assert.deepEqual(twoViewsOf(updated), {
      outside: {
        says: 'updated: sends to the new owner',
        took: '325 µs',
        interval: 'between 0 and 650 µs',
      },
      cache: { says: 'new owner (REACHABLE)', took: '650 µs', interval: 'between 0 and 1.3 ms' },
      agree: true,
    });
    assert.equal(twoViewsOf(ignored)?.outside?.took, null);
    assert.deepEqual([twoViewsOf(odd)?.agree, twoViewsOf(outsideOnly())?.agree], [false, null]);
    assert.equal(twoViewsOf(outsideOnly())?.cache, null);
    assert.equal(twoViewsOf(caseOf(announcement, 'of-neither')), undefined);
  });

  it('are found under the names that the probes give them', () => {
    for (const name of Object.values(followedNames)) {
      const measurements = [{ name, value: 7, unit: 'ms' as const }];
      const views = twoViewsOf({ findings: updated.findings, measurements });
      assert.deepEqual([views?.outside?.took, views?.cache?.took].filter(Boolean), ['7 ms'], name);
    }
    const wordOf = (observed: string) => verdictWordOf({ observed, findings: [], measurements: [] });
    assert.deepEqual(
      (['new', 'old', 'asked'] as const).map((belief) => wordOf(verdictWords[belief])),
      ['updated', 'ignored', 'invalidated'],
    );
    assert.equal(wordOf('unchanged: asks first'), 'unchanged');
    assert.equal(verdictWordOf({ ...updated, observed: '3 frames' }), 'updated');
    assert.equal(wordOf(verdictWords.silent), undefined);
  });

  it('are summed up in a sentence, and why the cache was not in sight is said once', () => {
    assert.match(viewsSummary([updated, ignored])?.sentence ?? '', /the same was seen in all 2 cases/);
    const mixed = viewsSummary([
      updated,
      odd,
      outsideOnly(),
      outsideOnly(),
      outsideOnly('The link is gone.'),
    ]);
    assert.match(mixed?.sentence ?? '', /^The two views disagree in 1 of 2 cases/);
    assert.deepEqual(mixed?.disagreeing, [odd]);
    assert.deepEqual(mixed?.unseen, [
      '2 cases of 5 were judged from outside alone: the host’s own cache was not read.',
      '1 case of 5 was judged from outside alone: The link is gone.',
    ]);
    const alone = viewsSummary([outsideOnly(), outsideOnly()]);
    assert.deepEqual(
      [alone?.sentence, alone?.unseen],
      [undefined, ['All cases were judged from outside alone: the host’s own cache was not read.']],
    );
    assert.equal(viewsSummary([caseOf(announcement, 'of-neither')]), undefined);
  });

  it('lead from the top of the page to each case in which they disagree, and stand in its row', async () => {
    const html = await page(hostResult([updated, odd]));
    const box = /<div class="twice warning">.*?<\/div>/s.exec(html)?.[0] ?? '';
    assert.match(box, /≠ The two views disagree in 1 of 2 cases/);
    assert.match(box, /href="#host\/updates-on-announcement\/odd"/);
    const row = /<span class="views">.*?<\/summary>/s.exec(html)?.[0] ?? '';
    assert.match(
      row.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '),
      /from outside updated in 325 µs its cache new/,
    );
    assert.equal(html.match(/≠ they disagree/g)?.length, 1);
    // They are not told a second time among the findings.
    assert.doesNotMatch(html, /both views agree/);
  });

  it('are told in one sentence where the cache was never in sight', async () => {
    const html = await page(
      hostResult([outsideOnly(), outsideOnly()].map((c, i) => ({ ...c, id: `${c.id}-${i}` }))),
    );
    assert.equal(html.match(/cache was not read/g)?.length, 1);
    assert.doesNotMatch(html, /twice warning/);
  });

  it('are in the terminal and in JUnit', () => {
    const table = renderTable(hostResult([updated, odd]), { color: false, width: 100 });
    assert.match(
      table,
      /The two views disagree in 1 of 2 cases.*\n {4}≠ host\/updates-on-announcement\/odd\n/,
    );
    const junit = renderJunit([hostResult([odd])]);
    assert.match(junit, /name="takeover.view.outside" value="updated: sends to the new owner"/);
    assert.match(junit, /name="takeover.view.cache" value="old owner \(REACHABLE\)"/);
    assert.match(junit, /name="takeover.view.agree" value="no"/);
  });
});
