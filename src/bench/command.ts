/** Runs the system's tools: no shell, an argument vector, a deadline, and errors that say what to do. */
import { execFile } from 'node:child_process';
import { BenchError } from './bench.js';

/** A tool that is missing, failed or took too long. */
export class CommandError extends BenchError {
  constructor(
    message: string,
    readonly reason: 'missing' | 'not-permitted' | 'failed',
  ) {
    super(message);
  }
}

/** ip, ethtool and the like lie outside an ordinary user's PATH on some distributions. */
const path = () => [process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(':');

const deadlineMs = 10_000;

export const permissionMend =
  'run it with sudo: it needs CAP_NET_ADMIN and CAP_NET_RAW in the network namespace of the NIC';

/** Runs `tool` and resolves to its standard output. Rejects with a CommandError. */
export function command(tool: string, args: readonly string[]): Promise<string> {
  const said = [tool, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const options = {
      timeout: deadlineMs,
      maxBuffer: 64 << 20,
      env: { ...process.env, PATH: path(), LC_ALL: 'C' },
    };
    execFile(tool, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const detail = stderr.trim().split('\n').join(' ');
      if (error.code === 'ENOENT') {
        return reject(
          new CommandError(`${tool} is not installed; install the package that has it.`, 'missing'),
        );
      }
      if (error.killed) {
        return reject(new CommandError(`\`${said}\` did not end within ${deadlineMs / 1000} s.`, 'failed'));
      }
      if (/not permitted|permission denied/i.test(detail)) {
        return reject(new CommandError(`\`${said}\` was not permitted: ${permissionMend}.`, 'not-permitted'));
      }
      reject(new CommandError(`\`${said}\` failed: ${detail || `exit code ${error.code}`}.`, 'failed'));
    });
  });
}

/** Asks `ip` for JSON; older versions print nothing, or empty objects, where there is nothing to tell. */
export async function ipJson(args: readonly string[]): Promise<Record<string, unknown>[]> {
  const text = (await command('ip', ['-json', ...args])).trim();
  const rows: unknown = JSON.parse(text === '' ? '[]' : text);
  return Array.isArray(rows) ? rows.filter((row) => Object.keys(row).length > 0) : [];
}
