import assert from 'node:assert/strict';
import { probes } from '../../probes/index.js';
import { probeInfo } from '../../src/engine/catalogue.js';
import { all, byChapter, further } from '../../src/report/chapters.js';
import { linkDown, relearns } from './report-fixtures.js';

const titles = (about: typeof infos, ids: readonly string[]) =>
  byChapter(about, ids, (id) => id).map(({ title, items }) => [title, items]);
const infos = probes.map(probeInfo);

describe('chapters', () => {
  it('are named for every probe of the catalogue', () => {
    assert.deepEqual(
      infos.filter(({ chapter }) => chapter === undefined),
      [],
    );
  });

  it('stand in the order of the catalogue, whatever order the cases come in', () => {
    const hosts = infos.filter(({ id }) => id.startsWith('host/'));
    const ids = hosts.map(({ id }) => id).reverse();
    assert.deepEqual(
      byChapter(hosts, ids, (id) => id).map(({ title }) => title),
      ['ARP', 'NDP', 'Connections and remedies'].filter((title) =>
        hosts.some(({ chapter }) => chapter === title),
      ),
    );
  });

  it('are one where the result names none', () => {
    const { chapter: _, ...older } = linkDown;
    assert.deepEqual(titles([older], [older.id]), [[all, [older.id]]]);
  });

  it('come before what no chapter is named for, as in older results', () => {
    const { chapter: _, ...older } = linkDown;
    assert.deepEqual(titles([older, relearns], [older.id, 'switch/unheard-of', relearns.id]), [
      ['Learning and moving', [relearns.id]],
      [further, [older.id, 'switch/unheard-of']],
    ]);
  });
});
