/**
 * What most host probes do: a service address V belongs to a station OLD, the host under test talks to
 * it, and then NEW takes it over. Where the host believes V to be is seen from outside: it answers an
 * echo request that comes from V (or what stands in for it), and the destination MAC of its answer is its belief.
 * The request itself leaves from a third MAC, so that a host which learns from it, or just answers to the sender, shows.
 */
import {
  arpFrame,
  arpOperations,
  decodeFrame,
  neighbourAdvertisementFrame,
  neighbourSolicitationFrame,
  zeroMac,
} from '../../src/frame/index.js';
import type { Context, RecordedFrame } from '../../src/probe.js';
import { isAnswer, teaches } from './belief.js';
import { type Cast, newPort, oldPort } from './cast.js';
import { type Asker, prompt } from './prompt.js';

const answerMs = 400;
const tries = 3;

interface Ping extends Asker {
  /** How often it is sent, and how long each waits for its answer; default three times, 400 ms. */
  readonly most?: number;
  readonly waitMs?: number;
}

/** Asks as V until the host answers V. Resolves with its answer. */
async function ping(
  context: Context,
  cast: Cast,
  { most = tries, waitMs = answerMs, ...asker }: Ping,
): Promise<RecordedFrame | undefined> {
  const asked = new Set<number>();
  for (let n = 0; n < most; n += 1) {
    const since = context.frames.length;
    const { number, hangUp } = await prompt(context, cast, asker);
    asked.add(number);
    const answer = () =>
      context.frames
        .slice(since)
        .find((f) => f.direction === 'in' && isAnswer(decodeFrame(f.bytes), cast, asked));
    await context.until(() => answer() !== undefined, waitMs);
    await hangUp();
    const found = answer();
    if (found) return found;
  }
  return undefined;
}

/** The host talks to V at OLD, as a client does: it is pinged, asks for V, and OLD answers. Where it still
 *  knows V from an earlier case it does not ask; then OLD asks the host, which teaches it as well. False
 *  when the host does not answer, so that nothing can be seen of it. */
export async function establish(context: Context, cast: Cast, suffix = ''): Promise<boolean> {
  context.own(cast.service, cast.old, oldPort);
  const answer = await ping(context, cast, { source: cast.old, port: oldPort, label: `create${suffix}` });
  if (answer && decodeFrame(answer.bytes).ethernet?.destination !== cast.old) {
    await teach(context, cast, suffix);
    await context.wait(settleMs);
  }
  context.mark(`before${suffix}`);
  const before = answer && (await ping(context, cast, observer(context, `before${suffix}`)));
  if (before) keepOwner(context, cast, decodeFrame(before.bytes).ethernet?.destination);
  context.mark(`established${suffix}`);
  return before !== undefined;
}

/** A host that can't be taught twice still sends to the owner that V had in an earlier case: then that is OLD. */
function keepOwner(context: Context, cast: Cast, believed: string | undefined): void {
  if (believed === undefined || believed === cast.old || !context.recast(cast.old, believed)) return;
  context.own(cast.service, believed, oldPort);
}

/** OLD tells the host where V is, whether it asked or not. */
export async function teach(context: Context, cast: Cast, suffix = ''): Promise<void> {
  for (const frame of lessons(context, cast)) await context.send(oldPort, frame, `teach${suffix}`);
}

/** Frames from OLD that a host takes V's address from, whichever of them it listens to. */
function lessons(context: Context, cast: Cast): Uint8Array[] {
  const link = { destination: context.host.mac, source: cast.old };
  if (cast.service.includes(':')) {
    const ip = { ipSource: cast.service, ipDestination: cast.host };
    const flags = { router: false, solicited: true, override: true };
    return [
      neighbourSolicitationFrame({
        ...link,
        ...ip,
        target: cast.host,
        options: [{ type: 'source-link-layer', mac: cast.old }],
      }),
      neighbourAdvertisementFrame({
        ...link,
        ...ip,
        ...flags,
        target: cast.service,
        options: [{ type: 'target-link-layer', mac: cast.old }],
      }),
    ];
  }
  const sender = { sha: cast.old, spa: cast.service, tpa: cast.host };
  return [
    arpFrame({ ...link, ...sender, operation: arpOperations.request, tha: zeroMac }),
    arpFrame({ ...link, ...sender, operation: arpOperations.reply, tha: context.host.mac }),
  ];
}

/** Asks the host where it believes V to be, from a MAC that is neither OLD's nor NEW's. False when it does
 *  not answer. */
export async function observe(context: Context, cast: Cast, label: string): Promise<boolean> {
  context.mark(label);
  return (await ping(context, cast, observer(context, label))) !== undefined;
}

/** Waits until the entry is `ageMs` old, counted from the host's last lesson about V. */
export async function waitForAge(context: Context, cast: Cast, ageMs: number): Promise<void> {
  const lesson = context.frames.findLast((f) => f.direction === 'out' && teaches(f, cast.service));
  const sinceMs = lesson ? context.nowMs() - lesson.atNs / 1e6 : 0;
  if (ageMs > sinceMs) await context.wait(ageMs - sinceMs);
}

/** Whoever asks is neither OLD nor NEW. */
const observer = (context: Context, label: string): Ping => ({
  source: context.portMac(oldPort),
  port: oldPort,
  label,
});

/** NEW takes V over and sends `frame`; then the host is asked, from outside and over SSH. */
export async function takeOver(context: Context, cast: Cast, frame: Uint8Array, suffix = ''): Promise<void> {
  context.own(cast.service, cast.new, newPort(context));
  await context.send(newPort(context), frame, `announce${suffix}`);
  await follow(context, cast, suffix);
  await observe(context, cast, `after${suffix}`);
  await context.host.cache?.read(cast.service);
}

/** Time for the host to act on what it received before it is asked. */
const settleMs = 60;

/** When the host is asked meanwhile, milliseconds after the announcement. */
const followAtMs = [0, 5, 15, 35];

/**
 * Asks until the host sends elsewhere than to OLD, so that how long it took lies between two answers. Few questions: it
 * may answer 200 a second at most (FreeBSD's net.inet.icmp.icmplim), and many cases run side by side.
 */
async function follow(context: Context, cast: Cast, suffix: string): Promise<void> {
  const sinceMs = context.nowMs();
  const untilMs = async (ms: number) => {
    const leftMs = sinceMs + ms - context.nowMs();
    if (leftMs > 0) await context.wait(leftMs);
  };
  const asking = observer(context, `follow${suffix}`);
  for (const atMs of followAtMs) {
    await untilMs(atMs);
    const waitMs = sinceMs + settleMs - context.nowMs();
    const answer = waitMs > 0 && (await ping(context, cast, { ...asking, most: 1, waitMs }));
    if (!answer || decodeFrame(answer.bytes).ethernet?.destination !== cast.old) break;
  }
  await untilMs(settleMs);
}
