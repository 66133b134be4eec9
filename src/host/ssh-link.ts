/** One connection to a machine for as long as a run: made again when it breaks, and lost when it does not come back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SshAccess } from '../bench/bench.js';
import { type Connection, connect, nameOf } from './ssh-connect.js';
import { SshError } from './ssh-error.js';

export interface Link {
  /** The connection there is, or the next one. Rejects with an SshError once the machine is lost or the link closed. */
  current(): Promise<Connection>;
  /** See `Ssh.onLost`. */
  onLost(listener: (error: SshError) => void): () => void;
  readonly lost: boolean;
  /** How often the connection broke. */
  readonly breaks: number;
  /** Idempotent; never rejects. */
  close(): Promise<void>;
}

/** A second break so soon after the first is no accident. */
const flapMs = 60_000;
/** For so long after a break the machine is tried again, with pauses. */
const retryMs = 3000;
const pauseMs = 700;
/** How long one of these tries may take. */
const againMs = 5000;
/** How long the other side may take to hang up. */
const hangUpMs = 1000;

export async function openLink(access: SshAccess): Promise<Link> {
  const target = nameOf(access);
  const listeners = new Set<(error: SshError) => void>();
  const closedError = () => new SshError(`The connection to ${target} is closed.`);
  let closing = false;
  let lost: SshError | undefined;
  let breaks = 0;
  let brokeAtMs = Number.NEGATIVE_INFINITY;

  const lose = (error: SshError) => {
    if (lost || closing) return;
    lost = error;
    for (const listener of listeners) listener(error);
    listeners.clear();
  };
  const again = async (sinceMs: number): Promise<Connection> => {
    try {
      return await connect(access, againMs);
    } catch (error) {
      if (closing || performance.now() - sinceMs > retryMs) throw error;
      await sleep(pauseMs);
      return again(sinceMs);
    }
  };
  const watched = (connection: Connection): Connection => {
    if (closing) connection.client.end();
    connection.broken.then((error) => {
      breaks += 1;
      const nowMs = performance.now();
      const flaps = nowMs - brokeAtMs < flapMs;
      brokeAtMs = nowMs;
      if (closing) return;
      if (flaps) return lose(error);
      current = again(nowMs).then(watched);
      current.catch(lose);
    });
    return connection;
  };
  let current: Promise<Connection> = Promise.resolve(watched(await connect(access)));

  return {
    current: () => {
      if (lost) return Promise.reject(lost);
      return closing ? Promise.reject(closedError()) : current;
    },
    onLost: (listener) => {
      if (lost) listener(lost);
      else listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get lost() {
      return lost !== undefined;
    },
    get breaks() {
      return breaks;
    },
    close: async () => {
      closing = true;
      const giveUp = new AbortController();
      const late = sleep(hangUpMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
      const connection = await Promise.race([current.catch(() => undefined), late]);
      if (connection !== undefined) {
        connection.client.end();
        await Promise.race([connection.broken, late]);
        connection.client.destroy();
        await connection.broken;
      }
      giveUp.abort();
    },
  };
}
