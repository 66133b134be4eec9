/**
 * The process in which one port's `cap` handle lives. cap aborts its process when the interface goes
 * administratively down (an assertion in its poll callback): here that ends only this child.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { realtimeNs } from '../clock.js';
import { breathe, createPacer } from '../pace.js';
import { type CapHandle, loadCap } from './binding.js';
import { linkState } from './link.js';
import { type FromChild, type ToChild, unpack } from './messages.js';

const largestFrame = 65_535;
/** A batch goes to the parent when it has this many octets or frames, or when the event loop turns. */
const batchOctets = 65_536;
const batchFrames = 1_024;

/** What strerror says of ENOBUFS and EAGAIN. */
const queueIsFull = /No buffer space available|Resource temporarily unavailable/;
const patienceMs = 1_000;

const tell = (message: FromChild) => process.send?.(message);

/** Collects captured frames into batches. */
function createBatcher() {
  const octets = new Uint8Array(batchOctets + largestFrame);
  let used = 0;
  let lengths: number[] = [];
  let timesNs: bigint[] = [];
  let isScheduled = false;

  function flush(): void {
    isScheduled = false;
    if (lengths.length === 0) return;
    tell({
      kind: 'captured',
      frames: { octets: octets.slice(0, used), lengths: Uint32Array.from(lengths) },
      timesNs: BigInt64Array.from(timesNs),
    });
    used = 0;
    lengths = [];
    timesNs = [];
  }

  return {
    add(frame: Uint8Array): void {
      timesNs.push(realtimeNs());
      lengths.push(frame.length);
      octets.set(frame, used);
      used += frame.length;
      if (used >= batchOctets || lengths.length >= batchFrames) flush();
      else if (!isScheduled) {
        isScheduled = true;
        setImmediate(flush);
      }
    },
    flush,
  };
}

const batcher = createBatcher();

const watchEveryMs = 1_000;

/** Ends this process when the NIC is gone or down. Mostly cap does so by itself; but the kernel says it once, and where libpcap
 *  hears of it while the NIC is still there, it asks to be called again after a millisecond, to look whether it is gone by
 *  then (pcap-linux.c, pcap_wait_for_frames_mmap: `required_select_timeout`). cap does not, and nothing wakes it any more. */
async function watchLink(nic: string): Promise<void> {
  for (;;) {
    await sleep(watchEveryMs);
    const state = await linkState(nic);
    if (state === 'gone' || state === 'down') process.exit(1);
  }
}

function open(nic: string, bufferBytes: number): CapHandle {
  const handle = new (loadCap().Cap)();
  const buffer = Buffer.alloc(largestFrame);
  handle.on('packet', (octets) => batcher.add(buffer.subarray(0, octets)));
  tell({ kind: 'opened', linkType: handle.open(nic, '', bufferBytes, buffer) });
  void watchLink(nic);
  return handle;
}

/** Returns when it was sent. A full transmit queue is waited for, for a while. */
async function sendOne(handle: CapHandle, frame: Uint8Array): Promise<bigint> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const timeNs = realtimeNs();
    try {
      handle.send(frame, frame.length);
      return timeNs;
    } catch (error) {
      if (!queueIsFull.test(String(error)) || performance.now() > deadline) throw error;
      await breathe();
    }
  }
}

async function send(handle: CapHandle, message: Extract<ToChild, { kind: 'send' }>): Promise<void> {
  const timesNs: bigint[] = [];
  let error: string | undefined;
  try {
    const pacer = createPacer();
    for (const frame of unpack(message.frames)) {
      const pause = pacer.next(message.spacingNs);
      if (pause !== undefined) await pause;
      timesNs.push(await sendOne(handle, frame));
    }
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  tell({ kind: 'sent', timesNs: BigInt64Array.from(timesNs), error });
}

/** What is in the ring now is read when the event loop next polls, so two turns on it is all out. */
function flush(): void {
  setImmediate(() =>
    setImmediate(() => {
      batcher.flush();
      tell({ kind: 'flushed' });
    }),
  );
}

let handle: CapHandle | undefined;
let sending = Promise.resolve();

process.on('message', (message: ToChild) => {
  switch (message.kind) {
    case 'open':
      try {
        handle = open(message.nic, message.bufferBytes);
      } catch (error) {
        tell({ kind: 'refused', reason: error instanceof Error ? error.message : String(error) });
      }
      break;
    case 'send': {
      const opened = handle;
      if (opened !== undefined) sending = sending.then(() => send(opened, message));
      break;
    }
    case 'flush':
      flush();
      break;
  }
});

// The parent closed the port, or died.
process.on('disconnect', () => process.exit());

tell({ kind: 'ready' });
