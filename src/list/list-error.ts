/** What is wrong below reports/, all of it, each with its mend. */
export class ListError extends Error {
  override readonly name = 'ListError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}
