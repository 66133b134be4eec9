import assert from 'node:assert/strict';
import { caseTableOf } from '../../src/report/case-table.js';
import { gridOf } from '../../src/report/grid.js';
import { matrixView } from '../../src/report/matrix.js';
import { announcement, caseOf, relearns } from './report-fixtures.js';
import { hostCase } from './report-hosts.js';

const anchorOf = (id: string) => `to ${id}`;
const outage = (ms: number, name = 'outage') => ({ name, value: ms, unit: 'ms' as const });
const survives = (holds: boolean | null) => ({ id: 'survives', holds, text: 'it goes on' });

describe('table of cases', () => {
  it('has both views, and a column for what more than one case found or measured', () => {
    const [updated, ignored] = [
      hostCase(announcement, 'one', 'updated'),
      hostCase(announcement, 'two', 'ignored'),
    ];
    const table = caseTableOf(
      [
        {
          ...updated,
          findings: [...updated.findings, survives(true)],
          measurements: [outage(5), outage(1, 'once')],
        },
        { ...ignored, findings: [...ignored.findings, survives(false)], measurements: [outage(9)] },
      ],
      anchorOf,
    );
    assert.deepEqual([table?.findings, table?.measurements], [['survives'], ['outage']]);
    assert.deepEqual([table?.hasOutside, table?.hasCache], [true, true]);
    assert.deepEqual(
      table?.rows.map(({ name, href, outside, measurements, findings }) => [
        ...[name, href, outside?.says],
        ...[measurements[0]?.value, findings[0]?.word],
      ]),
      [
        ['one', 'to host/updates-on-announcement/one', 'updated', '5 ms', 'holds'],
        ['two', 'to host/updates-on-announcement/two', 'ignored', '9 ms', 'does not hold'],
      ],
    );
  });

  it('leaves out a finding that is the same for all: each case tells it', () => {
    const same = ['one', 'two'].map((id) => {
      const c = hostCase(announcement, id, 'updated');
      return { ...c, findings: [...c.findings, survives(true), { ...survives(null), id: 'lost' }] };
    });
    assert.deepEqual(caseTableOf(same, anchorOf)?.findings, []);
  });

  it('is only for hosts and routers whose cases have something in common', () => {
    assert.equal(caseTableOf([caseOf(relearns, 'arp'), caseOf(relearns, 'rarp')], anchorOf), undefined);
    const bare = ['one', 'two'].map((id) => caseOf(announcement, id, { findings: [] }));
    assert.equal(caseTableOf(bare, anchorOf), undefined);
  });
});

describe('matrix of cases', () => {
  const cells = (cases: Parameters<typeof matrixView>[1]) => {
    const grid = gridOf(cases.map(({ id }) => id));
    assert.ok(grid);
    const view = matrixView(grid, cases, anchorOf);
    return { ...view, cells: view.rows.map((row) => row.cells.map((cell) => cell?.says)) };
  };
  const ids = ['a-age-1s', 'a-age-2s', 'b-age-1s', 'b-age-2s'];

  it('says in each cell what became of the entry, and where the views disagree', () => {
    const view = cells(
      ids.map((id, i) => hostCase(announcement, id, i === 0 ? 'ignored' : 'updated', 'new')),
    );
    assert.deepEqual(view.cells, [
      ['ignored', 'updated'],
      ['updated', 'updated'],
    ]);
    assert.equal(view.disagree, true);
  });

  it('says what was measured where the cases measured the same', () => {
    const measured = ids.map((id, i) => ({
      ...hostCase(announcement, id, 'updated'),
      measurements: [outage(i + 1)],
    }));
    assert.deepEqual(cells(measured).cells, [
      ['1 ms', '2 ms'],
      ['3 ms', '4 ms'],
    ]);
    assert.equal(cells(measured).measured, 'outage');
    const open = measured.map((c) => ({ ...c, outcome: 'inconclusive' as const, measurements: [] }));
    assert.deepEqual(cells(open).cells.flat(), [null, null, null, null]);
  });
});
