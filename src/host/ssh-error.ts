/** What goes wrong with a remote machine, as a sentence for the operator with its mend. */
export class SshError extends Error {
  override readonly name: string = 'SshError';
}

/** The machine is there, and did not answer a command in time. */
export class SshTimeout extends SshError {
  override readonly name = 'SshTimeout';
}
