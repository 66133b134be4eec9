import assert from 'node:assert/strict';
import { renderTable } from '../../src/report/console.js';
import { createProgress } from '../../src/report/progress.js';
import type { Outcome } from '../../src/result.js';
import { wholeCatalogue } from './report-catalogue.js';
import {
  announcement,
  caseOf,
  linkDown,
  mixedCases,
  relearns,
  relearnTime,
  resultOf,
} from './report-fixtures.js';

const plain = { color: false, width: 100 };
const esc = '\u001b';

describe('console table', () => {
  it('begins and ends with the verdict and the device', () => {
    const lines = renderTable(resultOf(mixedCases()), plain).trimEnd().split('\n');
    assert.equal(lines[0], ' ✗ NOT COMPLIANT  Acme S24');
    assert.equal(lines.at(-1), lines[0]);
    assert.match(lines[1] ?? '', /1 of 6 musts failed; 1 further must unsettled\./);
  });

  it('has a line with counts for every probe, and says why it matters for what failed', () => {
    const text = renderTable(resultOf(mixedCases()), plain);
    assert.match(text, /✗ switch\/relearns +must 3 passed, 1 failed, 1 inconclusive, 1 not applicable/);
    assert.match(text, /What failed \(1\)\n {2}Traffic stays at the old port/);
    assert.match(text, /✗ failed {2}switch\/relearns\/rarp\n {6}The switch kept sending to port a/);
    assert.equal(text.match(/the service is gone/g)?.length, 1);
  });

  it('counts what was deselected, names what the bench could not see, and shows intervals', () => {
    const text = renderTable(resultOf(mixedCases()), plain);
    assert.match(text, /1 case deselected/);
    assert.match(text, /What this bench could not see\n {2}– Port-to-port isolation/);
  });

  it('has the longest relearn time beside the verdict, and every measurement in words', () => {
    const flooded = { name: 'frames flooded, ARP', value: 0, unit: 'frames' as const };
    const polled = { name: 'relearn time, by polling', value: 400, unit: 's' as const };
    const more = caseOf(relearns, 'ipv4', { measurements: [flooded, polled] });
    const text = renderTable(resultOf([...mixedCases(), more]), plain);
    const [, , headline] = text.split('\n');
    assert.equal(headline, '  Relearn time 301 s, between 300 and 302 s, longest of 10, RARP.');
    assert.match(
      text,
      /Measured\n {2}relearn time, longest of 10, ARP {3}1\.24 ms, between 1\.23 and 1\.25 ms\n/,
    );
    assert.match(text, /\n {2}0 in every case: frames flooded\n/);
    assert.doesNotMatch(text, /polling/);
  });

  it('stays short with a whole catalogue: one line for what does not apply, one reason for alike failures', () => {
    const text = renderTable(wholeCatalogue({ arpDropped: true }), plain);
    assert.match(text, /\nVLANs\n– 10 cases not applicable: The bench file declares no VLANs/);
    assert.match(text, /Works with: keepalived-ipv6, .*\n.*ovs-bond\n {2}✗ Not with: keepalived, /);
    assert.match(text, /\n {4}✗ failed {2}13 of switch\/follows\n {6}keepalived, keepalived-vmac, /);
    assert.ok(text.split('\n').length < 120, `${text.split('\n').length} lines`);
    assert.ok(text.split('\n').every((line) => line.length <= 100));
  });

  it('never calls a failure what a device need not do', () => {
    const forms = ['pass', 'fail', 'fail', 'inconclusive'].map((outcome, i) =>
      caseOf(announcement, `form-${i}`, { level: 'info', outcome: outcome as Outcome }),
    );
    const result = resultOf([caseOf(announcement, 'common'), ...forms]);
    const text = renderTable(result, { ...plain, color: true });
    assert.match(
      renderTable(result, plain),
      /✓ host\/updates-on-announcement {2}must 1 passed · info 1 of 3 hold, 1 inconclusive\n/,
    );
    assert.ok(!text.includes(`${esc}[31m`), 'something is red');
    const told = resultOf([caseOf(relearnTime, 'arp', { outcome: 'fail' })]);
    assert.match(renderTable(told, plain), /○ switch\/relearn-time {2}info does not hold\n/);
  });

  it('says no more of a device that nothing was run on', () => {
    const idle = resultOf([]);
    assert.equal(
      renderTable(idle, plain),
      ' · NOT TESTED  Acme S24\n  No case was selected: 1 case left out.\n',
    );
  });

  it('writes no escape sequence without colour, also when a result holds one', () => {
    const hostile = caseOf(relearns, 'rarp', { outcome: 'fail', reason: `${esc}[2Jgone\u202e` });
    const result = resultOf([hostile]);
    result.device.model = `S24${esc}]0;owned\u0007`;
    const text = renderTable(result, plain);
    assert.doesNotMatch(text, /[^\P{Control}\n]|\u202e/u);
    assert.ok(renderTable(result, { ...plain, color: true }).includes(`${esc}[31m`));
  });

  it('keeps to the width', () => {
    const widest = renderTable(resultOf(mixedCases()), { color: false, width: 60 })
      .split('\n')
      .filter((line) => !line.includes('switch/'))
      .reduce((width, line) => Math.max(width, line.length), 0);
    assert.ok(widest <= 60, `${widest} columns`);
  });

  it('says that nothing can be said where no must was tested', () => {
    assert.match(
      renderTable(resultOf([caseOf(linkDown, 'x')]), plain),
      /\? INCONCLUSIVE.*\n {2}No must was tested/,
    );
  });
});

describe('progress', () => {
  const stream = (isTTY: boolean, columns = 60) => {
    const written: string[] = [];
    return { isTTY, columns, written, write: (text: string) => written.push(text) };
  };

  it('writes one plain line a case where there is no terminal', () => {
    const log = stream(false);
    const progress = createProgress(log);
    progress.begin(3);
    progress.start('switch/relearns/rarp', 'RARP', 0);
    progress.wait('for the link at b');
    progress.finish('switch/relearns/rarp', 'fail', 340, 'must');
    progress.start('switch/relearns/na', 'NA', 0);
    progress.finish('switch/relearns/na', 'pass', 12.5, 'must');
    progress.finish('host/form', 'fail', 12.5, 'info');
    progress.end();
    assert.equal(
      log.written.join(''),
      '… for the link at b\n1/3 ✗ failed  switch/relearns/rarp  340 ms\n2/3 ✓ passed  switch/relearns/na  12.5 ms\n' +
        '3/3 ○ does not hold  host/form  12.5 ms\n',
    );
  });

  it('rewrites one line on a terminal, within its columns, and keeps what did not pass', () => {
    const tty = stream(true);
    const progress = createProgress(tty, false);
    progress.begin(10);
    progress.start(
      'switch/relearns/unsolicited-neighbour-advertisement',
      'A very long title that has no room at all',
      0,
    );
    progress.finish('switch/relearns/unsolicited-neighbour-advertisement', 'fail', 5, 'must');
    progress.finish('host/form', 'fail', 5, 'info');
    progress.start('switch/relearns/rarp', 'RARP', 0);
    progress.finish('switch/relearns/rarp', 'pass', 5, 'must');
    progress.end();
    const kept = tty.written.filter((text) => text.endsWith('\n'));
    assert.deepEqual(kept, ['✗ failed  switch/relearns/unsolicited-neighbour-advertisement  5 ms\n']);
    for (const text of tty.written.filter((t) => !t.includes(esc) && !t.endsWith('\n'))) {
      assert.ok(text.length < 60, `${text.length} columns: ${text}`);
    }
    assert.equal(tty.written.at(-1), `\r${esc}[2K`);
    assert.ok(tty.written.some((text) => text.startsWith(' 3/10  ✓ 1  ✗ 1  ○ 1')));
  });

  it('says how long a wait is, and on a terminal how much of it is left', () => {
    const [log, tty] = [stream(false), stream(true)];
    for (const to of [log, tty]) {
      const progress = createProgress(to, false);
      progress.begin(1);
      progress.start('switch/ageing/declared', 'silence', 260_000);
      progress.finish('switch/ageing/declared', 'pass', 5, 'must');
      progress.end();
    }
    assert.equal(log.written[0], '… switch/ageing/declared waits up to 4:20 min: silence\n');
    assert.ok(tty.written.some((text) => text.includes('switch/ageing/declared, waits up to 4:20 min')));
    assert.ok(!tty.written.at(-2)?.includes('waits'));
  });
});
