/** Who takes part in a takeover: the service address V, its old and its new owner, and the host under test. */
import type { Context, PortName } from '../../src/probe.js';

/** The roles of one takeover within a case; a case with several numbers them. */
export interface Roles {
  readonly service: string;
  readonly old: string;
  readonly new: string;
}

export const roles: Roles = { service: 'service', old: 'old', new: 'new' };

export function numberedRoles(n: number): Roles {
  return { service: `service-${n}`, old: `old-${n}`, new: `new-${n}` };
}

export type Family = 'ipv4' | 'ipv6';

/** The four addresses of a takeover, taken from the bench's pools. */
export interface Cast {
  readonly service: string;
  readonly old: string;
  readonly new: string;
  readonly host: string;
}

export function castOf(context: Context, family: Family = 'ipv4', names: Roles = roles): Cast {
  const host = context.host[family];
  if (host === undefined) throw new Error(`The host under test has no ${family} address.`);
  const service = family === 'ipv4' ? context.ipv4(names.service) : context.ipv6(names.service);
  return { service, old: context.mac(names.old), new: context.mac(names.new), host };
}

export const oldPort: PortName = 'a';

/** A bench with one port plays both stations there. */
export function newPort(context: Pick<Context, 'has'>): PortName {
  return context.has('b') ? 'b' : 'a';
}
