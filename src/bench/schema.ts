/** The shape of a bench file, each value with the mend that its mistake is told with. */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { claims } from '../evidence/recording.js';
import { systemNames } from '../host/system-names.js';
import { deviceKinds, relearnLimit } from '../result.js';
import { blockMistake, type Family, isAddress } from './addresses.js';
import { type BenchPort, farPorts, interfaceName, portNames, type SshAccess } from './bench.js';
import { nearest } from './nearest.js';

/** Every value arrives as the text that the file holds, so a message is the same for each type. */
function said(value: unknown): string {
  if (value === null || value === '') return 'is empty';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object') return 'is a mapping';
  const text = JSON.stringify(value).slice(1, -1);
  return `is '${text.length > 60 ? `${text.slice(0, 60)}…` : text}'`;
}

const mend =
  (what: string) =>
  (issue: { readonly input: unknown }): string =>
    `${said(issue.input)}; ${what}.`;

const text = (what: string, valid: (text: string) => boolean) =>
  v.pipe(v.string(mend(what)), v.check(valid, mend(what)));

const line = text(
  'use 1 to 100 characters on one line',
  (value) => value.trim() !== '' && value.length <= 100 && !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(value),
);

const integer = (low: number, high: number, what: string) =>
  v.pipe(
    text(
      `use ${what} from ${low} to ${high}`,
      (value) => /^\d{1,9}$/.test(value) && Number(value) >= low && Number(value) <= high,
    ),
    v.transform(Number),
  );

/** What a line that was left out could look like. */
const examples: Readonly<Record<string, string>> = {
  bench: 'rack 7, north lab',
  ports: '{a: enp3s0f0, b: enp3s0f1}',
  a: 'enp3s0f0',
  devices: '[{kind: switch, vendor: Acme, model: S24, firmware: 4.2.1}]',
  kind: 'switch',
  vendor: 'Acme',
  model: 'S24',
  firmware: '4.2.1',
  interface: 'eth0',
  ssh: '{host: 10.0.0.5, user: lab}',
  host: '10.0.0.5',
  user: 'lab',
};

/** A mapping of known keys: it names the nearest one for a key that isn't, and shows one that is missing. */
function mapping<const Entries extends v.ObjectEntries>(entries: Entries) {
  const known = Object.keys(entries);
  const isMapping = v.custom<Record<string, unknown>>(
    (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
    mend(`use a mapping of ${known.join(', ')}`),
  );
  const object = v.strictObject(entries, (issue) => {
    const key = String(issue.path?.at(-1)?.key);
    if (issue.expected !== 'never') return `is missing; add it, like \`${key}: ${examples[key] ?? '…'}\`.`;
    const meant = nearest(key, known);
    return `is not known here; ${meant ? `did you mean ${meant}?` : `use one of ${known.join(', ')}.`}`;
  });
  return v.pipe(isMapping, object);
}

const list = <const Item extends v.GenericSchema>(item: Item, what: string) => v.array(item, mend(what));

/** What `dev_valid_name()` of Linux allows, less what no NIC is called and a command might misread. */
const nicName = text('use the name of a NIC, as `ip link` shows it', (value) =>
  /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(value),
);

/** A label of a GitHub runner or a tag of a GitLab one, less what a pipeline's file might misread. */
const runnerLabel = text('use a label of letters, digits, `.`, `_` and `-`', (value) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(value),
);

/** What a host or a router calls its interface. */
const interfaceOf = text(
  'use the name that the device has for it, like eth0 or GigabitEthernet0/1',
  (value) => interfaceName.test(value),
);

function systemMistake(input: unknown): string {
  const meant = typeof input === 'string' ? nearest(input, systemNames) : undefined;
  return meant
    ? `${said(input)}; did you mean ${meant}?`
    : mend(`use one of ${systemNames.join(', ')}`)({ input });
}

const sshHost = text(
  'use a host name or an IP address',
  (value) =>
    isAddress(value, 'ipv6') ||
    (value.length <= 253 && /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value)),
);

const sshUser = text('use a user name of letters, digits, `.`, `_` and `-`', (value) =>
  /^[A-Za-z_][A-Za-z0-9._-]{0,31}$/.test(value),
);

/** A bench file's schema. Every scalar comes as text; relative paths start at `directory`. Issues are
 *  what follows the value's path in a message: `is 'swich'; use one of …`. */
export function schemaFor(directory: string) {
  const path = v.pipe(
    text("use a file's path", (value) => value !== '' && value.length <= 4096 && !/\p{Cc}/u.test(value)),
    v.check((value) => !/^~[^/]/.test(value), mend('write the home folder out')),
    v.transform((value) => resolve(directory, value.replace(/^~(?=\/|$)/, homedir()))),
  );
  const ssh = mapping({
    host: sshHost,
    port: v.optional(integer(1, 65535, 'a TCP port'), '22'),
    user: sshUser,
    identity: v.exactOptional(path),
    knownHosts: v.optional(path, '~/.ssh/known_hosts'),
    jump: v.exactOptional(v.lazy((): v.GenericSchema<unknown, SshAccess> => ssh)),
  });
  const localPort = v.pipe(
    nicName,
    v.transform((nic) => ({ nic })),
  );
  const remotePort = v.pipe(
    mapping({ interface: nicName, ssh }),
    v.transform(({ interface: nic, ssh }) => ({ nic, ssh })),
  );
  const world = v.lazy(
    (input): v.GenericSchema<unknown, BenchPort> =>
      typeof input === 'object' && input !== null ? remotePort : localPort,
  );
  const block = (family: Family) =>
    v.pipe(
      v.string(mend('use an address block in CIDR notation')),
      v.rawCheck(({ dataset, addIssue }) => {
        const mistake = dataset.typed && blockMistake(dataset.value, family);
        if (mistake) addIssue({ message: mend(mistake)({ input: dataset.value }) });
      }),
    );
  const macText = 'use a station address like 00:00:5e:00:53:00';
  const stationAddress = v.pipe(
    // An odd first octet would be a group address.
    text(macText, (value) => /^[0-9a-f][02468ace]([:-][0-9a-f]{2}){5}$/i.test(value)),
    v.transform((value) => value.toLowerCase().replaceAll('-', ':')),
  );
  const vlanId = integer(1, 4094, 'a VLAN');
  const mac = mapping({
    first: stationAddress,
    count: integer(16, 65536, 'a number of addresses'),
  });
  const address = (family: Family) =>
    text(`use an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`, (value) => isAddress(value, family));
  const device = mapping({
    kind: v.picklist(deviceKinds, mend(`use one of ${deviceKinds.join(', ')}`)),
    vendor: line,
    model: line,
    hardware: v.exactOptional(line),
    firmware: line,
    conditions: v.optional(
      v.pipe(
        v.custom<Record<string, unknown>>(
          (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
          mend('use a mapping, like {port-security: off}'),
        ),
        v.record(line, line),
      ),
      {},
    ),
    ipv4: v.exactOptional(address('ipv4')),
    ipv6: v.exactOptional(address('ipv6')),
    interface: v.exactOptional(interfaceOf),
    far: v.exactOptional(
      mapping({
        port: v.picklist(farPorts, mend(`use one of ${farPorts.join(', ')}`)),
        ipv4: v.exactOptional(address('ipv4')),
        ipv6: v.exactOptional(address('ipv6')),
      }),
    ),
    port: v.exactOptional(v.picklist(portNames, mend(`use one of ${portNames.join(', ')}`))),
    ssh: v.exactOptional(ssh),
    system: v.exactOptional(v.picklist(systemNames, ({ input }) => systemMistake(input))),
    mac: v.exactOptional(stationAddress),
    timers: v.optional(
      mapping({
        ageingS: v.exactOptional(integer(1, 1_000_000, 'whole seconds')),
        groupMembershipS: v.exactOptional(integer(1, 100_000, 'whole seconds')),
        forwardDelayS: v.exactOptional(integer(0, 60, 'whole seconds')),
        moveWindowS: v.exactOptional(integer(1, 3_600, 'whole seconds')),
        neighbourS: v.exactOptional(integer(1, 100_000, 'whole seconds')),
      }),
      {},
    ),
    services: v.optional(
      mapping({
        tcp: v.exactOptional(integer(1, 65535, 'a TCP port')),
        udpEcho: v.exactOptional(integer(1, 65535, 'a UDP port')),
        flush: v.exactOptional(integer(1, 65535, 'a TCP port')),
      }),
      {},
    ),
    claims: v.exactOptional(
      list(v.picklist(claims, mend(`use one of ${claims.join(', ')}`)), 'use a list, like [rfc5227]'),
    ),
    tableSize: v.exactOptional(integer(1, 10_000_000, 'a number of stations')),
    vlans: v.exactOptional(
      mapping({
        native: v.optional(vlanId, '1'),
        tagged: v.pipe(
          list(vlanId, 'use a list of two VLANs or more, like [10, 20]'),
          v.minLength(2, 'is too short; use a list of two VLANs or more, like [10, 20].'),
        ),
      }),
    ),
  });
  const declaringDevice = v.pipe(
    device,
    v.transform(({ mac, timers, tableSize, vlans, services, claims: claimed, ...rest }) => ({
      ...rest,
      declared: {
        ...(timers.ageingS !== undefined && { ageingMs: timers.ageingS * 1000 }),
        ...(timers.groupMembershipS !== undefined && { groupMembershipMs: timers.groupMembershipS * 1000 }),
        ...(timers.forwardDelayS !== undefined && { forwardDelayMs: timers.forwardDelayS * 1000 }),
        ...(timers.moveWindowS !== undefined && { moveWindowMs: timers.moveWindowS * 1000 }),
        ...(timers.neighbourS !== undefined && { neighbourMs: timers.neighbourS * 1000 }),
        ...(mac !== undefined && { mac }),
        ...(tableSize !== undefined && { tableSize }),
        ...(vlans !== undefined && { vlans }),
        ...(services.tcp !== undefined && { tcpPort: services.tcp }),
        ...(services.udpEcho !== undefined && { udpEchoPort: services.udpEcho }),
        ...(services.flush !== undefined && { flushPort: services.flush }),
        ...(claimed !== undefined && { claims: claimed }),
      },
    })),
  );
  return mapping({
    bench: line,
    ports: mapping({
      a: localPort,
      b: v.exactOptional(localPort),
      world: v.exactOptional(world),
      monitor: v.exactOptional(localPort),
    }),
    addresses: v.optional(
      mapping({
        ipv4: v.optional(block('ipv4'), '192.0.2.0/24'),
        ipv6: v.optional(block('ipv6'), '2001:db8::/64'),
        mac: v.exactOptional(mac),
      }),
      {},
    ),
    limits: v.optional(
      mapping({
        relearnMs: v.optional(
          integer(relearnLimit.leastMs, relearnLimit.mostMs, 'whole milliseconds'),
          String(relearnLimit.usualMs),
        ),
      }),
      {},
    ),
    /** Read by `readProfiles`: a profile has a schema of its own. */
    profiles: v.optional(list(v.unknown(), 'use a list of takeover profiles'), []),
    allow: v.optional(list(nicName, 'use a list of NICs, like [eth0]'), []),
    /** For `takeover benches`: the labels of the CI runner that the bench is cabled to. */
    runner: v.exactOptional(
      v.pipe(
        list(runnerLabel, 'use a list of labels, like [self-hosted, rack-7]'),
        v.minLength(1, 'is an empty list; remove it, or name the labels of the runner.'),
      ),
    ),
    devices: v.pipe(
      list(declaringDevice, 'use a list of devices'),
      v.minLength(1, 'is an empty list; add the device that is tested.'),
    ),
  });
}
