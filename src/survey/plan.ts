/** What a survey set out to do: the part of its recording that no frame tells. */
import * as v from 'valibot';
import type { Recording } from '../evidence/recording.js';
import type { Players } from './sightings.js';

const text = v.string();

export const PlanSchema = v.strictObject({
  families: v.array(
    v.strictObject({
      family: v.picklist(['ipv4', 'ipv6']),
      /** As a block, like `192.0.2.0/24`. */
      subnet: text,
    }),
  ),
  /** Hosts that the operator named; where there are any, no others are surveyed. */
  named: v.array(v.strictObject({ address: text, name: text })),
  /** Frames a second, at most. */
  rate: v.number(),
});

export type Plan = v.InferOutput<typeof PlanSchema>;

/** The name in a recording of its one case. */
export const surveyCase = 'survey';

/**
 * The addresses that a survey takes on a segment. Two Vs are announced in turn, over and over, so that no cache has to hold
 * more than a few entries: small ones hold eight, and a machine's namespaces share one table.
 * `unheard`: no host is ever taught it · `silence`: taught, and nothing is said of it · `watch`: taught to those that
 * miss an announcement · `asker`: ours, for sweeping.
 */
export const services = ['unheard', 'silence', 'first', 'second', 'watch', 'asker'] as const;
export type ServiceName = (typeof services)[number];

/** The role that such an address has in the recording's plan. */
export const roleOf = (family: string, service: ServiceName): string => `${family} ${service}`;

/** A mark: from now on, what is said of a V is about a stimulus. */
export const roundMark = 'round';
/** In place of a stimulus: how long do those that miss the first of them go on? */
export const watchRound = 'watch';

export const roundDetail = (stimulus: string, service: string): string => `${stimulus} ${service}`;

/** What is said of a V between two moments. */
export interface Round {
  readonly service: string;
  readonly fromNs: number;
  readonly toNs: number;
}

/** By stimulus. Those of both families have ids of their own. */
export function roundsIn({ events }: Pick<Recording, 'events'>): ReadonlyMap<string, Round> {
  const rounds = new Map<string, Round>();
  /** What each V is about now. */
  const open = new Map<string, string>();
  for (const event of events) {
    if (event.kind !== 'mark' || event.name !== roundMark) continue;
    const [stimulus = '', service = ''] = (event.detail ?? '').split(' ');
    const before = rounds.get(open.get(service) ?? '');
    if (before) rounds.set(open.get(service) ?? '', { ...before, toNs: event.atNs });
    rounds.set(stimulus, { service, fromNs: event.atNs, toNs: Number.POSITIVE_INFINITY });
    open.set(service, stimulus);
  }
  return rounds;
}

/** Marks the end of everything that was to be sent: without it, the survey was cut short. */
export const completeMark = 'survey-complete';
/** What arp-fingerprint said of a host: `ADDRESS⇥BITS⇥GUESS`, as it prints it. */
export const fingerprintMark = 'arp-fingerprint';

/** Throws an Error where the recording is not a survey's. */
export function planOf(recording: Recording): Plan & { readonly players: Players } {
  const { addresses, params } = recording.plan;
  const { old, new: other, observer } = addresses;
  if (recording.caseId !== surveyCase || old === undefined || other === undefined || observer === undefined)
    throw new Error('This evidence is not a survey’s.');
  return { ...v.parse(PlanSchema, params), players: { old, new: other, observer } };
}
