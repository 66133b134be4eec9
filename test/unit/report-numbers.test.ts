import assert from 'node:assert/strict';
import { drawRow, drawTicks } from '../../src/report/bars.js';
import { type Figure, figuresOf } from '../../src/report/figures.js';
import { measuredIn } from '../../src/report/measured.js';
import { makeScale } from '../../src/report/scale.js';
import type { Measurement } from '../../src/result.js';
import { wholeCatalogue } from './report-catalogue.js';
import { caseOf, relearnTime } from './report-fixtures.js';

const naming = { titleOf: (id: string) => `the title of ${id}`, hrefOf: (id: string) => id };

const figures = (...measurements: Measurement[]): Figure[] =>
  figuresOf(measuredIn([caseOf(relearnTime, 'x', { measurements })]).rows, { relearnMs: 1000 }, naming);

const rowsOf = (figure: Figure | undefined) => figure?.groups.flatMap(({ rows }) => rows) ?? [];

describe('scale', () => {
  it('begins at zero while the smaller can be seen, and goes by powers of ten beyond', () => {
    const linear = makeScale([10, 40]);
    assert.deepEqual([linear.isLog, linear.place(0), linear.place(40)], [false, 0, 100]);
    assert.deepEqual(
      linear.ticks.map(({ size }) => size),
      [0, 10, 20, 30, 40],
    );
    const log = makeScale([1e3, 1e9]);
    assert.equal(log.isLog, true);
    assert.ok(log.place(1e3) > 0 && log.place(1e9) < 100);
    assert.deepEqual(
      log.ticks.map(({ size }) => size),
      [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9],
    );
    assert.equal(log.place(0), 0);
  });

  it('keeps order and its bounds whatever it is given', () => {
    for (const sizes of [[], [0], [1], [7, 7], [1e-3, 1e12], [0, 5, 1e6]]) {
      const { place, ticks } = makeScale(sizes);
      const places = sizes.map(place);
      assert.ok(places.every((at) => at >= 0 && at <= 100));
      assert.deepEqual(
        [...places].sort((x, y) => x - y),
        places,
      );
      assert.ok(ticks.length > 0 && ticks.length < 10, `${ticks.length} ticks`);
      assert.ok(ticks.every(({ at, size }) => Number.isFinite(at) && Number.isFinite(size)));
    }
  });

  it('has a natural end where one is given', () => {
    assert.equal(makeScale([0.5], 100).place(0.5), 0.5);
    assert.equal(makeScale([100], 100).ticks.at(-1)?.size, 100);
  });
});

describe('a row of a picture', () => {
  const scale = makeScale([100]);
  const size = (value: number, more = {}) => ({ value, limited: false, ...more });

  it('is a bar, an interval with its middle, or a dot for each case', () => {
    const draw = (...sizes: ReturnType<typeof size>[]) => drawRow(sizes, scale, { openTo: 'lower' });
    assert.match(draw(size(50)), /<line class="bar" x2="50%"/);
    assert.match(draw(size(50, { low: 40, high: 60 })), /class="span" x1="40%" x2="60%".*<circle cx="50%"/);
    assert.equal(draw(size(10), size(20), size(20), size(90)).match(/<circle/g)?.length, 3);
    assert.equal(draw(), '');
  });

  it('points to where the device may be when the tester is the limit', () => {
    const limited = size(50, { limited: true });
    assert.match(drawRow([limited], scale, { openTo: 'higher' }), /class="open" x="50%".*M2 0H26/);
    assert.match(drawRow([limited], scale, { openTo: 'lower' }), /M-2 0H-26/);
    assert.doesNotMatch(drawRow([size(50)], scale, { openTo: 'higher' }), /open/);
  });

  it('marks a duration beyond its limit', () => {
    assert.match(
      drawRow([size(50)], scale, { openTo: 'lower', mark: 40 }),
      /<g class="amount over">.*class="mark" x1="40%"/,
    );
    assert.doesNotMatch(drawRow([size(30)], scale, { openTo: 'lower', mark: 40 }), /over/);
    assert.match(drawTicks(scale, String), />0<\/text>.*>100<\/text>/);
  });
});

describe('figures', () => {
  it('has the relearn time first, with the limit of the bench, and frames in the colours of their fate', () => {
    const [time, frames, ...others] = figures(
      { name: 'frames lost, ARP', unit: 'frames', value: 3 },
      { name: 'frames to the old port, ARP', unit: 'frames', value: 9 },
      { name: 'relearn time, longest, ARP', unit: 'us', value: 10, low: 0, high: 20 },
      { name: 'relearn time, shortest, ARP', unit: 'us', value: 5, low: 0, high: 10 },
    );
    assert.equal(others.length, 0);
    assert.match(time?.caption ?? '', /limit, 1 s\. The scale goes by powers of ten\./);
    assert.deepEqual(
      rowsOf(time).map(({ name }) => name),
      ['longest, ARP', 'shortest, ARP'],
    );
    assert.ok(rowsOf(time).every(({ picture }) => picture.includes('class="mark"')));
    assert.deepEqual(
      rowsOf(frames).map(({ picture }) => /<g class="(\w+)"/.exec(picture)?.[1]),
      ['lost', 'stale'],
    );
  });

  it('keeps units apart, and says where the tester is the limit', () => {
    const found = figures(
      { name: 'learning rate', unit: 'addresses/s', value: 8e5, limitedBy: 'tester' },
      { name: 'moving rate', unit: 'moves/s', value: 4e3 },
    );
    assert.deepEqual(
      found.map(({ title }) => title),
      ['How fast it learns', 'How fast stations may move'],
    );
    assert.deepEqual(
      found.map(({ caption }) => /An arrow/.test(caption)),
      [true, false],
    );
  });

  it('holds only what the table holds against the size that is declared', () => {
    const { cases, bench } = wholeCatalogue({ arpDropped: false });
    const table = figuresOf(measuredIn(cases).rows, bench.limits ?? {}, naming).find(({ title }) =>
      /addresses/.test(title),
    );
    assert.match(table?.caption ?? '', /declares, 16,384/);
    const more: Measurement = { name: 'addresses that followed, 16', unit: 'addresses', value: 16 };
    const [without] = figuresOf(
      measuredIn([caseOf(relearnTime, 'x', { measurements: [more] })]).rows,
      { tableSize: 64 },
      naming,
    );
    assert.doesNotMatch(without?.caption ?? '', /declares/);
  });
});
