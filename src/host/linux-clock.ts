/** The clock of a host that has a shell and `date`. */
import { followClock, type Instant, type RemoteClock } from './clock.js';
import { type Ssh, SshError } from './ssh.js';

const refreshMs = 5000;

/** One long-lived shell answers faster than a command each time. BusyBox's date has no %N. */
const clockScript = 'while read -r line; do date +%s.%N; done';

export type ShellClock =
  | (RemoteClock & { readonly reason?: undefined; close(): Promise<void> })
  /** Why the host's time can't be read. */
  | { readonly reason: string };

/** Follows the host's clock until `close`, or until its shell ends. Rejects only when the host is lost. */
export async function openShellClock(ssh: Ssh): Promise<ShellClock> {
  const answers: ((line: string) => void)[] = [];
  const stream = ssh.stream(['sh', '-c', clockScript], (line) => answers.shift()?.(line));
  const over = stream.ended.then(({ error }): never => {
    throw error ?? new SshError(`${ssh.target} does not tell its time: \`date\` failed there.`);
  });
  over.catch(() => undefined);
  const ask = async () => {
    const answer = new Promise<string>((resolve) => answers.push(resolve));
    stream.write('\n');
    return parseDate(await Promise.race([answer, over]));
  };
  try {
    const clock = await followClock(ask);
    const timer = setInterval(() => void clock.refresh().catch(() => undefined), refreshMs).unref();
    over.catch(() => clearInterval(timer));
    return { ...clock, close: () => stream.close() };
  } catch (error) {
    await stream.close();
    if (ssh.lost || !(error instanceof SshError)) throw error;
    return { reason: error.message };
  }
}

/** Reads `date +%s.%N`: nanoseconds, or whole seconds where `%N` came back unread. Throws an SshError. */
export function parseDate(line: string): Instant {
  const [, seconds, nanoseconds] = /^(\d{1,12})\.(\d{9})?/.exec(line.trim()) ?? [];
  if (seconds === undefined)
    throw new SshError(`\`date +%s.%N\` printed ${JSON.stringify(line)}, which is no time.`);
  const wholeNs = BigInt(seconds) * 1_000_000_000n;
  return nanoseconds === undefined
    ? { ns: wholeNs + 500_000_000n, errorNs: 500_000_000 }
    : { ns: wholeNs + BigInt(nanoseconds), errorNs: 0 };
}
