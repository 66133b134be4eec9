/** What is said of many addresses that move at once, of recordings that were written by hand. */
import assert from 'node:assert/strict';
import { indicesOf, rangesOf } from '../../probes/switch/bulk.js';
import type { PortName } from '../../src/probe.js';
import { judged, table } from './judging.js';
import { record, type Script } from './recordings.js';

/** A batch for stations 0 to `count` - 1, less than a stream's worth, by what became of their frames. */
type Parts = readonly (readonly [frames: number, at: readonly PortName[]])[];

function batch(script: Script, name: string, stations: string, parts: Parts): Script {
  return script.mark(name, stations).numbered(
    `${name}-1`,
    parts.map(([frames, at]) => ({ frames, at })),
  );
}

interface Story {
  readonly known?: Parts;
  readonly move?: Parts;
  readonly look?: Parts;
  /** What was sent again to those that were wrong. */
  readonly again?: (script: Script) => Script;
  readonly after?: Parts;
}

const count = 256;
const all = `0-${count - 1}`;
const at = (...ports: PortName[]): Parts => [[count, ports]];

function moved({
  known = at('a'),
  move = at('world'),
  look = at('b'),
  again,
  after = at('b'),
}: Story): Script {
  const script = record({ ports: ['a', 'b', 'world', 'monitor'] });
  batch(script, 'lesson-1', all, at('world'));
  batch(script, 'before-1', all, known);
  script.sentinel();
  batch(script, 'known-1', all, known);
  batch(script, 'move-1', all, move);
  batch(script, 'look-1', all, look);
  again?.(script);
  batch(script, 'after-1', all, after);
  return script.sentinel();
}

describe('switch/bulk-move: judge', () => {
  const id = 'switch/bulk-move/addresses-256';
  const hundred: Parts = [
    [100, ['b']],
    [156, ['a']],
  ];
  const lostHalf: Parts = [
    [128, ['world']],
    [128, []],
  ];
  const saidAgain = (script: Script) => {
    batch(script, 'move-2', '128-255', [[128, ['world']]]);
    return batch(script, 'look-2', '128-255', [[128, ['b']]]);
  };
  table(id, [
    ['all', moved({}), 'pass', /^All 256 addresses followed to port b\.$/],
    [
      'a hundred of them',
      moved({ look: hundred, after: hundred }),
      'fail',
      /^156 of 256 addresses did not follow/,
    ],
    [
      'none, and carried',
      moved({ look: at('a'), after: at('a') }),
      'fail',
      /carried all their announcements/,
    ],
    [
      'none, and dropped',
      moved({ move: at(), look: at('a'), after: at('a') }),
      'fail',
      /of 256 of them came out nowhere/,
    ],
    ['flooded', moved({ look: at('a', 'b'), after: at('a', 'b') }), 'fail', /did not follow/],
    [
      'announcements lost in the burst',
      moved({
        move: lostHalf,
        look: [
          [128, ['b']],
          [128, ['a']],
        ],
        again: saidAgain,
      }),
      'pass',
      /All 256/,
    ],
    [
      'a few frames lost at the end',
      moved({
        after: [
          [250, ['b']],
          [6, []],
        ],
      }),
      'pass',
      /All 256/,
    ],
    [
      'a table too small',
      moved({
        known: [
          [200, ['a']],
          [56, ['a', 'b', 'monitor']],
        ],
      }),
      'inconclusive',
      /held only 200 of 256 addresses/,
    ],
    [
      'lossy before',
      moved({
        known: [
          [200, ['a']],
          [56, []],
        ],
      }),
      'inconclusive',
      /Too many frames got lost before/,
    ],
    ['never learned', moved({ known: at('a', 'b', 'monitor') }), 'inconclusive', /learned none/],
  ]);

  it('does not blame the move for what the table did not hold', () => {
    const { outcome, observed } = judged(
      id,
      moved({
        known: [
          [200, ['a']],
          [56, ['a', 'b']],
        ],
        look: [
          [200, ['b']],
          [56, ['a', 'b']],
        ],
        after: [
          [200, ['b']],
          [56, ['a', 'b']],
        ],
      }).end(),
    );
    assert.equal(outcome, 'inconclusive');
    assert.match(observed, /of 200 addresses known at a, 200 followed/);
  });

  it('bounds the outage of each address by its own announcement', () => {
    const late = (script: Script) => batch(script.wait(100), 'look-2', all, at('b'));
    const { measurements } = judged(id, moved({ look: at('a'), again: late }).end());
    const longest = measurements.find(({ name }) => name.includes('longest'));
    assert.ok(longest?.low !== undefined && longest.high !== undefined);
    assert.ok(longest.low < 10 && longest.high > 100 && longest.high < 115, JSON.stringify(longest));
  });

  it('says how many announcements the burst cost', () => {
    const script = moved({
      move: lostHalf,
      look: [
        [128, ['b']],
        [128, ['a']],
      ],
      again: saidAgain,
    });
    const lost = judged(id, script.end()).measurements.find(({ name }) =>
      name.startsWith('announcements lost'),
    );
    assert.equal(lost?.value, 128);
  });
});

describe('ranges of stations', () => {
  it('are read as they were written', () => {
    for (const indices of [[], [0], [0, 1, 2], [0, 2, 3, 4, 9], [7, 3, 4]]) {
      assert.deepEqual(indicesOf(rangesOf(indices)), indices);
    }
  });
  it('are nothing where they are none', () => assert.deepEqual(indicesOf('monitor=a,b'), []));
});
