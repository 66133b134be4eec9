/**
 * A NIC of another Linux machine, over SSH: the smallest bench's World. A Perl program that comes with the
 * connection and leaves with it sends and captures there; nothing is installed.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processClock } from '../evidence/clock.js';
import { followClock } from '../host/clock.js';
import { privilegeError, rootPrefix } from '../host/privilege.js';
import { plainLocale } from '../host/shell.js';
import type { RemoteStream, Ssh, StreamEnd } from '../host/ssh.js';
import { packageRoot } from '../root.js';
import { createOutlet } from './outlet.js';
import {
  type AgentMessage,
  encodeBurst,
  encodeQuestion,
  messageReader,
  type Question,
} from './remote-protocol.js';
import { burstCut } from './sentences.js';
import { type OpenOptions, type Wire, WireError } from './wire.js';

export interface RemoteOptions extends OpenOptions {
  /** The connection to the machine; stays open when the wire closes. */
  readonly ssh: Ssh;
}

const agentFile = join(packageRoot, 'src', 'wire', 'remote-agent.pl');
const defaultBufferBytes = 16 * 1024 * 1024;
const openTimeoutMs = 10_000;
const clockRefreshMs = 1000;

type Reply = Extract<AgentMessage, { type: 'reply' }>;

/** Opens the NIC and resolves once it is capturing. Rejects with a WireError, or an SshError. */
export async function openRemote(options: RemoteOptions): Promise<Wire> {
  const { port, nic } = options;
  const say = sentences(options);
  await refuseOwnPath(options, say);
  const agent = await startAgent(options, say);

  const outlet = createOutlet();
  let closing: Promise<void> | undefined;
  let sent = 0;
  let worstErrorNs = 0;

  agent.onFailure((reason) => outlet.fail(say.failed(reason)));
  void agent.ended.then((end) => {
    if (!closing) outlet.fail(say.agentEnded(end));
  });

  const request = async (encode: (id: number) => Buffer): Promise<Reply> => {
    if (closing) throw say.closed();
    if (outlet.failure) throw outlet.failure;
    const reply = await agent.request(encode);
    if (reply) return reply;
    throw outlet.failure ?? say.closed();
  };
  const ask = async (question: Question) => (await request((id) => encodeQuestion(question, id))).number;

  const local = processClock();
  const clock = await followClock(async () => ({ ns: await ask('clock'), errorNs: 0 }), { local }).catch(
    async (error: Error) => {
      await agent.close();
      throw error;
    },
  );
  const refresh = setInterval(() => void clock.refresh(1).catch(() => undefined), clockRefreshMs).unref();
  void agent.ended.then(() => clearInterval(refresh));

  const lastNs = { in: 0n, out: 0n };
  agent.onPacket(({ out, remoteNs, originalLength, bytes }) => {
    if (outlet.failure || closing) return;
    worstErrorNs = Math.max(worstErrorNs, clock.errorNs());
    const direction = out ? 'out' : 'in';
    // A better estimate of the clock must not put a frame before its predecessor.
    const timeNs = maximum(clock.toLocalNs(remoteNs), lastNs[direction]);
    lastNs[direction] = timeNs;
    outlet.publish({ port, direction, timeNs, bytes, originalLength });
  });

  const sendBurst: Wire['sendBurst'] = async (frames, { spacingNs = 0 } = {}) => {
    const short = frames.find((frame) => frame.length < 14);
    if (short) throw say.notAFrame(short.length);
    if (frames.length === 0) return;
    const reply = await request((id) => encodeBurst(id, frames, spacingNs));
    sent += Number(reply.number);
    if (!reply.failed) return;
    const error = outlet.failure ?? say.failed(reply.text);
    throw frames.length === 1 ? error : burstCut(error, Number(reply.number), frames.length);
  };

  return {
    port,
    nic,
    driver: 'remote',
    abilities: {
      kernelTimestamps: true,
      /** The worst so far: half the round trip in which the clocks were compared, and their drift since. */
      get timestampErrorNs() {
        return Math.max(worstErrorNs, clock.errorNs());
      },
      dropCounter: true,
    },
    send: (frame) => sendBurst([frame]),
    sendBurst,
    subscribe: (listener) => {
      // Frames captured before this call may still be on their way here: their stamps tell them.
      const fromNs = local.now() - BigInt(clock.errorNs());
      let begun = false;
      return outlet.subscribe((frame) => {
        begun ||= frame.timeNs >= fromNs;
        if (begun) listener(frame);
      });
    },
    // After the end nothing more will come.
    flush: async () => void (await ask('flush').catch(() => undefined)),
    statistics: async () => ({ received: outlet.received, dropped: Number(await ask('total')), sent }),
    onFailure: (listener) => outlet.onFailure(listener),
    close: () => {
      closing ??= agent.close();
      return closing;
    },
  };
}

const maximum = (one: bigint, other: bigint) => (one > other ? one : other);

interface Agent {
  /** Sends a request under a new id; undefined: the agent ended before it answered. */
  request(encode: (id: number) => Buffer): Promise<Reply | undefined>;
  onPacket(listener: (packet: Extract<AgentMessage, { type: 'packet' }>) => void): void;
  onFailure(listener: (text: string) => void): void;
  readonly ended: Promise<StreamEnd>;
  close(): Promise<void>;
}

async function startAgent(options: RemoteOptions, say: Sentences): Promise<Agent> {
  const { nic, ssh, bufferBytes = defaultBufferBytes } = options;
  const program = await readFile(agentFile, 'utf8');
  const waiting = new Map<number, (reply: Reply | undefined) => void>();
  let onPacket: (packet: Extract<AgentMessage, { type: 'packet' }>) => void = () => undefined;
  let onFailure: (text: string) => void = () => undefined;
  let nonsense: string | undefined;
  let lastId = 0;

  const read = messageReader((message) => {
    if (message.type === 'packet') onPacket(message);
    else if (message.type === 'failure') onFailure(message.text);
    else {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  });
  const argv = [
    ...plainLocale,
    ...(await rootPrefix(ssh)),
    'perl',
    '-e',
    program,
    '--',
    nic,
    String(bufferBytes),
  ];
  const started = new Promise<Reply | undefined>((resolve) => waiting.set(0, resolve));
  const stream: RemoteStream = ssh.bytes(argv, (chunk) => {
    if (nonsense !== undefined) return;
    try {
      read(chunk);
    } catch (error) {
      nonsense = (error as Error).message;
      void stream.close();
    }
  });
  const ended = stream.ended.then((end) => {
    for (const resolve of waiting.values()) resolve(undefined);
    waiting.clear();
    return nonsense === undefined ? end : { ...end, stderr: nonsense };
  });

  const timer = setTimeout(() => void stream.close(), openTimeoutMs);
  const hello = await started;
  clearTimeout(timer);
  if (hello === undefined) {
    throw say.notOpened(await ended);
  }
  let over = false;
  void ended.then(() => {
    over = true;
  });
  return {
    request: (encode) => {
      if (over) return Promise.resolve(undefined);
      lastId += 1;
      const id = lastId;
      const reply = new Promise<Reply | undefined>((resolve) => waiting.set(id, resolve));
      stream.write(encode(id));
      return reply;
    },
    onPacket: (listener) => {
      onPacket = listener;
    },
    onFailure: (listener) => {
      onFailure = listener;
    },
    ended,
    close: () => stream.close(),
  };
}

/** A NIC that carries the connection itself would capture the report of each capture, for ever. */
async function refuseOwnPath({ nic, ssh }: RemoteOptions, say: Sentences): Promise<void> {
  const { stdout } = await ssh.run([
    'sh',
    '-c',
    'echo "$SSH_CONNECTION"; ip -o addr show dev "$1"',
    'sh',
    nic,
  ]);
  const [connection = '', ...addresses] = stdout.split('\n');
  const own = connection.split(' ')[2];
  if (own && addresses.some((line) => line.includes(` ${own}/`))) throw say.ownPath(own);
}

type Sentences = ReturnType<typeof sentences>;

/** What goes wrong, in the words of the other drivers, with where to mend it. */
function sentences({ port, nic, ssh }: RemoteOptions) {
  const say = (rest: string) => new WireError(port, nic, `Port ${port} (${nic} on ${ssh.target}) ${rest}`);
  const agentEnded = ({ error, stderr }: StreamEnd) =>
    error ? say(`is lost: ${error.message}`) : say(`failed: ${stderr.trim() || 'the agent there ended'}.`);
  return {
    closed: () => say('is closed: open it again before sending.'),
    notAFrame: (length: number) =>
      say(`cannot send ${length} octets: a frame has 14 octets of header at least (IEEE 802.3, 3.1.1).`),
    ownPath: (address: string) =>
      say(
        `carries the SSH connection (${address}): name another NIC of that machine, or reach it another way.`,
      ),
    /** `reason` is the kernel's. */
    failed: (reason: string) => {
      if (isDown.test(reason)) {
        return say(
          `went down during the run: check the cable and \`ip link set ${nic} up\` on that machine.`,
        );
      }
      if (isMissing.test(reason)) {
        return say(
          'disappeared during the run: check the adapter with `ip link` on that machine, then run again.',
        );
      }
      if (/Message too long/.test(reason))
        return say('cannot send a frame this long: its MTU there is smaller.');
      return say(`failed: ${reason}.`);
    },
    agentEnded,
    notOpened: (end: StreamEnd) => {
      const { stderr } = end;
      if (/perl\b.*(not found|no such file)/i.test(stderr)) {
        return say('needs perl on that machine: install it there (Debian: perl-base).');
      }
      const refused = privilegeError(ssh, 'send and capture', end);
      if (refused) return say(`may not be opened: ${refused.message}`);
      if (isDown.test(stderr)) return say(`is down: run \`ip link set ${nic} up\` on that machine first.`);
      if (isMissing.test(stderr)) {
        return say('does not exist: see `ip link` on that machine for the names and correct the bench file.');
      }
      return agentEnded(end);
    },
  };
}

const isDown = /Network is down/;
const isMissing = /No such device/;
