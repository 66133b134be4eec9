/**
 * A takeover profile: which frames a failover software sends when it takes over, and when. The catalogue
 * (`catalogue.ts`) holds those of well-known software; a bench file may add its own, in the same words.
 * Messages are what an error in a bench file ends with: `is 'x'; use …`.
 */
import * as v from 'valibot';

const longestMs = 600_000;

const text = v.pipe(
  v.string('use text'),
  v.minLength(1, 'use 1 to 400 characters'),
  v.maxLength(400, 'use 1 to 400 characters'),
);

const integer = (low: number, high: number, what: string) => {
  const message = `use ${what} from ${low} to ${high}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message));
};

const milliseconds = (low: number) => {
  const message = `use milliseconds from ${low} to ${longestMs}`;
  return v.pipe(v.number(message), v.minValue(low, message), v.maxValue(longestMs, message));
};

const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** `station`: any station's address, its NIC's own; or the address of a virtual router. */
const movedMessage = 'use `station`, or the virtual router’s address, like 00:00:5e:00:01:33';
const Moved = v.union(
  [v.literal('station'), v.pipe(v.string(), v.regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/))],
  movedMessage,
);

export const macRoles = ['moved', 'returning', 'nic', 'broadcast', 'zero'] as const;

const macMessage = `use one of ${macRoles.join(', ')}, or an address like 00:00:5e:00:53:01`;

/**
 * A link-layer address. `moved`: the one that is taken over. `returning`: the one that the other owner takes in
 * exchange. `nic`: the sending NIC's own, which stays.
 */
const Mac = v.union([v.picklist(macRoles), v.pipe(v.string(), v.regex(macPattern))], macMessage);

export const frameKinds = [
  'arp-request',
  'arp-reply',
  'rarp-request',
  'rarp-reply',
  'neighbour-advertisement',
  'vrrp-advertisement',
  'carp-advertisement',
  'datagram',
] as const;

export const familyNames = ['ipv4', 'ipv6'] as const;

const flagsMessage = 'use the flags that are set, of R, S and O in this order, like RO';
const ipMessage = 'use one of service, link-local, zero';

const frameEntries = {
  frame: v.picklist(frameKinds, `use one of ${frameKinds.join(', ')}`),
  /** The Ethernet source; default `moved`. */
  source: v.exactOptional(Mac),
  /** The Ethernet destination; default broadcast, or the group that such a frame goes to. */
  destination: v.exactOptional(Mac),
  /** ARP: sender and target hardware address; default the source, and `zero`. */
  sha: v.exactOptional(Mac),
  tha: v.exactOptional(Mac),
  /** Sender protocol address of ARP, and source of a neighbour advertisement; default `service`, in RARP `zero`. */
  sender: v.exactOptional(v.picklist(['service', 'link-local', 'zero'], ipMessage)),
  /** Neighbour advertisements; default O. */
  flags: v.exactOptional(v.pipe(v.string(flagsMessage), v.regex(/^R?S?O?$/, flagsMessage))),
  /** The target link-layer address of a neighbour advertisement; default the source. `none`: no such option. */
  option: v.exactOptional(v.union([v.literal('none'), Mac], `${macMessage}, or none`)),
  /** VRRP: 2 or 3; default 2 for IPv4. */
  version: v.exactOptional(integer(2, 3, 'a version')),
  virtualRouter: v.exactOptional(integer(1, 255, 'a virtual router')),
  vlan: v.exactOptional(
    v.strictObject({
      id: integer(0, 4094, 'a VLAN'),
      priority: v.exactOptional(integer(0, 7, 'a priority')),
    }),
  ),
  /** What the software pads the frame to; default none: the NIC does. */
  octets: v.exactOptional(integer(42, 1514, 'octets without the FCS')),
};

export const SteadySchema = v.strictObject({
  ...frameEntries,
  everyMs: milliseconds(1),
});

export const AnnouncementSchema = v.strictObject({
  ...frameEntries,
  /** Who sends it; default the new owner. */
  from: v.exactOptional(v.picklist(['new', 'old'], 'use one of new, old')),
  /** When each round of it begins, counted from the takeover. */
  atMs: v.pipe(
    v.array(milliseconds(0), 'use a list of milliseconds, like [0, 5000]'),
    v.minLength(1, 'use a list of milliseconds, like [0, 5000]'),
    v.maxLength(200, 'use 200 times at most'),
  ),
  /** How often it is said in each round; default once. */
  repeat: v.exactOptional(integer(1, 1000, 'a number of frames')),
  /** Between the frames of a round; default 0. */
  gapUs: v.exactOptional(integer(0, 1_000_000, 'microseconds')),
  /** Fields that no source confirms. */
  unconfirmed: v.exactOptional(v.array(text, 'use a list of fields, like [atMs]')),
});

export const ProfileSchema = v.strictObject({
  name: v.pipe(
    v.string('use lower-case letters, digits and hyphens, like my-cluster'),
    v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'use lower-case letters, digits and hyphens, like my-cluster'),
    v.maxLength(60, 'use 60 characters at most'),
  ),
  title: text,
  /** Where its facts were read, or how they were seen. */
  source: text,
  family: v.picklist(familyNames, `use one of ${familyNames.join(', ')}`),
  /** The address that clients send to, and that the takeover moves. */
  moved: v.optional(Moved, 'station'),
  /** How many service addresses are announced; default one. */
  addresses: v.exactOptional(integer(1, 64, 'a number of addresses')),
  /** In a round: each address in turn and that again (`rounds`, the default), or one address after the other. */
  order: v.exactOptional(v.picklist(['rounds', 'addresses'], 'use one of rounds, addresses')),
  /** Empty: nothing is said. Frames of one moment leave in the order of this list. */
  announcements: v.pipe(
    v.array(AnnouncementSchema, 'use a list of announcements'),
    v.maxLength(50, 'use 50 announcements at most'),
  ),
  /** What the owner sends all the time; absent: datagrams. */
  steady: v.exactOptional(SteadySchema),
  /** How often it announces again while it is the owner; not replayed. */
  refreshMs: v.exactOptional(milliseconds(1)),
  /** What the old owner does: says nothing (the default), or loses its link. One that goes on speaking is
   *  what `switch/last-speaker` is about. */
  oldOwner: v.exactOptional(v.picklist(['silent', 'link-down'], 'use one of silent, link-down')),
  /** The new owner's link comes up this long before it announces itself. */
  afterLinkUpMs: v.exactOptional(milliseconds(0)),
});

/** The catalogue, and the JSON Schema that is handed out. */
export const ProfilesSchema = v.array(ProfileSchema);

export type Profile = v.InferOutput<typeof ProfileSchema>;
export type Announcement = v.InferOutput<typeof AnnouncementSchema>;
export type Steady = v.InferOutput<typeof SteadySchema>;
export type ProfileFrame = Omit<Steady, 'everyMs'>;
export type MacRole = (typeof macRoles)[number];

/** Each of a profile's fields that no source confirms, like `announcements[0].atMs`. */
export function unconfirmed({ announcements }: Profile): string[] {
  return announcements.flatMap((entry, index) =>
    (entry.unconfirmed ?? []).map((field) => `announcements[${index}].${field}`),
  );
}

/** A value as a profile; undefined where it is none. */
export function readProfile(value: unknown): Profile | undefined {
  const read = v.safeParse(ProfileSchema, value);
  return read.success ? read.output : undefined;
}
