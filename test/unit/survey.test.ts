import assert from 'node:assert/strict';
import { decodeEvidence, encodeEvidence } from '../../src/evidence/store.js';
import { createBar } from '../../src/report/bar.js';
import { renderSurveyTable } from '../../src/report/survey-console.js';
import { renderSurveyHtml } from '../../src/report/survey-html.js';
import { busiestSecond, judgeSurvey } from '../../src/survey/judge.js';
import { createOutbox } from '../../src/survey/outbox.js';
import { defaultRange, readHosts, readRange, readSubnet } from '../../src/survey/range.js';
import type { Segment, Survey, SurveyedHost } from '../../src/survey/result.js';
import { resultOf } from '../../src/survey/run.js';
import { createSightings } from '../../src/survey/sightings.js';
import { createMemorySwitch } from '../../src/wire/memory/switch.js';
import {
  type Deed,
  hostAt,
  players,
  type ScriptedHost,
  type ScriptOptions,
  surveyRecording,
} from './survey-recording.js';

function judged(hosts: readonly ScriptedHost[], options?: ScriptOptions): Segment {
  const [segment] = judgeSurvey(surveyRecording(hosts, options)).segments;
  assert.ok(segment);
  return segment;
}

function only(host: ScriptedHost): SurveyedHost {
  const [first] = judged([host]).hosts;
  assert.ok(first);
  return first;
}

const settled = ['garp-request', 'garp-request-ff', 'garp-request-sha', 'garp-reply', 'garp-reply-ff'];
const fresh = ['garp-request-ff-fresh', 'garp-reply-fresh', 'garp-reply-ff-fresh'];
const deeds = (ids: readonly string[], deed: Deed) => Object.fromEntries(ids.map((id) => [id, deed]));
const deaf = { deeds: deeds([...settled, ...fresh, 'unicast-request'], 'old') };

describe('the judge of a survey', () => {
  const rows: readonly [
    what: string,
    host: ScriptedHost,
    verdict: SurveyedHost['verdict'],
    reason: RegExp,
  ][] = [
    ['follows everything', {}, 'follows', /^follows$/],
    ['drops its entry and asks', { deeds: deeds(settled, 'asks') }, 'follows', /^follows$/],
    ['ignores every announcement', deaf, 'misses', /^misses: stays with the old owner$/],
    [
      'ignores every announcement, and asks after some seconds',
      { ...deaf, asksAfterMs: 8_000 },
      'misses',
      /asks again after 7\.\d to 8\.\d s$/,
    ],
    [
      'hears requests alone',
      { deeds: deeds(['garp-reply', 'garp-reply-ff'], 'old') },
      'partly',
      /^follows only: request, THA 0; request, THA ff; request, THA = SHA; ignores: reply, THA = SHA; reply, THA ff$/,
    ],
    ['answers no echo request', { control: 'silent' }, 'unjudged', /answers no echo request/],
    [
      'answers to whoever asks',
      { control: 'observer' },
      'unjudged',
      /answers to whoever asks, without its cache/,
    ],
    ['keeps no entry', { control: 'new' }, 'unjudged', /does not keep the entry that it is taught/],
    [
      'loses its entries by itself',
      { deeds: deeds(settled, 'lost') },
      'unjudged',
      /as it did for an address of which nothing was said: it forgets entries/,
    ],
    [
      'was asked too early',
      { settledForMs: 700 },
      'unjudged',
      /the entry was 70\d ms old: the survey was late/,
    ],
    [
      'falls silent after the first',
      { deeds: { ...deeds([...settled.slice(1), ...fresh], 'silent'), [settled[0] ?? '']: 'old' } },
      'unjudged',
      /did not answer; it ignores: request, THA 0$/,
    ],
    [
      'follows, and falls silent',
      { deeds: deeds([...settled.slice(1), ...fresh], 'silent') },
      'follows',
      /^follows \(4 of 5 forms could not be seen\)$/,
    ],
  ];
  for (const [what, host, verdict, reason] of rows) {
    it(`a host that ${what}: ${verdict}`, () => {
      const seen = only(host);
      assert.equal(seen.verdict, verdict, seen.reason);
      assert.match(seen.reason, reason);
    });
  }

  const notes: readonly [what: string, host: ScriptedHost, note: RegExp][] = [
    [
      'a lock of a second',
      { deeds: deeds(['garp-reply-ff-fresh'], 'old') },
      /within a second .*: reply, THA ff$/,
    ],
    ['faith in probes', { deeds: { probe: 'new' } }, /changes its entry on what must change none: probe/],
    ['two stations at one address', { twin: true }, /02:00:00:00:00:01 and 02:00:00:00:01:01 answer for it/],
    ['silence in the middle', { deeds: deeds(fresh, 'silent') }, /stopped answering/],
  ];
  for (const [what, host, note] of notes) {
    it(`notes ${what}`, () =>
      assert.ok(
        only(host).notes.some((text) => note.test(text)),
        only(host).notes.join(),
      ));
  }

  it('tells who makes entries of announcements', () => {
    const text = (deed: Deed) => only({ deeds: { unheard: deed } }).behaviours.at(-1)?.text;
    assert.equal(text('new'), 'creates an entry');
    assert.equal(text('asks'), 'creates no entry: asks');
  });

  it('judges many at once, each by itself', () => {
    const kinds: readonly ScriptedHost[] = [
      {},
      deaf,
      { control: 'silent' },
      { deeds: deeds(settled, 'asks') },
    ];
    const many = Array.from({ length: 80 }, (_, index) => kinds[index % kinds.length] ?? {});
    const { hosts, counts } = judged(many);
    assert.deepEqual(counts, { follows: 40, partly: 0, misses: 20, unjudged: 20 });
    for (const [index, kind] of many.entries())
      assert.equal(hosts.find(({ address }) => address === hostAt(index))?.verdict, only(kind).verdict);
  });

  it('counts what reaches whom, and says what to do', () => {
    const segment = judged([
      {},
      {},
      deaf,
      { deeds: deeds(settled.slice(0, 3), 'old') },
      { control: 'silent' },
    ]);
    assert.equal(
      segment.summary,
      '2 of 4 hosts miss a failover announced by gratuitous ARP request. 1 more can’t be judged.',
    );
    const reached = (list: Segment['forms'], id: string) => {
      const entry = list.find((each) => each.id === id);
      return `${entry?.reached} of ${entry?.of}`;
    };
    assert.equal(reached(segment.forms, 'garp-request'), '2 of 4');
    assert.equal(reached(segment.forms, 'garp-reply'), '3 of 4');
    assert.equal(reached(segment.software, 'keepalived'), '2 of 4');
    assert.equal(reached(segment.software, 'metallb'), '3 of 4', 'it announces in two forms');
    assert.match(segment.advice.join('\n'), /Most, 3 hosts, are reached by: broadcast ARP reply/);
    assert.match(
      segment.advice.join('\n'),
      /Of those that miss every announcement, 1 of 1 are reached when the new owner asks/,
    );
  });

  it('tells what a survey that was cut short did not come to', () => {
    const recording = surveyRecording([{}], { endsBefore: 'refresh' });
    const { segments, complete } = judgeSurvey(recording);
    assert.equal(complete, false);
    assert.equal(segments[0]?.hosts[0]?.verdict, 'follows');
    assert.deepEqual(
      segments[0]?.hosts[0]?.behaviours.slice(-3).map(({ text }) => text),
      Array(3).fill('not asked'),
    );
  });

  it('lists named hosts alone, also those that are not there', () => {
    const named = [
      { address: hostAt(1), name: 'printer' },
      { address: '192.0.2.99', name: 'attic' },
    ];
    const { hosts } = judged([{}, deaf], { named });
    assert.deepEqual(
      hosts.map(({ name, verdict, mac }) => [name, verdict, mac === null]),
      [
        ['printer', 'misses', false],
        ['attic', 'unjudged', true],
      ],
    );
  });

  it('shows arp-fingerprint’s words beside its own', () => {
    const fingerprints = [`${hostAt(0)}\t01010100000\tLinux 2.2, 2.4`, `${hostAt(1)}\tNo Response`];
    const { hosts } = judged([{}, {}], { fingerprints });
    assert.deepEqual(
      hosts.map(({ fingerprint }) => fingerprint),
      [{ bits: '01010100000', guess: 'Linux 2.2, 2.4' }, null],
    );
    assert.ok(!('fingerprint' in only({})));
  });

  it('judges what was stored as what was seen', () => {
    const recording = surveyRecording([{}, deaf, { control: 'observer' }]);
    const { capture, events } = encodeEvidence(recording);
    assert.deepEqual(judgeSurvey(decodeEvidence(capture, events)), judgeSurvey(recording));
  });

  it('refuses a recording of something else', () => {
    const recording = surveyRecording([{}]);
    assert.throws(() => judgeSurvey({ ...recording, caseId: 'switch/learns/rarp' }), /not a survey’s/);
  });

  it('finds the busiest second', () => {
    assert.equal(busiestSecond([]), 0);
    assert.equal(busiestSecond([0, 5e8, 9.9e8, 1e9, 1.4e9, 3e9]), 4);
  });
});

describe('the sightings of a survey', () => {
  it('know who claims an address of ours', () => {
    const sightings = createSightings(players);
    const [frame] = surveyRecording([{}]).frames;
    assert.ok(frame);
    sightings.note(frame);
    assert.equal(sightings.claimed.get(hostAt(0)), '02:00:00:00:00:01');
  });
});

describe('the addresses of a survey', () => {
  const subnet = readSubnet('10.1.2.3/24');
  const six = readSubnet('2001:db8::/64');

  it('are read as operators write them', () => {
    assert.equal(subnet.text, '10.1.2.0/24');
    assert.deepEqual(readRange('10.1.2.250-10.1.2.252', subnet), ['10.1.2.250', '10.1.2.251', '10.1.2.252']);
    assert.equal(readRange('10.1.2.240/28', subnet).at(-1), '10.1.2.254', 'not the broadcast address');
    assert.deepEqual(readRange('10.1.2.7', subnet), ['10.1.2.7']);
    assert.deepEqual(readRange('2001:db8::f0-2001:db8::f1', six), ['2001:db8::f0', '2001:db8::f1']);
    assert.equal(
      readRange('2001:db8::/64', six).length,
      63,
      'no more than is needed, without the anycast address',
    );
    assert.equal(defaultRange(readSubnet('192.0.2.0/24')).at(-1), '192.0.2.254');
    assert.equal(defaultRange(six)[0], '2001:db8::5e:0:1');
    assert.deepEqual(readHosts('10.1.2.9  the printer # by the door\n\n', 'f', [subnet]), [
      { address: '10.1.2.9', name: 'the printer' },
    ]);
  });

  const wrong: readonly [what: string, read: () => unknown, says: RegExp][] = [
    ['no subnet', () => readSubnet('10.1.2.0'), /'10\.1\.2\.0' is not a subnet; write one like/],
    ['too much', () => readSubnet('10.0.0.0/8'), /from \/20 to \/28/],
    ['groups', () => readSubnet('239.1.2.0/24'), /hosts can't have such addresses/],
    [
      'a range elsewhere',
      () => readRange('10.1.3.1-10.1.3.9', subnet),
      /10\.1\.3\.1 is not in 10\.1\.2\.0\/24/,
    ],
    ['a range backwards', () => readRange('10.1.2.9-10.1.2.1', subnet), /its end lies before its start/],
    ['no range', () => readRange('x', subnet), /write a range like/],
    [
      'a network of the operator’s',
      () => defaultRange(subnet),
      /name addresses of it that nobody has, with --use/,
    ],
    [
      'a host elsewhere',
      () => readHosts('\n10.9.9.9', 'f', [subnet]),
      /f:2: 10\.9\.9\.9 is not in 10\.1\.2\.0\/24/,
    ],
    ['a host that is none', () => readHosts('printer', 'f', [subnet]), /f:1: printer is not an IP address/],
  ];
  for (const [what, read, says] of wrong) it(`refuse ${what}`, () => assert.throws(read, says));
});

describe('the outbox of a survey', () => {
  it('keeps its rate, lets answers pass first, and ends with the survey', async () => {
    const network = createMemorySwitch({ ports: ['a'] });
    const wire = network.wire('a');
    const stop = new AbortController();
    const outbox = createOutbox(new Map([['a', wire]]), 500, stop.signal);
    const order: string[] = [];
    const frame = new Uint8Array(60);
    const startMs = performance.now();
    const sending = Array.from({ length: 60 }, (_, n) =>
      outbox.send('a', frame).then(() => order.push(`${n}`)),
    );
    sending.push(outbox.send('a', frame, true).then(() => order.push('answer')));
    await Promise.all(sending);
    // 10 of them may leave at once.
    assert.ok(performance.now() - startMs > 90, 'at 500 a second');
    assert.ok(order.indexOf('answer') < 15, order.join());
    const late = outbox.send('a', frame);
    stop.abort(new Error('enough'));
    await assert.rejects(late, /enough/);
    await assert.rejects(outbox.send('a', frame), /enough/);
    await wire.close();
  });
});

describe('the views of a survey', () => {
  const told = {
    id: 'x',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:20.000Z',
    cutShort: null,
    notes: ['Not used, for they are somebody’s: 192.0.2.9.'],
    evidence: { capture: { path: 'evidence/capture.pcapng', sha256: '' }, events: { path: 'e', sha256: '' } },
  };
  const named = [
    { address: hostAt(0), name: '<script>alert("x")</script>' },
    { address: hostAt(1), name: 'the \u001b[31mprinter' },
    { address: hostAt(2), name: '' },
  ];
  const survey: Survey = resultOf(
    surveyRecording([{}, deaf, { control: 'silent' }], {
      named,
      fingerprints: [`${hostAt(0)}\t01010100000\tLinux <3`],
    }),
    told,
  );

  it('are a page without script, on which nothing is markup that was a text', () => {
    const html = renderSurveyHtml(survey, { generatedAt: told.endedAt });
    assert.doesNotMatch(html, /<script/i);
    assert.match(html, /&lt;script&gt;/);
    assert.match(html, /Linux &lt;3/);
    for (const { address } of survey.segments[0]?.hosts ?? []) assert.ok(html.includes(`>${address}<`));
    assert.match(html, /1 of 2/);
    assert.match(html, /prefers-color-scheme: dark/);
    assert.match(html, /@media print/);
  });

  it('are lines, the worst host first', () => {
    const text = renderSurveyTable(survey, { color: false, width: 140 });
    const at = (word: string) => text.indexOf(`\n${word}`);
    assert.ok(at(hostAt(1)) < at(hostAt(2)) && at(hostAt(2)) < at(hostAt(0)), text);
    assert.ok(!text.includes('\u001b'), 'nothing steers the terminal');
    assert.match(text, /arp-fingerprint: Linux <3/);
    assert.match(text, /1 of 2 hosts miss a failover/);
  });

  it('say when a survey was cut short', () => {
    const cut = { ...survey, complete: false, cutShort: 'The operator ended the survey.' };
    assert.match(renderSurveyTable(cut, { color: false, width: 100 }), /cut short: The operator ended/);
    assert.match(renderSurveyHtml(cut, { generatedAt: told.endedAt }), /cut short: The operator ended/);
  });

  it('are a bar that fills on a terminal, and lines elsewhere', () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text), isTTY: true, columns: 60 };
    const bar = createBar(stream);
    bar.at(0.5, 'half');
    bar.end();
    assert.match(written.join(''), /█{12}░{12} {2}50 % {2}half/);
    written.length = 0;
    const log = createBar({ write: (text: string) => written.push(text) });
    log.at(0.1, 'one');
    log.at(0.2, 'one');
    log.at(0.3, 'two');
    assert.deepEqual(written, [' 10 %  one\n', ' 30 %  two\n']);
  });
});
