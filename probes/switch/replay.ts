/** Replaying a takeover profile: the old owner speaks as that software does, then the new one sends its frames. */

import type { Context, PortName } from '../../src/probe.js';
import {
  announces,
  type Cast,
  frameOf,
  linkLocalOf,
  type Moment,
  momentsOf,
  usesRole,
} from '../../src/profiles/frames.js';
import { type Profile, type ProfileFrame, readProfile } from '../../src/profiles/profile.js';
import { replug } from './replug.js';
import { cameOut, settle, toStation } from './station.js';
import { tagged } from './vlan.js';

export interface Replay {
  readonly profile: Profile;
  /** How many of the new owner's first frames are not sent, as if the path had lost them. */
  readonly lost: number;
}

/** A replay as a recording's plan tells it. */
export function readReplay(params: unknown): Replay | undefined {
  const { profile, lost } = (params ?? {}) as Partial<Record<keyof Replay, unknown>>;
  const read = readProfile(profile);
  return read && typeof lost === 'number' ? { profile: read, lost } : undefined;
}

/** A station that a takeover moves, and the labels of the frames that World sends to it. */
export interface Move {
  readonly role: 'moved' | 'returning';
  readonly from: PortName;
  readonly to: PortName;
  readonly before: string;
  readonly poll: string;
  readonly after: string;
}

const portOf = { old: 'a', new: 'b' } as const;

/** What a profile moves: one station, or two that change places. */
export function movesOf(profile: Profile): Move[] {
  const moved: Move = { role: 'moved', from: 'a', to: 'b', before: 'before', poll: 'poll', after: 'after' };
  if (!usesRole(profile, 'returning')) return [moved];
  const back = (label: string) => `${label}-returning`;
  return [
    moved,
    {
      role: 'returning',
      from: 'b',
      to: 'a',
      before: back('before'),
      poll: back('poll'),
      after: back('after'),
    },
  ];
}

/** The addresses that stand for the profile's roles on this bench; the same at each call. */
export function castOf(context: Context<Replay>): Cast {
  const { profile } = context.params;
  const six = profile.family === 'ipv6';
  const ipOf = (port: PortName) => (six ? linkLocalOf(context.portMac(port)) : context.portIpv4(port));
  const owner = (port: PortName) => ({ nic: context.portMac(port), ip: ipOf(port) });
  const service = (index: number) => {
    const role = index === 0 ? 'service' : `service-${index + 1}`;
    return six ? context.ipv6(role) : context.ipv4(role);
  };
  return {
    moved: profile.moved === 'station' ? context.mac('moved') : context.claim('moved', profile.moved),
    ...(usesRole(profile, 'returning') && { returning: context.mac('returning') }),
    old: owner('a'),
    new: owner('b'),
    services: Array.from({ length: profile.addresses ?? 1 }, (_, index) => service(index)),
    peer: { mac: context.portMac('world'), ip: ipOf('world') },
  };
}

/** What its owner sends while nothing happens: what the profile says, or a datagram. */
const steadyOf = ({ steady }: Profile): ProfileFrame => steady ?? { frame: 'datagram' };

const pollEveryMs = 20;
const crossingMs = 100;

/** World sends in the VLAN that the profile's frames are in. */
function worldOf(context: Context<Replay>): Context<Replay> {
  const vlan = context.params.profile.announcements.find((entry) => entry.vlan)?.vlan;
  return vlan ? tagged(context, { vid: vlan.id }) : context;
}

/** Asks until the station is where it should be, or the deadline passes. Slower than the other probes do: a profile goes
 *  on for seconds, and many run side by side. */
export const watch = (
  context: Context<Replay>,
  label: string,
  station: string,
  port: PortName,
  deadlineMs: number,
  again?: () => Promise<void>,
): Promise<boolean> =>
  settle(worldOf(context), label, station, port, deadlineMs, {
    everyMs: pollEveryMs,
    ...(again && { again }),
  });

/** The frames that decide. */
export async function check(context: Context<Replay>, label: string, station: string, port: PortName) {
  context.expect(label, [port]);
  await toStation(worldOf(context), label, station);
}

/** The stations speak where they are at first, as their software does, and World's frames follow. */
export async function teachAll(context: Context<Replay>): Promise<void> {
  const { profile } = context.params;
  const cast = castOf(context);
  for (const { role, from, before } of movesOf(profile)) {
    const station = cast[role] ?? cast.moved;
    const steady = steadyOf(profile);
    const spoken = role === 'moved' ? steady : ({ frame: 'datagram', source: role } as const);
    const own = role === 'moved' && sourceOf(steady) !== 'moved' ? [{ frame: 'datagram' } as const] : [];
    const lesson = async () => {
      for (const frame of [spoken, ...own]) {
        const owner = from === 'a' ? 'old' : 'new';
        await context.send(from, frameOf(profile, frame, cast, owner), `teach-${from}`);
      }
    };
    await lesson();
    await watch(context, `${before}-poll`, station, from, context.limits.relearnMs, lesson);
    await check(context, before, station, from);
  }
  await context.sentinel();
}

const sourceOf = ({ source = 'moved' }: ProfileFrame) => source;

export function labelOf({ announcement, from }: Moment): string {
  return `${announces(announcement) ? 'announce' : 'heartbeat'}${from === 'old' ? '-old' : ''}`;
}

/** What is sent of a profile: all but the first frames that are lost. */
export function sentMoments({ profile, lost }: Replay): Moment[] {
  let toLose = lost;
  return momentsOf(profile).filter(({ from }) => from === 'old' || toLose-- <= 0);
}

/** How long a profile lasts, milliseconds. */
export const durationMs = (profile: Profile) => (momentsOf(profile).at(-1)?.atNs ?? 0) / 1e6;

/** Frames that are further apart than this are handed over one after the other. */
const roundGapNs = 15e6;

/** The moments in groups that leave together. */
export function roundsOf(moments: readonly Moment[]): Moment[][] {
  const rounds: Moment[][] = [];
  for (const moment of moments) {
    const last = rounds.at(-1)?.at(-1);
    if (last && moment.atNs - last.atNs < roundGapNs) rounds.at(-1)?.push(moment);
    else rounds.push([moment]);
  }
  return rounds;
}

/**
 * Sends round after round at its time, until `enough` says so after one of them; it is given the time that is left
 * to the next. The clock of the profile starts when its first frame has left, by the kernel's stamp.
 * Resolves how late the harness believes that it was at worst, milliseconds; the judge reads the stamps.
 */
export async function sendRounds(
  context: Context<Replay>,
  rounds: readonly (readonly Moment[])[],
  enough: (leftMs: number | undefined) => Promise<boolean> = async () => false,
): Promise<number> {
  let startMs = context.nowMs();
  let lateMs = 0;
  for (const [index, round] of rounds.entries()) {
    const calledMs = context.nowMs();
    await sendRound(context, round, startMs);
    lateMs = Math.max(lateMs, context.nowMs() - startMs - (round.at(-1)?.atNs ?? 0) / 1e6);
    const [first] = round;
    const next = rounds[index + 1]?.[0];
    if (index === 0 && first && next) {
      const left = () =>
        context.frames.find(
          (f) => f.label === labelOf(first) && f.direction === 'out' && f.atNs / 1e6 >= calledMs,
        );
      await context.until(() => left() !== undefined, crossingMs);
      startMs = ((left()?.atNs ?? startMs * 1e6 + first.atNs) - first.atNs) / 1e6;
    }
    if (await enough(next && startMs + next.atNs / 1e6 - context.nowMs())) break;
  }
  return lateMs;
}

/** @param startMs when the profile began, on the context's clock */
async function sendRound(context: Context<Replay>, round: readonly Moment[], startMs: number): Promise<void> {
  const { profile } = context.params;
  const cast = castOf(context);
  const frames = round.map((moment) => ({
    moment,
    frame: frameOf(profile, moment.announcement, cast, moment.from, moment.service),
  }));
  const passedNs = (context.nowMs() - startMs) * 1e6;
  await context.transmit(
    frames.map(({ moment, frame }) => ({
      port: portOf[moment.from],
      frame,
      label: labelOf(moment),
      atNs: moment.atNs - passedNs,
    })),
  );
}

/** Does to the links what the profile says of them, before it begins. */
export async function prepareLinks(context: Context<Replay>): Promise<void> {
  const { oldOwner, afterLinkUpMs } = context.params.profile;
  if (oldOwner === 'link-down') await context.setLink('a', 'down');
  if (afterLinkUpMs === undefined) return;
  await replug(context, 'b');
  await context.wait(afterLinkUpMs);
}

/** Whether anything of the profile's announcements has come out at World. */
export const heard = (context: Context) =>
  ['announce', 'heartbeat'].some((label) => cameOut(context, label, 'world'));
