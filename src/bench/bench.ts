/** What a bench file says, checked: `file.ts` reads it, `safety.ts` judges it, the engine opens it. */
import type { Declared } from '../evidence/recording.js';
import type { SystemName } from '../host/system-names.js';
import type { Profile } from '../profiles/profile.js';
import type { DeviceKind } from '../result.js';

export const portNames = ['a', 'b', 'world', 'monitor'] as const;
export type PortName = (typeof portNames)[number];

/** How to reach a machine over SSH. Paths are absolute: `~` and relative paths are resolved. */
export interface SshAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key; absent: the agent named by SSH_AUTH_SOCK. */
  readonly identity?: string;
  readonly knownHosts: string;
  /** The machine that the way leads through; it may have one of its own. */
  readonly jump?: SshAccess;
}

/** What hosts and routers call their interfaces: `eth0`, `ge-0/0/1.0`, `GigabitEthernet0/1`, `Ethernet 2`. */
export const interfaceName = /^[A-Za-z0-9][\w .:/()-]{0,63}$/;

/** A NIC of this machine. */
export interface LocalPort {
  readonly nic: string;
}

/** A NIC of another machine, which sends and captures for us over SSH. */
export interface RemotePort {
  readonly nic: string;
  readonly ssh: SshAccess;
}

export type BenchPort = LocalPort | RemotePort;

/** The ports that can be at a router's far side: a and b are where old and new owner live. */
export const farPorts = ['world', 'monitor'] as const;

/** A router's side away from the network under test, where the client is that it forwards for. */
export interface BenchFar {
  readonly port: (typeof farPorts)[number];
  /** The router's addresses there. */
  readonly ipv4?: string;
  readonly ipv6?: string;
}

export interface BenchDevice {
  readonly kind: DeviceKind;
  readonly vendor: string;
  readonly model: string;
  readonly hardware?: string;
  readonly firmware: string;
  readonly conditions: Readonly<Record<string, string>>;
  /** Hosts and routers: the addresses it answers at, on the network under test. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** Routers: its side away from the network under test, and our port there. */
  readonly far?: BenchFar;
  /** NICs: the port whose NIC it is; default a. */
  readonly port?: PortName;
  /** Hosts and routers: its interface on the network under test, as it calls it: whose entries count. */
  readonly interface?: string;
  readonly ssh?: SshAccess;
  /** What runs on it, where it should not be asked: how its neighbour cache is read over SSH. */
  readonly system?: SystemName;
  /** What can't be seen from outside in bearable time, or at all. */
  readonly declared: Declared;
}

export interface Bench {
  readonly name: string;
  /** `a` and `b` are always there for a switch; a host can be judged through `a` alone. */
  readonly ports: Readonly<Partial<Record<PortName, BenchPort>>> & { readonly a: BenchPort };
  readonly addresses: {
    /** CIDR, like `192.0.2.0/24`. */
    readonly ipv4: string;
    readonly ipv6: string;
    /** First of a block of station addresses and its size; default 00:00:5e:00:53:00, 256 (RFC 7042). */
    readonly mac: { readonly first: string; readonly count: number };
  };
  readonly limits: { readonly relearnMs: number };
  /** NICs that may be used although they carry the default route or an address: named by the operator. */
  readonly allowNics: readonly string[];
  readonly devices: readonly BenchDevice[];
  /** Labels of the CI runner that the bench is cabled to; absent: derived from its name. */
  readonly runner?: readonly string[];
  /** The operator's own takeover profiles, beside those of the catalogue. */
  readonly profiles?: readonly Profile[];
}

/** A device that has addresses, a neighbour cache, and answers: a node (RFC 8200 §2). */
export const isNode = ({ kind }: Pick<BenchDevice, 'kind'>): boolean => kind === 'host' || kind === 'router';

/** The port whose NIC is under test, and the one that it is observed from; undefined where there is no other. */
export function nicPorts(
  { ports }: Pick<Bench, 'ports'>,
  { port = 'a' }: Pick<BenchDevice, 'port'>,
): { readonly port: PortName; readonly observer: PortName | undefined } {
  const observers: readonly PortName[] = ['b', 'world', 'a', 'monitor'];
  return { port, observer: observers.find((other) => other !== port && ports[other] !== undefined) };
}

/** A mistake in a bench file or on the bench, as a sentence with its mend. Exit code 2. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
