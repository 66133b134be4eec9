/** arp-fingerprint (of arp-scan) for the same hosts: what it makes of each, beside what we saw. */
import { execFile } from 'node:child_process';
import { BenchError, type BenchPort } from '../bench/bench.js';

/** arp-fingerprint waits half a second for each question that is not answered, and puts twelve, one after the other. */
const deadlineMs = 30_000;
/** At a time: each sends a frame in half a second or so. */
export const fingerprintsAtOnce = 24;

export interface FingerprintOptions {
  readonly nic: string;
  /** An address of ours on the hosts' subnet; a NIC under test has none. */
  readonly asker: string;
  readonly stopped: AbortSignal;
  /** @param line as arp-fingerprint prints it */
  found(line: string): void;
}

const env = () => ({
  ...process.env,
  PATH: [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
    .filter(Boolean)
    .join(':'),
  LC_ALL: 'C',
});

/** Why arp-fingerprint can't be asked, with the mend; undefined: it can. */
export async function fingerprintLimit(port: BenchPort): Promise<string | undefined> {
  const { nic } = port;
  if ('ssh' in port) return 'arp-fingerprint is left out, for port a is a NIC of another machine.';
  // It hands its options to a shell.
  if (!/^[\w.-]+$/.test(nic))
    return `arp-fingerprint is left out, for the NIC’s name ${nic} has signs that it can't take.`;
  const missing = await new Promise<boolean>((resolve) =>
    execFile('arp-fingerprint', ['-h'], { env: env() }, (error) => resolve(error?.code === 'ENOENT')),
  );
  return missing
    ? 'arp-fingerprint is not installed: install arp-scan to have its fingerprints beside the survey’s findings.'
    : undefined;
}

/** Asks for every host, some at a time. Rejects when the survey stops. */
export async function fingerprintAll(
  addresses: readonly string[],
  options: FingerprintOptions,
): Promise<void> {
  const left = [...addresses];
  const work = async () => {
    for (let address = left.shift(); address !== undefined; address = left.shift()) {
      options.stopped.throwIfAborted();
      try {
        options.found(await fingerprintOf(address, options));
      } catch (error) {
        // The others end with the host that they are at.
        left.length = 0;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: fingerprintsAtOnce }, work));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

function fingerprintOf(address: string, { nic, asker, stopped }: FingerprintOptions): Promise<string> {
  const argv = ['-o', `-I ${nic} --arpspa=${asker}`, address];
  return new Promise((resolve, reject) => {
    execFile(
      'arp-fingerprint',
      argv,
      { env: env(), timeout: deadlineMs, signal: stopped },
      (error, stdout, stderr) => {
        if (stopped.aborted) return reject(stopped.reason);
        // It says `No Response` for a host that is not there, and nothing where it can't work.
        if (stdout.trim() === '' && error)
          return reject(
            new BenchError(`arp-fingerprint failed: ${stderr.trim().split('\n')[0] ?? error.message}`),
          );
        resolve(stdout.trim());
      },
    );
  });
}
