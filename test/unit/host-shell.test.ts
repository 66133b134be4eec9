import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { commandLine } from '../../src/host/shell.js';

/** What a POSIX shell makes of a command line: the words after `printf '%s\0'`. */
const wordsOf = (words: readonly string[]) =>
  execFileSync('/bin/sh', ['-c', commandLine(['printf', '%s\\0', ...words])])
    .toString('utf8')
    .split('\0')
    .slice(0, -1);

describe('remote command lines', () => {
  it('leave plain words as they are, for shells that know no quotes', () => {
    assert.equal(commandLine(['show', 'ip', 'arp', 'vlan', '10']), 'show ip arp vlan 10');
    assert.equal(commandLine(['env', 'LC_ALL=C', 'ip', '-j', 'neigh']), 'env LC_ALL=C ip -j neigh');
  });

  it('give syntax no meaning', () => {
    const nasty = [
      '; reboot',
      '$(reboot)',
      '`reboot`',
      "'",
      "a'; reboot; '",
      '"',
      '\\',
      '*',
      '~',
      '~root',
      '=ls',
      '',
      '\n',
      '&',
      '!1',
      '#',
    ];
    assert.deepEqual(wordsOf(nasty), nasty);
  });

  it('arrive word for word, whatever they contain', () => {
    const word = fc.string({ unit: fc.constantFrom(...'ab \'"\\$`!*?~#&|;<>(){}[]=%\n\té'), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) =>
        assert.deepEqual(wordsOf(words), words),
      ),
      { numRuns: 60 },
    );
  });

  it('refuse what no command can carry', () => {
    assert.throws(() => commandLine(['echo', 'a\0b']), RangeError);
    assert.throws(() => commandLine([]), RangeError);
  });
});
