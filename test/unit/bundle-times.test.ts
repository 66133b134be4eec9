/** Which texts are times of a bundle. */
import assert from 'node:assert/strict';
import { timeMs } from '../../src/bundle/times.js';

describe('times in a bundle', () => {
  for (const time of ['2020-01-01T00:00:00Z', '2024-02-29T23:59:59.999Z', '2199-12-31T23:59:59.123456789Z']) {
    it(`takes ${time}`, () => assert.equal(timeMs(time), Date.parse(time)));
  }
  for (const time of [
    '0000-01-01T00:00:00.000Z',
    '2019-12-31T23:59:59.999Z',
    '2200-01-01T00:00:00.000Z',
    '9999-12-31T00:00:00.000Z',
    '2026-02-31T00:00:00.000Z',
    '2026-02-29T00:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-01-01T00:00:00.000+02:00',
    'tomorrow',
  ]) {
    it(`refuses ${time}`, () => assert.ok(Number.isNaN(timeMs(time))));
  }
});
