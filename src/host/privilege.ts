/** Commands that need root on a remote machine. */
import { type RunResult, type Ssh, SshError } from './ssh.js';

/** The words to put before a command so that root runs it: none for root, else `sudo -n`. */
export async function rootPrefix(ssh: Ssh): Promise<readonly string[]> {
  const { stdout } = await ssh.run(['id', '-u']);
  return stdout.trim() === '0' ? [] : ['sudo', '-n'];
}

/** A sentence if a command failed for want of root rather than for a reason of its own. */
export function privilegeError(ssh: Ssh, what: string, end: Pick<RunResult, 'stderr'>): SshError | undefined {
  if (!/^sudo: |sudo.*(not found|no such file)|not permitted|permission denied/im.test(end.stderr))
    return undefined;
  return new SshError(
    `${ssh.target} may not ${what}: log in there as root, ` +
      `or let it run sudo without a password (${end.stderr.trim()}).`,
  );
}
