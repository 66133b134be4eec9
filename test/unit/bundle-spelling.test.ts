/** Names that could be taken for others by eye. */
import assert from 'node:assert/strict';
import { AnswerError, questions } from '../../src/bundle/answers.js';
import { foreignScripts, misspelling } from '../../src/bundle/spelling.js';

describe('spelling of names', () => {
  for (const name of [
    'Cisco',
    'Catalyst 9300-48P (B2)',
    'Système ½ µs ™',
    'Acme® © 25 °C ± 1',
    'Łódź Ångström ŐØ ß',
    'Đà Nẵng Øre',
    'Элтекс',
    'Eltex Элтекс MES-2324',
    'Σίγμα',
    '华为',
    '日本電気NEC製スイッチ',
    '삼성전자 SDS',
    'Ελ-Latin',
    'שלום',
  ]) {
    it(`takes ${name}`, () => assert.equal(misspelling(name), undefined));
  }

  const refused: readonly (readonly [what: string, name: string, why: RegExp])[] = [
    [
      'Latin with a Cyrillic letter',
      'C\u0456sco',
      /^mixes scripts in 'Cіsco': U\+0456 is Cyrillic, among Latin letters$/,
    ],
    ['Cyrillic with a Latin letter', 'Элт\u0065кс', /U\+0065 is Latin, among Cyrillic letters/],
    ['Latin with a Greek letter', '\u0391rista', /U\+0391 is Greek/],
    ['an Armenian letter', 'Aru\u0562a', /U\+0562 is Armenian/],
    ['a letter of the Lisu', '\ua4d0ug', /U\+A4D0 is Lisu/],
    ['a script of which no more is known', 'Ac\u{10400}e', /U\+10400 is of another script/],
    ['Cyrillic with Han', '\u0421\u534e', /mixes scripts/],
    ['the later of two words', 'Open v\u0405witch', /'vЅwitch'/],
    ['a fullwidth letter', '\uff23isco', /U\+FF23, which looks like 'C': write that/],
    ['a mathematical letter', '\u{1d402}isco', /looks like 'C'/],
    ['a fullwidth digit', '4.2.\uff11', /looks like '1'/],
    ['a digit of another script', '4.2.\u0661', /U\+0661, a digit other than 0 to 9/],
    ['a hyphen that does not break', 'S\u201124', /U\+2011, which looks like '-'/],
    ['a minus', 'S\u221224', /looks like '-'/],
    ['a leader of one dot', '4\u20242', /looks like '\.'/],
    ['a script g', 'Linux brid\u0261e', /U\+0261, which looks like 'g': write that/],
    ['an i without its dot', 'br\u0131dge', /U\+0131, which looks like 'i'/],
    ['a Roman numeral', '\u217eatapath', /U\+217E, which looks like 'd'/],
    ['a raised digit', 'S24\u00b2', /looks like '2'/],
    ['a stop of the Lisu', '3\ua4f81\ua4f80', /U\+A4F8, which looks like '\.'/],
    ['a small capital', 'Cis\u1d04o', /looks like 'c'/],
    ['a slash of division', '9300\u221548', /looks like '\/'/],
    ['a tick', 'Switch 1 (\u2713 compliant)', /U\+2713, a sign that may be read as a verdict: leave it out/],
    ['a cross', 'Switch \u274c', /U\+274C, a sign/],
    ['stars', 'Switch \u2605\u2605', /a sign that may be read as a verdict/],
    ['a face', 'Switch \u{1f600}', /U\+1F600, a sign/],
    ['a space without width', 'Ac\u200bme', /nobody sees \(U\+200B\)/],
    ['a mark that turns the writing', 'Ac\u202eme', /nobody sees \(U\+202E\)/],
    ['a soft hyphen', 'Ac\u00adme', /nobody sees/],
    ['the filler of Hangul', 'Acme\u3164', /nobody sees \(U\+3164\)/],
    ['a selector of variants', 'Acme\ufe0f', /nobody sees/],
    ['a blank of Braille', 'Ac\u2800me', /nobody sees/],
    ['a letter beside its accent', 'Cafe\u0301', /NFC/],
    ['a space that does not break', 'S\u00a024', /blanks/],
    ['blanks at an end', 'S24 ', /blanks/],
  ];
  for (const [what, name, why] of refused) {
    it(`refuses ${what}`, () => assert.match(misspelling(name) ?? '', why));
  }

  it('is looked at when a submitter answers, in names alone', () => {
    assert.throws(() => questions.vendor.parse('C\u0456sco'), AnswerError);
    assert.throws(() => questions.model.parse('x'.repeat(81)), /1 to 80 characters/);
    assert.throws(() => questions.conditions.parse('mode=\u0430ccess'), /U\+0430 is Cyrillic/);
    assert.equal(questions.benchName.parse('rack 4 \u2013 top'), 'rack 4 \u2013 top');
  });

  it('names the scripts that a reader may take for Latin', () => {
    assert.deepEqual(foreignScripts('\u041c\u041e\u0425\u0410 NPort'), ['Cyrillic']);
    assert.deepEqual(foreignScripts('Moxa 4.2'), []);
  });
});
