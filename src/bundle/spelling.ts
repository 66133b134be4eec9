/** Whether a name could be taken for another by eye: two entries of the list that look alike would be two verdicts on what
 *  seems one device. After Unicode Technical Standard #39; where scripts do not mix, few of its look-alikes are left. */

/** Scripts by which a word may be written, of those that are likely, or hold letters that look like another's. East Asian
 *  names mix theirs within a word, and with Latin: 5.2 of the standard, Highly Restrictive. */
const scripts: readonly (readonly [name: string, letter: RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  [
    'East Asian',
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}]/u,
  ],
  ...['Armenian', 'Georgian', 'Hebrew', 'Arabic', 'Thai', 'Devanagari', 'Cherokee', 'Coptic', 'Lisu'].map(
    (name) => [name, new RegExp(`\\p{Script=${name}}`, 'u')] as const,
  ),
];
const mixable: ReadonlySet<string> = new Set(['Latin', 'East Asian']);

/** Undefined for what all scripts share, like digits. */
function scriptOf(character: string): string | undefined {
  if (!/[\p{L}\p{M}]/u.test(character) || /[\p{Script=Common}\p{Script=Inherited}]/u.test(character)) {
    return undefined;
  }
  return scripts.find(([, letter]) => letter.test(character))?.[0] ?? 'of another script';
}

/** `U+0456`. */
const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Fillers and selectors count as letters, and the blank of Braille as a symbol; none of them shows. */
const invisible = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** What is wrong with a name, as a clause behind what it names; undefined: nothing. */
export function misspelling(name: string): string | undefined {
  const unseen = invisible.exec(name)?.[0];
  if (unseen !== undefined) return `has a character that nobody sees (${codePoint(unseen)})`;
  if (name !== name.normalize('NFC')) return 'is not in Unicode form NFC';
  if (name !== name.trim().replace(/\s+/g, ' ')) return 'has blanks at an end, or several between words';
  const wrong = [...name].map(stranger).find((found) => found !== undefined);
  if (wrong !== undefined) return wrong;
  return (name.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map(mixture).find((wrong) => wrong !== undefined);
}

/** ASCII characters, each with those that are taken for it and that Unicode does not fold to it: Latin and phonetic letters, stops
 *  of the Lisu, and signs, after confusables.txt of the standard. */
const twins = [
  'aɑ bƄ cᴄ e℮ꬲ fꞙꬵ gɡᶃƍ iıɩɪ jȷ lǀƖ nɴ oᴏᴑꬽ pƿ rꭇꭈ sꜱƽ uᴜʋꞟꭎꭒ vᴠ wᴡɯ yʏɣᶌỿ zᴢ',
  "FꞘ JꞲ RƦ XꞳ 2Ƨ 3ƷȜꞫꝪ 5Ƽ 8Ȣȣ 9Ꝯ !ǃ 'ꞌʹʼ :꞉ː˸∶ꓽ .ꓸ ,ꓹ‚ /⁄∕⧸ |∣⏐ *∗⁎ ~∼ -⁃˗ ^˄ˆ",
]
  .join(' ')
  .split(' ');
const asciiOf: ReadonlyMap<string, string> = new Map(
  twins.flatMap(([ascii = '', ...others]) => others.map((twin): [string, string] => [twin, ascii])),
);

/** Ticks, crosses, stars and faces: beside a name they may be read as a verdict of the list's. */
const verdictSign = /(?![©®])[\p{Extended_Pictographic}\p{Emoji_Presentation}★☆☐-☒✓-✘]/u;

/** What stands for an ASCII character: fullwidth and mathematical letters, dashes, digits of other scripts, and twins. Signs like
 *  ™ are taken for nothing else. */
function stranger(character: string): string | undefined {
  if (character <= '\u007f' || character === '™') return undefined;
  const code = codePoint(character);
  if (verdictSign.test(character)) return `has ${code}, a sign that may be read as a verdict: leave it out`;
  const folded = /\p{Pd}|\u2212/u.test(character) ? '-' : character.normalize('NFKC');
  const plain = asciiOf.get(character) ?? folded;
  if (/[\p{L}\p{N}\p{P}\p{S}]/u.test(character) && /^[\x21-\x7e]+$/.test(plain)) {
    return `has ${code}, which looks like '${plain}': write that`;
  }
  return /\p{Nd}/u.test(character) ? `has ${code}, a digit other than 0 to 9` : undefined;
}

/** Why the letters of a word can't be one word's. */
function mixture(word: string): string | undefined {
  const letters = [...word].flatMap((character) => {
    const script = scriptOf(character);
    return script === undefined ? [] : [{ character, script }];
  });
  const found = new Set(letters.map(({ script }) => script));
  if (found.size < 2 || [...found].every((script) => mixable.has(script))) return undefined;
  const count = (script: string) => letters.filter((one) => one.script === script).length;
  const [odd, ...others] = [...found].sort((x, y) => count(x) - count(y));
  const first = letters.find(({ script }) => script === odd)?.character ?? '';
  return `mixes scripts in '${word}': ${codePoint(first)} is ${odd}, among ${others.join(' and ')} letters`;
}

/** The scripts but Latin that a name is written in, which a reader may take for Latin. */
export function foreignScripts(name: string): string[] {
  const found = new Set([...name].flatMap((character) => scriptOf(character) ?? []));
  return [...found].filter((script) => script !== 'Latin');
}
