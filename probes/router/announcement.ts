/** How a new owner announces V to a router, by ARP or neighbour advertisement. */
import type { Context } from '../../src/probe.js';
import { announce, commonForms, type Form, nameOf as nameOfForm } from '../host/announcement.js';
import type { Cast } from '../host/cast.js';
import {
  type Advertisement,
  advertise,
  nameOf as nameOfAdvertisement,
  plain,
} from '../host/neighbour/advertisement.js';

/** Sent so often in a row. */
export type Announcement = { readonly times: number } & (
  | { readonly arp: Form; readonly na?: undefined }
  | { readonly na: Advertisement; readonly arp?: undefined }
);

export const arp = (form: Form, times = 1): Announcement => ({ times, arp: form });
export const na = (form: Partial<Advertisement> = {}, times = 1): Announcement => ({
  times,
  na: { ...plain, ...form },
});

export const commonArp: readonly Announcement[] = commonForms.map((form) => arp(form));

export const frameOf = (context: Context, cast: Cast, what: Announcement): Uint8Array =>
  what.arp ? announce(context, cast, what.arp) : advertise(context, cast, what.na);

export function nameOf({ arp: form, na: advertisement, times }: Announcement): string {
  const name = form ? nameOfForm(form) : nameOfAdvertisement(advertisement);
  return times === 1 ? name : `${times} times ${name}`;
}
