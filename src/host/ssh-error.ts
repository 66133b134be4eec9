/** What goes wrong with a remote machine, as a sentence for the operator with its mend. */
export class SshError extends Error {
  override readonly name = 'SshError';
}
