/** How many frames a second each sender puts on the wire, by the receiving NIC's own counter. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { counters, isInstalled } from '../lab/namespace.js';
import { numberedFrame } from '../lab/wire-contract.js';

export interface Sender {
  readonly name: string;
  /** Program that must be installed. */
  readonly needs?: string;
  /** Less than a second's worth. */
  readonly frames: number;
  /** How often it is measured beside trafgen; default 3. */
  readonly pairs?: number;
  readonly command: (nic: string, frames: number) => readonly string[];
}

const own = (name: string, way: string, frames: number): Sender => ({
  name,
  frames,
  command: (nic, count) => [
    process.execPath,
    fileURLToPath(new URL('./sender.js', import.meta.url)),
    way,
    nic,
    String(count),
  ],
});

const octets = [...numberedFrame(0)].map((octet) => octet.toString(16).padStart(2, '0'));
const trafgenFile = '/run/takeover-bench.trafgen';

export const trafgen: Sender = {
  name: 'trafgen',
  needs: 'trafgen',
  frames: 250_000,
  command(nic, frames) {
    writeFileSync(trafgenFile, `{ ${octets.map((octet) => `0x${octet}`).join(', ')} }\n`);
    return ['trafgen', '--conf', trafgenFile, '--out', nic, '--num', String(frames), '--cpus', '1'];
  },
};

const scapyProgram =
  'import sys; from scapy.all import Raw, sendp\n' +
  'sendp(Raw(bytes.fromhex(sys.argv[3])), iface=sys.argv[1], count=int(sys.argv[2]), verbose=False)';

export const senders: readonly Sender[] = [
  { ...own('libpcap sendBurst', 'libpcap-burst', 250_000), pairs: 9 },
  own('libpcap sendBurst, recorded', 'libpcap-recorded', 150_000),
  own('libpcap inject', 'libpcap-inject', 150_000),
  own('cap driver sendBurst', 'cap-driver', 150_000),
  own('cap, bare', 'cap-bare', 150_000),
  {
    name: 'mausezahn',
    needs: 'mausezahn',
    frames: 150_000,
    command: (nic, frames) => ['mausezahn', nic, '-q', '-c', String(frames), octets.join(':')],
  },
  {
    name: 'scapy',
    needs: 'scapy',
    frames: 2_000,
    command: (nic, frames) => ['/usr/bin/python3', '-c', scapyProgram, nic, String(frames), octets.join('')],
  },
];

export const canRun = ({ needs }: Sender): boolean => needs === undefined || isInstalled(needs);

const exitOf = (child: ChildProcess) =>
  new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${child.spawnfile} ended with ${code}`)),
    );
  });

/** Frames a second from a tenth of them to the last: how long a program takes to start isn't the question. */
export async function rateOf(sender: Sender, from: string, to: string): Promise<number> {
  const [program = '', ...args] = sender.command(from, sender.frames);
  const start = counters(to).receivedFrames;
  let first: { atMs: number; frames: number } | undefined;
  let last = { atMs: 0, frames: 0 };
  const child = spawn(program, args, { stdio: 'ignore' });
  let isRunning = true;
  const exit = exitOf(child).finally(() => {
    isRunning = false;
  });
  while (isRunning && last.frames < sender.frames) {
    const frames = counters(to).receivedFrames - start;
    const atMs = performance.now();
    if (frames >= sender.frames / 10) first ??= { atMs, frames };
    if (frames > last.frames) last = { atMs, frames };
    await sleep(2);
  }
  await exit;
  if (first === undefined || last.frames <= first.frames)
    throw new Error(`${sender.name} sent nothing that arrived.`);
  return ((last.frames - first.frames) / (last.atMs - first.atMs)) * 1_000;
}
