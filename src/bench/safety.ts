/** Refuses a bench whose NICs are somebody else's: this tool takes over addresses. */
import { access, constants, readFile, stat } from 'node:fs/promises';
import { type Bench, BenchError, portNames, type SshAccess } from './bench.js';
import { permissionMend } from './command.js';
import { sshAccesses } from './file.js';
import { defaultRouteNics, isEthernet, type Link, readLinks, reasonsAgainst } from './links.js';

/** The bench's ports on this machine, in the order of their names. */
export function localPorts(bench: Bench): { name: string; nic: string }[] {
  return portNames.flatMap((name) => {
    const port = bench.ports[name];
    return port && !('ssh' in port) ? [{ name, nic: port.nic }] : [];
  });
}

/** What is wrong with a bench's local NICs, a sentence with its mend each. */
export async function nicMistakes(bench: Bench): Promise<string[]> {
  const ports = localPorts(bench);
  const [links, defaultRoutes] = await Promise.all([readLinks(), defaultRouteNics()]);
  return ports.flatMap(({ name, nic }) => {
    const of = `Port ${name} (${nic})`;
    const link = links.find(({ ifname }) => ifname === nic);
    if (!link) return [missing(of, nic, links)];
    if (!isEthernet(link)) return [`${of} is not Ethernet (${link.link_type}); name an Ethernet NIC.`];
    if (bench.allowNics.includes(nic)) return [];
    return reasonsAgainst(link, links, defaultRoutes).map(
      (reason) =>
        `${of} ${reason}; name another NIC, or, if it may be used all the same, add \`allow: [${nic}]\`.`,
    );
  });
}

function missing(of: string, nic: string, links: readonly Link[]): string {
  const alias = links.find(({ altnames }) => altnames.includes(nic));
  if (alias) return `${of} is another name of ${alias.ifname}; write ${alias.ifname}.`;
  const names = links.filter(isEthernet).map(({ ifname }) => ifname);
  const there = names.length > 0 ? `there are ${names.join(', ')}` : 'there is no Ethernet NIC';
  return `${of} does not exist here; ${there}.`;
}

/** What is wrong with the files that an SSH access needs, a sentence with its mend each. */
export async function sshMistakes(ssh: SshAccess): Promise<string[]> {
  const login = `ssh -p ${ssh.port} ${ssh.user}@${ssh.host}`;
  const unreadable = async (path: string) => {
    try {
      if (!(await stat(path)).isFile()) return 'is not a file';
      await access(path, constants.R_OK);
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : "can't be read";
    }
  };
  const mistakes: string[] = [];
  if (ssh.identity) {
    const why = await unreadable(ssh.identity);
    if (why)
      mistakes.push(
        `The identity ${ssh.identity} for ${ssh.host} ${why}; name the private key that logs in.`,
      );
  } else if (!process.env.SSH_AUTH_SOCK) {
    mistakes.push(`No identity is named for ${ssh.host} and no SSH agent runs; add \`identity\` to its ssh.`);
  }
  const why = await unreadable(ssh.knownHosts);
  if (why) {
    mistakes.push(
      `${ssh.knownHosts} ${why}; verify the host key of ${ssh.host} by logging in once: ${login}`,
    );
  }
  return mistakes;
}

/** Bits of CapEff in /proc/self/status: capabilities(7), linux/capability.h. */
const capabilities = { CAP_NET_ADMIN: 12n, CAP_NET_RAW: 13n } as const;

/** Names of the capabilities that the wires need and this process lacks. */
export async function missingCapabilities(): Promise<string[]> {
  const [, mask] = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  const held = BigInt(`0x${mask ?? '0'}`);
  return Object.entries(capabilities).flatMap(([name, bit]) => ((held >> bit) & 1n ? [] : [name]));
}

/**
 * Checks that the bench may be used: permissions, NICs, SSH files. Throws a BenchError that names
 * everything that is wrong, a line each, and changes nothing.
 */
export async function checkSafety(bench: Bench): Promise<void> {
  const lacking = localPorts(bench).length > 0 ? await missingCapabilities() : [];
  const mistakes = [
    ...(lacking.length > 0
      ? [`Not permitted to use NICs (no ${lacking.join(', ')}): ${permissionMend}.`]
      : []),
    ...(await nicMistakes(bench)),
    ...(await Promise.all(sshAccesses(bench).map(sshMistakes))).flat(),
  ];
  if (mistakes.length > 0) throw new BenchError([...new Set(mistakes)].join('\n'));
}
