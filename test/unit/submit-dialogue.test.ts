import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnswerError, parseReason, questions } from '../../src/bundle/answers.js';
import { EndedError, type Terminal } from '../../src/bundle/ask.js';
import { gatherAnswers } from '../../src/bundle/dialogue.js';
import { readRemembered, remember, submitterFile } from '../../src/bundle/remembered.js';
import { SubmitError } from '../../src/bundle/submit-error.js';

/** A terminal whose user types these lines, and then leaves. */
function typing(...lines: string[]): Terminal & { readonly shown: string[] } {
  const shown: string[] = [];
  return {
    shown,
    say: (text) => shown.push(text),
    async line(prompt) {
      shown.push(prompt);
      const next = lines.shift();
      if (next === undefined) throw new EndedError('left');
      return next;
    },
    close() {},
  };
}

const { vendor, firmware, hardware, conditions, relation } = questions;

describe('the dialogue of submit', () => {
  it('offers what is known, and takes it for an empty answer', async () => {
    const terminal = typing('');
    assert.equal(await gatherAnswers(terminal).required({ question: vendor, known: ['Acme'] }), 'Acme');
    assert.deepEqual(terminal.shown, ['Vendor of the device [Acme]: ']);
  });

  it('does not offer what says nothing', async () => {
    for (const known of ['unknown', '?', '', 'TODO', 'my switch', ' Unknown ', '<vendor>']) {
      const terminal = typing('Acme');
      await gatherAnswers(terminal).required({ question: vendor, known: [known] });
      assert.deepEqual(terminal.shown, ['Vendor of the device: '], known);
    }
  });

  it('says why an answer is refused, and asks again', async () => {
    const terminal = typing('', 'todo', 'jo@acme.example', 'Acme 10.1.2.3', ' Acme   Inc ');
    assert.equal(await gatherAnswers(terminal).required({ question: vendor }), 'Acme Inc');
    assert.deepEqual(
      terminal.shown.filter((text) => text.includes('✗')),
      [
        '  ✗ an answer is needed.',
        "  ✗ 'todo' says nothing: it is what the list will show.",
        "  ✗ 'jo@acme.example' holds a login or a mail address, which is never published: leave it out.",
        "  ✗ 'Acme 10.1.2.3' holds the address 10.1.2.3: leave it out.",
      ],
    );
  });

  it('takes a version that looks like an address', async () => {
    assert.equal(await gatherAnswers(typing('10.1.2.3')).required({ question: firmware }), '10.1.2.3');
  });

  it('lets an optional answer be none, also where one is known', async () => {
    assert.equal(await gatherAnswers(typing('')).optional({ question: hardware }), undefined);
    assert.equal(await gatherAnswers(typing('-')).optional({ question: hardware, known: ['B2'] }), undefined);
    assert.equal(await gatherAnswers(typing('')).optional({ question: hardware, known: ['B2'] }), 'B2');
  });

  it('reads conditions as name=value', async () => {
    const terminal = typing('port-security', 'mode=access,mode=trunk', 'port-security=off, stp = none');
    assert.deepEqual(await gatherAnswers(terminal).optional({ question: conditions }), {
      'port-security': 'off',
      stp: 'none',
    });
    assert.equal(terminal.shown.filter((text) => text.includes('✗')).length, 2);
  });

  it('reads conditions that are named like what objects have already as names', async () => {
    const read = await gatherAnswers(typing('constructor=x')).optional({ question: conditions });
    assert.deepEqual(Object.entries(read ?? {}), [['constructor', 'x']]);
    assert.equal(Object.getPrototypeOf(read), Object.prototype);
    const strange = await gatherAnswers(typing('__proto__=x')).optional({ question: conditions });
    assert.deepEqual(Object.entries(strange ?? {}), [['__proto__', 'x']]);
  });

  it('without a terminal names every missing answer and its option at once', async () => {
    const answers = gatherAnswers(undefined);
    await answers.required({ question: vendor, known: ['unknown'] });
    await answers.required({ question: firmware, given: 'TODO' });
    await answers.optional({ question: hardware });
    await answers.required({ question: relation, known: ['lab'] });
    assert.throws(() => answers.complete(), {
      name: 'SubmitError',
      message: [
        '--vendor is missing: vendor of the device.',
        "--firmware: 'TODO' says nothing: it is what the list will show.",
      ].join('\n'),
    });
    await assert.rejects(answers.confirm('Write this bundle?'), SubmitError);
    await assert.rejects(
      answers.choose('device', [1, 2], String, '--device'),
      /more than one device.*--device/s,
    );
  });

  it('chooses by number, and asks again for another', async () => {
    const terminal = typing('3', 'x', '2');
    assert.equal(await gatherAnswers(terminal).choose('key', ['one', 'two'], String, '--key'), 'two');
    assert.equal(terminal.shown.filter((text) => text.includes('✗')).length, 2);
    assert.equal(await gatherAnswers(undefined).choose('key', ['only'], String, '--key'), 'only');
  });

  it('writes nothing without a yes', async () => {
    assert.equal(await gatherAnswers(typing('')).confirm('Write?'), false);
    assert.equal(await gatherAnswers(typing('perhaps', 'YES')).confirm('Write?'), true);
    await assert.rejects(gatherAnswers(typing()).confirm('Write?'), EndedError);
  });

  it('refuses a reason that names people or real addresses', () => {
    assert.equal(parseReason(' wrong firmware '), 'wrong firmware');
    for (const text of ['', 'ask jo@acme.example', 'was 10.1.2.3', 'x'.repeat(4001)]) {
      assert.throws(() => parseReason(text), AnswerError);
    }
  });
});

describe('what submit remembers', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'takeover-submitter-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('lies where XDG has it, for its owner alone', async () => {
    const file = submitterFile({ XDG_CONFIG_HOME: folder });
    assert.equal(file, join(folder, 'takeover', 'submitter.json'));
    assert.equal(await remember({ organisation: 'Acme', relation: 'vendor' }, file), true);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(await readRemembered(file), { organisation: 'Acme', relation: 'vendor' });
    assert.match(submitterFile({ XDG_CONFIG_HOME: 'relative' }), /\.config\/takeover\/submitter\.json$/);
  });

  it('is nothing where the file is none of ours', async () => {
    const file = join(folder, 'submitter.json');
    assert.deepEqual(await readRemembered(file), {});
    for (const text of ['{', '[]', '{"relation":"friend"}', 'null']) {
      writeFileSync(file, text);
      assert.deepEqual(await readRemembered(file), {}, text);
    }
  });

  it('is not worth failing for', async () => {
    const file = join(folder, 'taken', 'submitter.json');
    writeFileSync(join(folder, 'taken'), '');
    assert.equal(await remember({ organisation: 'Acme' }, file), false);
    mkdirSync(join(folder, 'a'));
    mkdirSync(join(folder, 'a', 'submitter.json'));
    assert.equal(await remember({ organisation: 'Acme' }, join(folder, 'a', 'submitter.json')), false);
    assert.throws(() => readFileSync(join(folder, 'a', `submitter.json.${process.pid}`)));
  });
});
