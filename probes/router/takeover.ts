/**
 * What most router probes do: a client's packets to V go through the router to OLD, and then NEW takes V over. Which
 * next hop the router uses is seen from where the packets come out.
 */
import { readTag } from '../../src/frame/index.js';
import type { Context, PortName } from '../../src/probe.js';
import { type Cast, newPort, oldPort } from '../host/cast.js';
import { observe, teach } from '../host/takeover.js';
import { landingsOf } from './adjacency.js';
import { clientOf, enlist, familyOf, packetTo } from './client.js';

const answerMs = 400;
const tries = 3;

/** Sends one packet of the client's to V. Resolves with its tag's token. */
export async function forward(context: Context, cast: Cast, label: string): Promise<number> {
  const client = clientOf(context, familyOf(cast.service));
  const packet = packetTo(context, client, cast.service);
  await context.send(client.port, packet, label);
  return readTag(packet)?.token ?? 0;
}

/** Whether a packet has come out of the router, at that MAC address and port if they are given. */
export function cameOut(context: Context, token: number, to?: { mac: string; port: PortName }): boolean {
  const { mac, far } = context.host;
  const landing = landingsOf(context.frames, [mac, far?.mac]).get(token);
  return landing !== undefined && (!to || (landing.mac === to.mac && landing.ports.includes(to.port)));
}

/** Sends three packets, a few milliseconds apart, and waits until they came out. Resolves with their tags' tokens. */
export async function look(context: Context, cast: Cast, label: string): Promise<readonly number[]> {
  context.mark(label);
  const tokens: number[] = [];
  for (let n = 0; n < tries; n += 1) {
    if (n > 0) await context.wait(15);
    tokens.push(await forward(context, cast, label));
  }
  await context.until(() => tokens.every((token) => cameOut(context, token)), answerMs);
  return tokens;
}

/** The router forwards to V at OLD: it asks for V, and OLD answers. Where it still knows V from an earlier case, OLD
 *  tells it. */
export async function establish(context: Context, cast: Cast, suffix = ''): Promise<void> {
  context.own(cast.service, cast.old, oldPort);
  enlist(context, familyOf(cast.service));
  const atOld = { mac: cast.old, port: oldPort };
  for (let n = 0; n < tries; n += 1) {
    const token = await forward(context, cast, `create${suffix}`);
    if (await context.until(() => cameOut(context, token), answerMs)) {
      if (!cameOut(context, token, atOld)) {
        await teach(context, cast, suffix);
        await context.wait(60);
      }
      break;
    }
  }
  await look(context, cast, `before${suffix}`);
  context.mark(`established${suffix}`);
}

/** The gaps between the packets that follow an announcement; the last of them goes on, for twice as long as the bench
 *  grants a device to relearn: late is another thing than never. */
const gapsMs = [2, 3, 5, 10, 15, 25, 40, 50];
/** So many packets in a row that reach NEW end the watch. */
const settled = 3;

/** NEW takes V over by what `announce` does; then the client's packets show where the router sends them, its own answer
 *  to V shows what it believes itself, and its cache is read. Resolves whether they reached NEW. */
export async function takeOver(
  context: Context,
  cast: Cast,
  announce: () => Promise<unknown>,
  suffix = '',
): Promise<boolean> {
  context.own(cast.service, cast.new, newPort(context));
  await forward(context, cast, `follow${suffix}`);
  await announce();
  await follow(context, cast, suffix);
  const tokens = await look(context, cast, `after${suffix}`);
  if (!tokens.some((token) => cameOut(context, token))) await showWitness(context, cast, suffix);
  // Where a switch in between has the new owner: a frame past the router shows.
  await context.send(oldPort, context.numbered(oldPort, cast.new), `past-router${suffix}`);
  await context.host.cache?.read(cast.service);
  await observe(context, cast, `own-answer${suffix}`);
  const atNew = { mac: cast.new, port: newPort(context) };
  return tokens.some((token) => cameOut(context, token, atNew));
}

async function follow(context: Context, cast: Cast, suffix: string): Promise<void> {
  const untilMs = context.nowMs() + 2 * context.limits.relearnMs;
  const atNew = { mac: cast.new, port: newPort(context) };
  const tokens: number[] = [];
  const isSettled = () => {
    const landed = tokens.filter((token) => cameOut(context, token)).slice(-settled);
    return landed.length === settled && landed.every((token) => cameOut(context, token, atNew));
  };
  for (let n = 0; !isSettled() && context.nowMs() < untilMs; n += 1) {
    tokens.push(await forward(context, cast, `follow${suffix}`));
    await context.until(isSettled, gapsMs[Math.min(n, gapsMs.length - 1)] ?? 0);
  }
}

/** Nothing comes out any more: does the router still forward to another station, where NEW is? */
async function showWitness(context: Context, cast: Cast, suffix: string): Promise<void> {
  const six = familyOf(cast.service) === 'ipv6';
  const service = six ? context.ipv6(`witness${suffix}`) : context.ipv4(`witness${suffix}`);
  const port = newPort(context);
  context.own(service, context.portMac(port), port);
  await look(context, { ...cast, service }, `witness${suffix}`);
}
