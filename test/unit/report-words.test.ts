import assert from 'node:assert/strict';
import { measuredIn } from '../../src/report/measured.js';
import {
  countsText,
  formatMeasurement,
  statusWord,
  verdictSentence,
  wordOf,
  worstWord,
} from '../../src/report/words.js';
import {
  type CaseResult,
  type Level,
  levels,
  type Measurement,
  type Outcome,
  outcomes,
} from '../../src/result.js';
import { caseOf, relearns, relearnTime, resultOf } from './report-fixtures.js';

const of = (level: Level, outcome: Outcome) => ({ level, outcome });

describe('words for outcomes', () => {
  it('has a failure, and its colour, only for what must or should hold', () => {
    for (const level of levels) {
      for (const outcome of outcomes) {
        const { word, tone } = wordOf(of(level, outcome));
        const judged = level === 'must' || level === 'should';
        assert.equal(tone === 'fail', judged && outcome === 'fail', `${level} ${outcome}`);
        assert.equal(word === 'failed', judged && outcome === 'fail', `${level} ${outcome}`);
      }
    }
    assert.equal(wordOf(of('info', 'pass')).word, 'holds');
    assert.equal(wordOf(of('may', 'fail')).word, 'does not hold');
    assert.equal(wordOf(of('info', 'error')).word, 'harness error');
  });

  it('counts level by level, and only what occurred', () => {
    const cases = [of('info', 'fail'), of('must', 'pass'), of('info', 'pass'), of('info', 'not-run')];
    assert.equal(countsText(cases), 'must 1 passed · info 1 of 2 hold, 1 not run');
    assert.equal(countsText([of('may', 'fail')]), 'may does not hold');
    assert.equal(countsText([of('info', 'error')]), 'info 1 harness error');
    assert.equal(countsText([]), 'no cases');
  });

  it('marks several cases by the worst that is judged', () => {
    assert.equal(worstWord([of('info', 'fail'), of('must', 'pass')]).tone, 'pass');
    assert.equal(worstWord([of('must', 'pass'), of('should', 'inconclusive')]).tone, 'inconclusive');
    assert.equal(worstWord([of('info', 'pass'), of('info', 'fail')]).tone, 'holds-not');
    assert.equal(worstWord([]).tone, 'not-run');
  });

  it('calls a device that no case was selected for not tested', () => {
    const result = resultOf([]);
    assert.equal(statusWord(result).word, 'Not tested');
    assert.equal(verdictSentence(result), 'No case was selected: 1 case left out.');
  });
});

const time = (
  value: number,
  low: number,
  high: number,
  name = 'relearn time, longest of 10, ARP',
): Measurement => ({
  name,
  value,
  unit: 'us',
  low,
  high,
});

describe('measurements in words', () => {
  it('tells the bounds apart, with the value between them, and a shared unit once', () => {
    const words = (m: Measurement) => Object.values(formatMeasurement(m)).join(', ');
    assert.equal(words(time(8.84, 0, 17.68)), '8.84 µs, between 0 and 17.7 µs');
    assert.equal(words(time(299_836, 299_830, 299_840)), '299.84 ms, between 299.83 and 299.84 ms');
    assert.equal(words(time(900, 800, 1000)), '900 µs, between 800 µs and 1 ms');
    assert.equal(words(time(7, 7, 7)), '7 µs, between 7 and 7 µs');
    assert.equal(words({ name: 'rate', value: 125_000, unit: 'frames/s' }), '125,000 frames/s');
    assert.equal(words({ name: 'age', value: 3, unit: 's', low: 2.5 }), '3 s, at least 2.5 s');
    assert.equal(words({ name: 'rate', value: 812_345.67, unit: 'addresses/s' }), '812,346 addresses/s');
    assert.equal(words({ name: 'share', value: 62.5, unit: 'percent' }), '62.5 %');
    assert.equal(words({ name: 'size', value: 1, unit: 'addresses' }), '1 address');
  });

  it('says that a number ends with the tester, and that the device may be better', () => {
    const words = (m: Measurement) =>
      Object.values(formatMeasurement({ ...m, limitedBy: 'tester' })).join(', ');
    const rate: Measurement = { name: 'rate', value: 4100, unit: 'moves/s' };
    assert.equal(words(rate), 'at least 4,100 moves/s, the tester goes no further');
    assert.equal(words(time(4.2, 4, 5)), 'at most 4.2 µs, between 4 and 5 µs; the tester goes no further');
  });

  const measured = (caseId: string, measurements: Measurement[]): CaseResult =>
    caseOf(relearnTime, caseId, { measurements });

  it('begins with the longest relearn time, and leaves the polled one out where there is a better', () => {
    const polled = caseOf(relearns, 'rarp', {
      measurements: [time(500, 0, 1000, 'relearn time, by polling')],
    });
    const lock = measured('x', [time(1, 0, 2, 'lock window')]);
    const fine = measured('arp', [time(9, 0, 18), time(5, 0, 10, 'relearn time, median of 10, ARP')]);
    const { headline, rows } = measuredIn([lock, polled, fine]);
    assert.equal(headline, 'Relearn time 9 µs, between 0 and 18 µs, longest of 10, ARP.');
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['relearn time, longest of 10, ARP', 'relearn time, median of 10, ARP', 'lock window'],
    );
    const late = caseOf(relearns, 'rarp', {
      measurements: [time(900, 800, 1000, 'relearn time, by polling')],
    });
    const latest = 'Relearn time 900 µs, between 800 µs and 1 ms, by polling.';
    assert.equal(measuredIn([late, fine]).headline, latest, 'longer than anything that was measured finely');
    const lost = { ...late, id: 'switch/first-lost/ucarp-1' };
    assert.equal(measuredIn([lost, fine]).headline, headline, 'until the announcer’s next frame');
    assert.equal(measuredIn([polled]).headline, 'Relearn time 500 µs, between 0 and 1 ms, by polling.');
    assert.equal(measuredIn([lock]).headline, undefined);
  });

  it('tells few cases of one quantity singly and many as a range', () => {
    const cases = [1, 2, 3, 4, 5].map((n) => measured(`c${n}`, [time(n * 400, 0, 1, 'lock window')]));
    assert.deepEqual(
      measuredIn(cases.slice(0, 2)).rows.map(({ name, value }) => [name, value]),
      [
        ['lock window, c1', '400 µs'],
        ['lock window, c2', '800 µs'],
      ],
    );
    const [row, ...others] = measuredIn(cases).rows;
    assert.deepEqual(
      [row?.name, row?.value, row?.caseId, others.length],
      ['lock window, 5 cases', '400 µs to 2 ms', 'switch/relearn-time/c5', 0],
    );
    assert.deepEqual(
      row?.sizes.map(({ value }) => value),
      [400e3, 800e3, 1200e3, 1600e3, 2e6],
    );
  });

  it('says once which frames there were none of', () => {
    const frames = (name: string, value: number): Measurement => ({ name, value, unit: 'frames' });
    const { rows, none } = measuredIn([
      measured('a', [frames('frames lost, a', 0), frames('frames flooded, a', 0)]),
      measured('b', [frames('frames lost, b', 3), frames('frames flooded, b', 0)]),
    ]);
    assert.deepEqual(none, ['frames flooded']);
    assert.deepEqual(
      rows.map(({ name, value }) => `${name} ${value}`),
      ['frames lost, a 0 frames', 'frames lost, b 3 frames'],
    );
  });
});
