/** Whether an interface is there and up, without foreign calls: iproute2 asks the kernel. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export type LinkState = 'up' | 'down' | 'gone' | 'unknown';

const run = promisify(execFile);

export async function linkState(nic: string): Promise<LinkState> {
  try {
    const { stdout } = await run('ip', ['-json', 'link', 'show', 'dev', nic]);
    const [link] = JSON.parse(stdout) as { flags: string[] }[];
    return link?.flags.includes('UP') ? 'up' : 'down';
  } catch (error) {
    // `ip` exits with 1 when there is no such device; ENOENT: no `ip` here.
    return (error as { code?: unknown }).code === 1 ? 'gone' : 'unknown';
  }
}
