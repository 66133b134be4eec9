/** The driver on the npm package `cap`: one child process a port, since cap may abort its process. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createOutlet } from '../outlet.js';
import * as sentences from '../sentences.js';
import { type OpenOptions, type Wire, type WireAbilities, WireError } from '../wire.js';
import { loadCap } from './binding.js';
import { openLedger, seesItself } from './echoes.js';
import { linkState } from './link.js';
import { type FrameBatch, type FromChild, pack, type ToChild, unpack } from './messages.js';

export { capVersion } from './binding.js';

const abilities: WireAbilities = {
  kernelTimestamps: false,
  // A process that is scheduled late stamps late; a tick of a busy machine and a batch being read.
  timestampErrorNs: 20_000_000,
  dropCounter: false,
};

/** cap's ring has one slot a frame of MTU size at least, so short frames need more room here than they
 *  do in libpcap's packed ring. */
const defaultBufferBytes = 64 * 1024 * 1024;
/** Frames a message. */
const chunkFrames = 1_024;

const flushPatienceMs = 5_000;

const childProgram = fileURLToPath(new URL('./child.js', import.meta.url));

type Sent = Extract<FromChild, { kind: 'sent' }>;

export async function openCap(options: OpenOptions): Promise<Wire> {
  const { port, nic } = options;
  loadCap();
  // Whatever the child prints when it aborts is cap's own; the parent finds out why by itself.
  const child = fork(childProgram, [], { serialization: 'advanced', execArgv: [], stdio: 'ignore' });
  try {
    await openInChild(child, options);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }

  const outlet = createOutlet();
  const ledger = openLedger(nic);
  const sends: { resolve: (sent: Sent) => void; reject: (error: WireError) => void }[] = [];
  const flushes: (() => void)[] = [];
  let sent = 0;
  let isClosed = false;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));

  /** Finds out what became of the link; when it is fine, the fault is what `reason` says. */
  async function diagnose(doing: string, reason: string): Promise<WireError> {
    const state = await linkState(nic);
    if (state === 'gone') return outlet.fail(sentences.disappeared(options));
    if (state === 'down') return outlet.fail(sentences.wentDown(options));
    return sentences.unexpected(options, doing, reason);
  }

  function settleAll(error: WireError): void {
    for (const { reject } of sends.splice(0)) reject(error);
    for (const resolve of flushes.splice(0)) resolve();
  }

  child.on('exit', async (code, signal) => {
    if (isClosed) return settleAll(sentences.closed(options));
    const reason = `its capture process ended (${signal ?? `exit code ${code}`}); run again, or use the driver libpcap`;
    const error = await diagnose('capturing', reason);
    settleAll(outlet.fail(error));
  });

  child.on('error', () => {
    // A message to a child that is gone; its exit is what counts.
  });

  child.on('message', (message: FromChild) => {
    switch (message.kind) {
      case 'captured':
        publishCaptured(message.frames, message.timesNs);
        break;
      case 'sent':
        sends.shift()?.resolve(message);
        break;
      case 'flushed':
        flushes.shift()?.();
        break;
    }
  });

  function publishCaptured(frames: FrameBatch, timesNs: BigInt64Array): void {
    for (const [index, bytes] of unpack(frames).entries()) {
      const direction = ledger.claims(bytes) ? 'out' : 'in';
      const timeNs = timesNs[index] ?? 0n;
      outlet.publish({ port, direction, timeNs, bytes, originalLength: bytes.length });
    }
  }

  function publishSent(frames: FrameBatch, timesNs: BigInt64Array): void {
    if (seesItself) return;
    const bytesOf = unpack(frames);
    for (const [index, timeNs] of timesNs.entries()) {
      const bytes = bytesOf[index] as Uint8Array;
      outlet.publish({ port, direction: 'out', timeNs, bytes, originalLength: bytes.length });
    }
  }

  function tell(message: ToChild): void {
    if (child.connected) child.send(message);
  }

  /** Sends up to `chunkFrames` frames; returns how many went out and what stopped it. */
  async function sendChunk(frames: readonly Uint8Array[], spacingNs: number): Promise<[number, WireError?]> {
    if (outlet.failure !== undefined) throw outlet.failure;
    if (isClosed) throw sentences.closed(options);
    const runt = frames.find((frame) => frame.length < 14);
    if (runt !== undefined) throw sentences.notAFrame(options, runt.length);
    const batch = pack(frames);
    ledger.announce(frames);
    const answer = await new Promise<Sent>((resolve, reject) => {
      sends.push({ resolve, reject });
      tell({ kind: 'send', frames: batch, spacingNs });
    });
    publishSent(batch, answer.timesNs);
    sent += answer.timesNs.length;
    if (answer.error === undefined) return [answer.timesNs.length];
    return [answer.timesNs.length, await diagnose('sending', answer.error)];
  }

  return {
    port,
    nic,
    driver: 'cap',
    abilities,

    async send(frame) {
      const [, error] = await sendChunk([frame], 0);
      if (error !== undefined) throw error;
    },

    async sendBurst(frames, { spacingNs = 0 } = {}) {
      let gone = 0;
      try {
        for (let next = 0; next < frames.length; next += chunkFrames) {
          const [count, error] = await sendChunk(frames.slice(next, next + chunkFrames), spacingNs);
          gone += count;
          if (error !== undefined) throw error;
        }
      } catch (error) {
        throw error instanceof WireError ? sentences.burstCut(error, gone, frames.length) : error;
      }
    },

    subscribe: (listener) => outlet.subscribe(listener),

    async flush() {
      if (isClosed || outlet.failure !== undefined) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(sentences.heldBack(options)), flushPatienceMs);
        flushes.push(resolve);
        tell({ kind: 'flush' });
      }).finally(() => clearTimeout(timer));
    },

    statistics: async () => ({ received: outlet.received, dropped: undefined, sent }),

    onFailure: (listener) => outlet.onFailure(listener),

    async close() {
      if (!isClosed) {
        isClosed = true;
        ledger.close();
        // It may be too busy reading to hear anything; the kernel frees what it holds.
        child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}

/** Resolves when the child captures. Rejects with a WireError. */
async function openInChild(child: ChildProcess, options: OpenOptions): Promise<void> {
  const { nic, bufferBytes = defaultBufferBytes } = options;
  const answer = await new Promise<FromChild>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'refused', reason: error.message }));
    child.once('exit', () => resolve({ kind: 'refused', reason: 'its capture process ended' }));
    child.on('message', function hear(message: FromChild) {
      if (message.kind === 'ready') {
        const request: ToChild = { kind: 'open', nic, bufferBytes };
        child.send(request);
      } else if (message.kind === 'opened' || message.kind === 'refused') {
        child.off('message', hear);
        resolve(message);
      }
    });
  });
  if (answer.kind === 'opened' && answer.linkType === 'ETHERNET') return;
  if (answer.kind === 'opened') throw sentences.notEthernet(options);
  const reason = answer.kind === 'refused' ? answer.reason : answer.kind;
  if (/permission|not permitted/i.test(reason)) throw sentences.notPermitted(options);
  const state = await linkState(nic);
  if (state === 'gone') throw sentences.missing(options);
  if (state === 'down') throw sentences.notUp(options);
  throw sentences.unexpected(options, 'opening', reason);
}
