import assert from 'node:assert/strict';
import { makeAxis } from '../../src/report/axis.js';
import { captionOf } from '../../src/report/caption.js';
import { type Fate, sightings } from '../../src/report/fates.js';
import { drawLegend } from '../../src/report/marks.js';
import { renderTimeline } from '../../src/report/timeline.js';
import { badMove, data, hostUpdate, recordingOf, streamedMove } from './report-fixtures.js';

/** `port fate` of each mark of a frame that came in, sorted. */
function seen(recording: ReturnType<typeof recordingOf>, name: string): string[] {
  return sightings(recording)
    .marks.filter((mark) => mark.direction === 'in' && mark.name === name)
    .map(({ port, fate }) => `${port} ${fate}`)
    .sort();
}

describe('fates of frames', () => {
  it('tells right, stale, flooded and lost by the ports that a frame reached', () => {
    const move = badMove();
    assert.deepEqual(seen(move, 'before #1'), ['a right']);
    assert.deepEqual(seen(move, 'check #1'), ['a stale']);
    assert.deepEqual(seen(move, 'check #15'), ['a flooded', 'b flooded', 'monitor flooded']);
    assert.deepEqual(seen(move, 'check #17'), ['b lost']);
    assert.deepEqual(seen(move, 'check #18'), ['b right']);
    assert.deepEqual(seen(move, 'sentinel #1'), ['a plain', 'b plain', 'monitor plain']);
  });

  it('goes by what the case declared, also where that changes in its course', () => {
    const expect = (atNs: number, detail: string) => ({
      atNs,
      kind: 'mark' as const,
      name: 'expect',
      detail,
    });
    const chain = recordingOf(
      [
        ...data('check', 1, 10, ['b']),
        ...data('check', 2, 110, ['b']),
        ...data('check', 3, 120, ['monitor']),
        ...data('flood', 1, 130, ['a', 'b']),
        ...data('other', 1, 140, ['a']),
      ],
      { events: [expect(0, 'check=b'), expect(100, 'check=monitor'), expect(100, 'flood=a,b,monitor')] },
    );
    assert.deepEqual(seen(chain, 'check #1'), ['b right']);
    assert.deepEqual(seen(chain, 'check #2'), ['b stale']);
    assert.deepEqual(seen(chain, 'check #3'), ['monitor right']);
    assert.deepEqual(seen(chain, 'flood #1'), ['a right', 'b right', 'monitor lost']);
    assert.deepEqual(seen(chain, 'other #1'), ['a plain']);
  });

  it('asks of a poll what was last declared, and of the first frames that they come to all', () => {
    const { events } = recordingOf([], {
      events: [{ atNs: 100, kind: 'mark', name: 'expect', detail: 'step-1=b' }],
    });
    const walk = recordingOf(
      [...data('before-poll', 1, 10, ['a', 'b', 'monitor']), ...data('poll-1', 1, 110, ['a'])],
      { events },
    );
    assert.deepEqual(seen(walk, 'before-poll #1'), ['a right', 'b right', 'monitor right']);
    assert.deepEqual(seen(walk, 'poll-1 #1'), ['a stale']);
  });

  it('takes a frame at a port that never owned the address as flooded, not stale', () => {
    assert.deepEqual(seen(recordingOf(data('after', 1, 10, ['monitor'])), 'after #1'), ['monitor flooded']);
    assert.deepEqual(seen(recordingOf(data('after', 1, 10, ['a'])), 'after #1'), ['a stale']);
  });

  it('colours a host’s answers by the owner that it believes in', () => {
    const { marks, announcements } = sightings(hostUpdate());
    const answers = marks.filter(({ direction }) => direction === 'in').map(({ fate }) => fate);
    // Right until the address changes hands, stale from then on, and right again once the host follows.
    assert.deepEqual(answers, ['right', 'right', ...Array<Fate>(6).fill('stale'), 'right', 'right']);
    assert.deepEqual(
      announcements.map(({ port, atNs }) => [port, atNs]),
      [['b', 200e6]],
    );
  });

  it('cuts a stream into bands', () => {
    const bands = sightings(streamedMove()).bands.map(
      ({ port, fate, frames }) => `${port} ${fate} ${frames}`,
    );
    assert.deepEqual(bands, [
      'a right 600',
      'a stale 124',
      'b lost 36',
      'a flooded 40',
      'b flooded 40',
      'monitor flooded 40',
      'b right 1200',
    ]);
  });
});

describe('time axis', () => {
  it('keeps order and stays within its place, with long silences folded', () => {
    const times = [0, 1e3, 2e3, 3e3, 500e6, 500e6 + 1e3, 500e6 + 2e3, 2e9];
    const { x, folds } = makeAxis(times, 100, 800, 0);
    const places = times.map(x);
    assert.deepEqual(
      [...places].sort((p, q) => p - q),
      places,
    );
    assert.equal(new Set(places).size, times.length);
    assert.ok(places.every((place) => place >= 100 && place <= 800));
    assert.deepEqual(
      folds.map(({ label }) => label),
      ['500 ms', '1.5 s'],
    );
    const inFold = x(250e6);
    assert.ok(inFold > x(3e3) && inFold < x(500e6));
  });

  it('folds no time in which a stream was sent', () => {
    const times = [0, 10e6, 10e6 + 1e4, 500e6];
    assert.equal(makeAxis(times, 0, 700, 0).folds.length, 2);
    const { folds } = makeAxis(times, 0, 700, 0, [{ fromNs: 0, toNs: 10e6 }]);
    assert.deepEqual(
      folds.map(({ label }) => label),
      ['490 ms'],
    );
    assert.equal(makeAxis(times, 0, 700, 0, [{ fromNs: 0, toNs: 500e6 }]).folds.length, 0);
  });

  it('labels ticks from the origin, in units that suit, without one on another', () => {
    const { ticks } = makeAxis([0, 1e6, 2e6, 3e6, 4e6], 0, 700, 2e6);
    assert.ok(ticks.some(({ label }) => label === '0'));
    assert.ok(ticks.some(({ label }) => label === '−2 ms') && ticks.some(({ label }) => label === '+1.5 ms'));
    ticks.slice(1).forEach((tick, i) => {
      assert.ok(tick.x - (ticks[i]?.x ?? 0) > 50);
    });
  });

  it('bears no times, one time, and equal times', () => {
    for (const times of [[], [5], [7, 7]]) {
      const { x, ticks } = makeAxis(times, 0, 100, 0);
      assert.ok(Number.isFinite(x(5)));
      assert.ok(ticks.length > 0 && ticks.every((tick) => Number.isFinite(tick.x)));
    }
  });
});

describe('timeline picture', () => {
  it('draws a lane a port, marks of every fate with their packet, and the announcement', () => {
    const svg = renderTimeline(badMove());
    for (const port of ['a', 'b', 'world', 'monitor'])
      assert.ok(svg.includes(`class="name" x="0"`) && svg.includes(`>${port}</text>`));
    for (const fate of ['right', 'stale', 'flooded', 'lost'])
      assert.match(svg, new RegExp(`class="${fate}"`));
    assert.match(svg, /<path class="announce"[^>]*><title>announcement #1 sent at b \(packet 13\)/);
    assert.match(svg, /<title>packet \d+: check #1 at a stale<\/title>/);
    assert.match(svg, /<title>packet \d+: check #17 never came to b<\/title>/);
    assert.match(svg, /aria-label="[^"]*at the old port: 14, at further ports: 2, lost: 1/);
    assert.ok(svg.length < 16_000, `${svg.length} characters`);
  });

  it('draws what the host’s cache held', () => {
    const svg = renderTimeline(hostUpdate());
    assert.match(svg, /host’s cache/);
    assert.match(svg, /class="absent cache"/);
    assert.match(
      svg,
      /class="stale cache"[^>]*><title>192\.0\.2\.77 is 00:00:5e:00:53:0a REACHABLE \(stream, ±200 µs\)/,
    );
    assert.match(svg, /class="right cache"/);
    // The entry that was right when it was made is stale once the address changed hands.
    const fates = [...svg.matchAll(/class="(\w+) cache"/g)].map(([, fate]) => fate);
    assert.deepEqual(fates, ['absent', 'right', 'stale', 'stale', 'right']);
  });

  it('stays small when thousands of frames cross, and finite when none does', () => {
    const many = Array.from({ length: 4096 }, (_, i) =>
      data('check', i + 1, i * 50_000, i % 3 ? ['b'] : ['a', 'b']),
    ).flat();
    const svg = renderTimeline(recordingOf(many));
    assert.ok(svg.length < 100_000, `${svg.length} characters`);
    assert.match(svg, /and \d+ more/);
    for (const picture of [svg, renderTimeline(recordingOf([])), renderTimeline(streamedMove())]) {
      assert.doesNotMatch(picture, /NaN|Infinity|undefined/);
    }
  });

  it('has a caption that says what the marks and the lines are', () => {
    assert.equal(
      captionOf(badMove()),
      'World sends frames to the station; the coloured marks show at which ports they came out. ' +
        'At the blue line, time 0, the station announces itself at port b.',
    );
    assert.match(captionOf(streamedMove()), /dense stream/);
    assert.match(captionOf(hostUpdate()), /the new owner announces itself at port b\. Bars are/);
  });

  it('breaks the legend before it leaves the picture', () => {
    const entries = (['announce', 'right', 'stale', 'flooded', 'lost', 'plain', 'sent'] as const).map(
      (fate) => ({
        fate,
        word: 'where it belongs',
        count: 254_469,
      }),
    );
    const { drawn, height } = drawLegend(entries, 100);
    assert.ok(height > 0);
    const ends = [...drawn.matchAll(/<text class="small" x="([\d.]+)" y="\d+">([^<]+)/g)].map(
      ([, x, text]) => Number(x) + (text ?? '').length * 6.5,
    );
    assert.equal(ends.length, entries.length);
    assert.ok(Math.max(...ends) <= 880, ends.join());
  });

  it('escapes what the recording says', () => {
    const hostile = recordingOf(data('check<script>', 1, 5, ['b']), {
      caseId: '"><script>',
      events: [{ atNs: 1, kind: 'mark', name: '<img>', detail: '&' }],
    });
    assert.doesNotMatch(renderTimeline(hostile), /<(script|img)/);
  });
});
