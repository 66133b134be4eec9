/** A Linux host's own stream of changes to its neighbour cache. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openShellClock } from './linux-clock.js';
import type { NeighbourObservation } from './neighbours.js';
import { parseMonitorLine } from './readers/ip-neigh.js';
import { plainLocale } from './shell.js';
import type { Ssh } from './ssh.js';

/** How long the host may take to start listening. */
const armMs = 3000;

/**
 * Runs `ip -ts monitor neigh` until standard input closes, so that none stays behind when the connection
 * breaks; its first line is the monitor's process id. Descriptor 3 is there because a shell gives what it
 * starts with `&` no standard input.
 */
const monitorScript = `exec 3<&0
ip -ts monitor neigh 3<&- & monitor=$!
echo "$monitor"
(cat <&3; kill "$monitor") >/dev/null 2>&1 &
wait "$monitor"`;

export type Monitor =
  | {
      readonly reason?: undefined;
      /** Resolves when the stream is over, with the sentence that says why. */
      readonly ended: Promise<string>;
      stop(): Promise<void>;
    }
  /** Why this host can't be streamed from. */
  | { readonly reason: string };

/** Starts the stream and resolves once the kernel sends it events. Rejects only when the host is lost. */
export async function startMonitor(
  ssh: Ssh,
  nic: string | undefined,
  tell: (observation: NeighbourObservation) => void,
): Promise<Monitor> {
  const clock = await openShellClock(ssh);
  if (clock.reason !== undefined) return clock;
  let pid: string | undefined;
  const stream = ssh.stream([...plainLocale, 'sh', '-c', monitorScript], (line) => {
    pid ??= line.trim();
    const seen = parseMonitorLine(line);
    if (!seen || (nic !== undefined && seen.interface !== undefined && seen.interface !== nic)) return;
    // The stamp is cut to whole microseconds.
    const clockErrorNs = clock.errorNs() + 1000;
    tell({ ...seen.entry, timeNs: clock.toLocalNs(seen.remoteNs), clockErrorNs, source: 'stream' });
  });
  let over = false;
  const ended = stream.ended.then(async ({ error, stderr }) => {
    over = true;
    await clock.close();
    return (
      error?.message ?? `${ssh.target} ended \`ip -ts monitor neigh\` (${stderr.trim() || 'without a word'}).`
    );
  });

  const deadlineMs = Date.now() + armMs;
  const armed = async () => pid !== undefined && (await subscribes(ssh, pid).catch(() => false));
  while (!over && Date.now() < deadlineMs) {
    if (await armed()) return { ended, stop: () => stream.close() };
    await sleep(10);
  }
  await stream.close();
  return { reason: await ended };
}

const neighbourGroup = 1 << 2; // RTNLGRP_NEIGH is group 3, linux/rtnetlink.h

/** Whether a process gets the kernel's neighbour events: /proc/net/netlink lists sk, Eth, Pid, Groups, … */
async function subscribes(ssh: Ssh, pid: string): Promise<boolean> {
  const { stdout } = await ssh.run(['cat', '/proc/net/netlink']);
  return stdout.split('\n').some((line) => {
    const [, family, owner, groups] = line.trim().split(/\s+/);
    return family === '0' && owner === pid && (Number.parseInt(groups ?? '', 16) & neighbourGroup) !== 0;
  });
}
