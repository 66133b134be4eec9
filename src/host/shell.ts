/** One way to build a remote command, so that no value ever becomes syntax. */

/** Goes before a command: words in English, times in UTC, whatever the host is set to. */
export const plainLocale = ['env', 'LC_ALL=C', 'TZ=UTC'] as const;

/** Words that every shell, and a router's command line, takes as they are: none begins with `~` or `=`. */
const plain = /^[A-Za-z0-9_/.:@%+,-][A-Za-z0-9_/.:@%+,=-]*$/;

/**
 * Joins words into one command line for the remote login shell. A word that isn't plain stands in single
 * quotes, within which POSIX gives no character a meaning (XCU §2.2.2). Throws a RangeError on an empty
 * command and on a NUL, which no argument can carry.
 */
export function commandLine(argv: readonly string[]): string {
  if (argv.length === 0) throw new RangeError('A remote command needs at least one word.');
  return argv.map(quote).join(' ');
}

function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('A remote command cannot contain a NUL character.');
  return plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
