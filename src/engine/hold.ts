/** Taking a bench and giving it back: locked, journaled, ready, open, and as it was before, however the work ends. */
import { type Bench, BenchError } from '../bench/bench.js';
import { type Journal, openJournal, type Remote, staleJournals } from '../bench/journal.js';
import { lockNics } from '../bench/lock.js';
import { prepareNics } from '../bench/nics.js';
import { checkSafety, localPorts } from '../bench/safety.js';
import { rootPrefix } from '../host/privilege.js';
import { openSsh } from '../host/ssh.js';
import { availableDrivers } from '../wire/open.js';
import { type InstrumentOptions, type OpenInstrument, openInstrument } from './instrument.js';

export interface HoldOptions extends InstrumentOptions {
  /** Names the holder to whoever else wants the NICs. */
  readonly run: string;
}

/** What the work is done with. */
export interface HeldBench {
  readonly instrument: OpenInstrument;
  readonly journal: Journal;
}

/** Runs a command on a remote host, for the undo journal. */
export const remote: Remote = async (access, argv) => {
  const ssh = await openSsh(access);
  try {
    const { code, stderr } = await ssh.run([...(await rootPrefix(ssh)), ...argv]);
    if (code !== 0) throw new Error(`${ssh.target} said: ${stderr.trim()}`);
  } finally {
    await ssh.close();
  }
};

/** Resolves with what `work` came to and with notes: what could not be had, and what could not be put back.
 *  Rejects with a BenchError before anything is touched, with a WireError, an SshError, the reason of
 *  `options.stop`, or what `work` rejected with. */
export async function holdBench<T>(
  bench: Bench,
  options: HoldOptions,
  work: (held: HeldBench) => Promise<T>,
): Promise<{ readonly value: T; readonly notes: readonly string[] }> {
  await checkSafety(bench).catch(async (error: Error) => {
    // What a killed run left on a NIC looks like somebody else's.
    error.message = [error.message, ...(await leftBehind().catch(() => []))].join('\n');
    throw error;
  });
  await checkDriver(bench, options);
  const notes = await leftBehind();
  const nics = localPorts(bench).map(({ nic }) => nic);
  const lock = await lockNics(nics, options.run);
  const journal = await openJournal(options.run, { remote }).catch((error) => {
    lock.release();
    throw error;
  });
  const putBack = async () => {
    const { kept } = await journal.undoAll();
    lock.release();
    return kept;
  };
  try {
    notes.push(...(await unlessStopped(prepareNics(bench, journal), options.stop)));
    const value = await withInstrument(bench, options, journal, (instrument) =>
      work({ instrument, journal }),
    );
    notes.push(...(await putBack()));
    return { value, notes };
  } catch (error) {
    const kept = await putBack();
    // Whoever hears why the work failed must also hear what it left.
    if (error instanceof Error) error.message = [error.message, ...kept].join('\n');
    throw error;
  }
}

/** What killed runs left, with its mend. */
async function leftBehind(): Promise<string[]> {
  return (await staleJournals()).map((text) => `${text} Run \`takeover restore\` to undo that.`);
}

async function checkDriver(bench: Bench, { driver }: HoldOptions): Promise<void> {
  if (localPorts(bench).length === 0) return;
  const status = (await availableDrivers()).find((candidate) => candidate.driver === driver);
  if (status?.available === false) throw new BenchError(status.detail);
}

async function withInstrument<T>(
  bench: Bench,
  options: HoldOptions,
  journal: Journal,
  work: (instrument: OpenInstrument) => Promise<T>,
): Promise<T> {
  const opening = openInstrument(bench, options, journal);
  const instrument = await unlessStopped(opening, options.stop).catch((error) => {
    // What opens too late is closed again.
    void opening.then(
      (late) => late.close(),
      () => undefined,
    );
    throw error;
  });
  try {
    return await work(instrument);
  } finally {
    await instrument.close();
  }
}

/** The work's outcome, or the reason of the stop where that comes first; the work may then still go on. */
async function unlessStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  let abort: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    abort = () => reject(stop.reason);
    stop.addEventListener('abort', abort);
    if (stop.aborted) abort();
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    stop.removeEventListener('abort', abort);
  }
}
