/** A device in one line: what somebody compares first. Pure. */
import type { Entry, HardwareList } from '../list/schema.js';
import { firstQuantity, quantityOf } from '../report/measured.js';
import { deviceName, formatMeasurement, sizeOf, type TonedWord } from '../report/words.js';
import { type Device, type DeviceKind, deviceKinds } from '../result.js';
import { dayOf, listStatusWords, staleness, tierWords } from './list-words.js';
import { worksCount, worksWith } from './works-with.js';

export interface DeviceRow {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly kind: DeviceKind;
  /** `NIC`. */
  readonly kindWord: string;
  readonly hardware: string;
  readonly firmware: string;
  /** `port-security off, stp rapid`; empty: as it came. */
  readonly conditions: string;
  readonly status: Entry['status'];
  readonly said: TonedWord;
  /** The longest that was measured: `8.8 µs`; null: it was not. */
  readonly relearn: string | null;
  readonly relearnNs: number | null;
  /** A letter for each of `announcers`; empty where no case of the kind tells. */
  readonly announcers: string;
  /** `14 of 28`. */
  readonly works: string | null;
  readonly tier: number;
  readonly tierWord: string;
  readonly tested: string;
  /** Why it is stale, a sentence. */
  readonly stale: string | null;
}

/** How each kind of device is called, one of it and several. */
export const kindWords: Readonly<Record<DeviceKind, { one: string; many: string }>> = {
  switch: { one: 'switch', many: 'Switches' },
  host: { one: 'host', many: 'Hosts' },
  router: { one: 'router', many: 'Routers' },
  nic: { one: 'NIC', many: 'NICs' },
};

/** All entries in one line each, by kind, vendor and model, and what is newest first. */
export function deviceRows(list: HardwareList, now: string): DeviceRow[] {
  const answers = worksWith(list.catalogue);
  const collator = new Intl.Collator('en', { numeric: true });
  const order = (x: DeviceRow, y: DeviceRow) =>
    deviceKinds.indexOf(x.kind) - deviceKinds.indexOf(y.kind) ||
    collator.compare(x.name, y.name) ||
    collator.compare(x.hardware, y.hardware) ||
    collator.compare(y.firmware, x.firmware) ||
    (x.id < y.id ? -1 : 1);
  return list.entries.map((entry) => rowOf(entry, now, answers)).sort(order);
}

function rowOf(entry: Entry, now: string, answers: ReturnType<typeof worksWith>): DeviceRow {
  const { id, device, status, confidence, outcomes } = entry;
  const letters = answers(device.kind, outcomes);
  const count = worksCount(letters);
  const relearn = relearnTime(entry);
  return {
    id,
    name: deviceName(device),
    vendor: device.vendor,
    kind: device.kind,
    kindWord: kindWords[device.kind].one,
    hardware: device.hardware ?? '',
    firmware: device.firmware,
    conditions: conditionsText(device),
    status,
    said: listStatusWords[status],
    relearn: relearn ? formatMeasurement(relearn).value : null,
    relearnNs: relearn ? sizeOf(relearn) : null,
    announcers: letters,
    works: count ? `${count.works} of ${count.tried}` : null,
    tier: confidence.tier,
    tierWord: tierWords[confidence.tier],
    tested: dayOf(confidence.lastTested),
    stale: staleness(entry, now) ?? null,
  };
}

/** The settings under which it was tested: another setting is another entry. */
export const conditionsText = ({ conditions }: Device): string =>
  Object.entries(conditions)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** How long it takes until a device follows: the quantity that tells it. */
const followed: Readonly<Partial<Record<DeviceKind, string>>> = {
  switch: firstQuantity,
  host: 'followed',
  router: 'followed',
};

/** The longest that the list tells. */
function relearnTime({ device, measurements }: Entry): Entry['measurements'][number] | undefined {
  const taken = measurements.filter((m) => quantityOf(m) === followed[device.kind]);
  return taken.sort((x, y) => sizeOf(y) - sizeOf(x))[0];
}
