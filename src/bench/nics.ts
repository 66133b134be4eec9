/** Makes the test NICs ready: silent, unaltered by offloads, up. Every change is journaled. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, BenchError } from './bench.js';
import { CommandError, command } from './command.js';
import type { Journal } from './journal.js';
import { activeOffloads, hasLink, isUp, type Link, ownAddresses, readLinks } from './links.js';
import { localPorts } from './safety.js';
import { disableIpv6Path, setDisableIpv6, setOffloads } from './undo.js';

export interface PrepareOptions {
  /** How long to wait for carrier; default 10000. */
  readonly linkDeadlineMs?: number;
}

/**
 * Prepares the bench's NICs on this machine and waits until each has carrier. Resolves to notes on what
 * couldn't be had but isn't needed. Rejects with a BenchError; what was changed is in the journal.
 */
export async function prepareNics(
  bench: Bench,
  journal: Journal,
  options: PrepareOptions = {},
): Promise<string[]> {
  const ports = localPorts(bench);
  const notes: string[] = [];
  const links = await readLinks();
  for (const { name, nic } of ports) {
    const link = links.find(({ ifname }) => ifname === nic);
    if (!link)
      throw new BenchError(`Port ${name} (${nic}) does not exist here; \`ip link\` lists the NICs that do.`);
    // In this order, so that the kernel says nothing when the link comes up.
    for (const step of [silence, unload, bringUp]) {
      const note = await step(link, journal);
      if (note) notes.push(`Port ${name} (${nic}): ${note}`);
    }
  }
  await waitForLink(ports, options.linkDeadlineMs ?? 10_000);
  return notes;
}

/** Switches IPv6 off: the kernel's own MLD reports and router solicitations teach a switch its address. */
async function silence(link: Link, journal: Journal): Promise<string | undefined> {
  const nic = link.ifname;
  const before = (await readFile(disableIpv6Path(nic), 'utf8').catch(() => '1')).trim();
  if (before !== '0') return undefined;
  // The kernel forgets the addresses of an interface on which IPv6 is disabled.
  const addresses = ownAddresses(link).filter((address) => address.includes(':'));
  if (addresses.length > 0) {
    return `IPv6 stays on, since it carries ${addresses.join(' and ')}; the kernel may send frames of its own.`;
  }
  await journal.change({ kind: 'ipv6', nic, before }, () => setDisableIpv6(nic, '1'));
  return undefined;
}

/** Turns offloads off, so that what is sent and captured is what crosses the wire. */
async function unload({ ifname: nic }: Link, journal: Journal): Promise<string | undefined> {
  try {
    const before = await activeOffloads(nic);
    if (before.length > 0) {
      await journal.change({ kind: 'offload', nic, before }, () => setOffloads(nic, before, 'off'));
    }
    const left = before.length > 0 ? await activeOffloads(nic) : [];
    return left.length > 0 ? `these offloads stay on: ${left.join(', ')}.` : undefined;
  } catch (error) {
    if (!(error instanceof CommandError) || error.reason === 'not-permitted') throw error;
    return `offloads stay as they are. ${error.message}`;
  }
}

async function bringUp(link: Link, journal: Journal): Promise<undefined> {
  if (isUp(link)) return;
  const nic = link.ifname;
  await journal.change({ kind: 'link', nic, before: 'down' }, async () => {
    await command('ip', ['link', 'set', 'dev', nic, 'up']);
  });
}

async function waitForLink(
  ports: readonly { name: string; nic: string }[],
  deadlineMs: number,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const links = await readLinks();
    const linked = new Set(links.filter(hasLink).map(({ ifname }) => ifname));
    const dark = ports.filter(({ nic }) => !linked.has(nic));
    if (dark.length === 0) return;
    if (performance.now() >= deadline) {
      const sentences = dark.map(
        ({ name, nic }) =>
          `Port ${name} (${nic}) has no link: plug the cable, or enable the port at its other end.`,
      );
      throw new BenchError(sentences.join('\n'));
    }
    await sleep(100);
  }
}
