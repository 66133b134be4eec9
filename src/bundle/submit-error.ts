/** Why nothing was submitted or withdrawn: sentences with their mends. */
export class SubmitError extends Error {
  override readonly name = 'SubmitError';
}
