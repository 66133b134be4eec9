import assert from 'node:assert/strict';
import { gridOf } from '../../src/report/grid.js';

const rowsOf = (ids: readonly string[]) =>
  gridOf(ids)?.rows.map(({ labels, cells }) => [
    labels.map((label) => label && `${label.text}×${label.span}`),
    cells,
  ]);

describe('grid of cases', () => {
  it('takes columns from the number at the end, in order of size, and names from words that never change', () => {
    const ids = ['x/get-tha-zero-age-900ms', 'x/get-tha-zero-age-1100ms', 'x/get-tha-ff-age-900ms'];
    const { axis, columns, heads } = gridOf([...ids].reverse()) ?? {};
    assert.deepEqual([axis, columns, heads], ['age', ['900 ms', '1100 ms'], ['tha']]);
    assert.deepEqual(rowsOf(ids), [
      [['zero×1'], ids.slice(0, 2)],
      [['ff×1'], [ids[2], null]],
    ]);
  });

  it('says a label once for the rows below one another that share it, and all labels before it', () => {
    const ids = ['a-x', 'a-y', 'b-y'].flatMap((row) => [`${row}-age-1s`, `${row}-age-2s`]);
    assert.deepEqual(
      rowsOf(ids)?.map(([labels]) => labels),
      [
        ['a×2', 'x×1'],
        [null, 'y×1'],
        ['b×1', 'y×1'],
      ],
    );
  });

  it('keeps whole names where they have not the same number of words', () => {
    const ids = ['never-x', 'other'].flatMap((row) => [`${row}-age-1s`, `${row}-age-2s`]);
    assert.deepEqual(
      rowsOf(ids)?.map(([labels]) => labels),
      [['never-x×1'], ['other×1']],
    );
  });

  it('takes the states of an entry for columns, with that which goes without saying', () => {
    const ids = ['override', 'override-stale', 'override-probe', 'no-override', 'no-override-stale', 'other'];
    assert.deepEqual(gridOf(ids)?.columns, ['reachable', 'stale', 'probe']);
    assert.deepEqual(rowsOf(ids), [
      [['override×1'], ids.slice(0, 3)],
      [['no-override×1'], [ids[3], ids[4], null]],
    ]);
    assert.equal(gridOf(['arp-request', 'arp-probe', 'nd-probe', 'arp', 'nd']), undefined);
  });

  it('sets words that more rows have than others in one column', () => {
    const ids = ['own-all-nodes', 'none-unicast'].flatMap((form) =>
      ['o', 'none'].flatMap((bits) =>
        ['fresh', 'stale'].map((entry) => `flags-${bits}-option-${form}-${entry}`),
      ),
    );
    assert.deepEqual(gridOf(ids)?.heads, ['flags', 'option', '']);
    assert.deepEqual(rowsOf(ids)?.[0]?.[0], ['o×1', 'own×1', 'all-nodes×1']);
  });

  it('shows connections by how the takeover was announced', () => {
    const ids = ['udp-ipv4-mac-kept', 'tcp-ipv4-mac-changed'].flatMap((row) =>
      ['silent', 'request'].map((how) => `${row}-${how}`),
    );
    const { axis, columns, heads } = gridOf(ids) ?? {};
    assert.deepEqual([axis, columns, heads], ['announced by', ['request', 'silent'], ['', 'mac']]);
  });

  it('leaves out what is no point of it, and makes none of one row or one column', () => {
    const ids = ['a-age-1s', 'a-age-2s', 'b-age-1s', 'common-form', 'a-size-64'];
    assert.deepEqual(
      gridOf(ids)?.rows.flatMap(({ cells }) => cells),
      ['a-age-1s', 'a-age-2s', 'b-age-1s', null],
    );
    assert.equal(gridOf(['a-age-1s', 'a-age-2s']), undefined);
    assert.equal(gridOf(['a-age-1s', 'b-age-1s']), undefined);
    assert.equal(gridOf(['arp-request', 'rarp', 'ipv4']), undefined);
    assert.equal(gridOf([]), undefined);
  });
});
