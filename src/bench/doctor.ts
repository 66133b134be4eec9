/** Looks at everything that a run depends on, short of sending a frame. */
import { existsSync } from 'node:fs';
import { mkdir, stat, statfs } from 'node:fs/promises';
import type { Bench, SshAccess } from './bench.js';
import { command, permissionMend } from './command.js';
import { benchWarnings, sshAccesses } from './file.js';
import { staleJournals } from './journal.js';
import { activeOffloads, hasLink, isUp, readLinks } from './links.js';
import { nicHolders } from './lock.js';
import { localPorts, missingCapabilities, nicMistakes, sshMistakes } from './safety.js';
import { stateFolder } from './state.js';

export interface Check {
  readonly id: string;
  /** Null: it couldn't be told, or isn't needed. */
  readonly ok: boolean | null;
  readonly text: string;
  readonly mend?: string;
}

export interface DoctorOptions {
  /** Logs in and out again; rejects with a sentence. Without it, reachability isn't checked. */
  readonly ssh?: (access: SshAccess) => Promise<void>;
  readonly state?: string;
  /** The folder that results are written to; default the current one. */
  readonly out?: string;
}

const good = (id: string, text: string): Check => ({ id, ok: true, text });
const bad = (id: string, text: string, mend?: string): Check => ({
  id,
  ok: false,
  text,
  ...(mend && { mend }),
});
const unknown = (id: string, text: string): Check => ({ id, ok: null, text });

/** Each mistake as a check; when there is none, that all is well. */
const checksOf = (id: string, mistakes: readonly string[], well: string): Check[] =>
  mistakes.length === 0 ? [good(id, well)] : mistakes.map((mistake) => bad(id, mistake));

const because = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function libpcap(): Promise<Check[]> {
  const mend = 'install libpcap (Debian: libpcap0.8, Fedora: libpcap), or run with --driver cap';
  const koffi = await import('koffi').catch(() => undefined);
  if (!koffi) return [bad('libpcap', 'koffi has no binary for this system.', 'Run with --driver cap.')];
  // The soname is libpcap.so.0.8 on Debian and its kin, libpcap.so.1 elsewhere.
  for (const name of ['libpcap.so.1', 'libpcap.so.0.8']) {
    try {
      const version = koffi.default.load(name).func('const char *pcap_lib_version()')() as string;
      return [good('libpcap', `${version}.`)];
    } catch {
      // The other name may do.
    }
  }
  return [bad('libpcap', 'libpcap is not installed.', `${mend}.`)];
}

async function permission(): Promise<Check[]> {
  const lacking = await missingCapabilities();
  if (lacking.length === 0) return [good('permission', 'This process may use NICs.')];
  return [
    bad(
      'permission',
      `This process lacks ${lacking.join(' and ')}.`,
      `${permissionMend.replace('run', 'Run')}.`,
    ),
  ];
}

async function nics(bench: Bench): Promise<Check[]> {
  return checksOf('nics', await nicMistakes(bench), 'Every NIC exists and is free to use.');
}

async function links(bench: Bench): Promise<Check[]> {
  const present = await readLinks();
  return localPorts(bench).flatMap(({ name, nic }) => {
    const link = present.find(({ ifname }) => ifname === nic);
    if (!link) return [];
    const of = `Port ${name} (${nic})`;
    if (hasLink(link)) return [good('link', `${of} has link.`)];
    if (!isUp(link))
      return [unknown('link', `${of} is down, so its link can't be seen; a run brings it up.`)];
    return [bad('link', `${of} has no link.`, 'Plug the cable, or enable the port at its other end.')];
  });
}

async function offloads(bench: Bench): Promise<Check[]> {
  const present = await readLinks();
  const ports = localPorts(bench).filter(({ nic }) => present.some(({ ifname }) => ifname === nic));
  return Promise.all(
    ports.map(async ({ name, nic }) => {
      const active = await activeOffloads(nic);
      const of = `Port ${name} (${nic})`;
      return active.length === 0
        ? good('offloads', `${of} has no offload on.`)
        : unknown('offloads', `${of} has ${active.length} offloads on; a run turns them off and back on.`);
    }),
  );
}

async function ssh(bench: Bench, login: DoctorOptions['ssh']): Promise<Check[]> {
  const checks = sshAccesses(bench).map(async (access): Promise<Check[]> => {
    const of = `${access.user}@${access.host}`;
    const mistakes = await sshMistakes(access);
    if (mistakes.length > 0) return mistakes.map((mistake) => bad('ssh', mistake));
    const open = access.identity !== undefined && ((await stat(access.identity)).mode & 0o077) !== 0;
    if (open) {
      return [bad('ssh', `Others may read ${access.identity}.`, `Run: chmod 600 ${access.identity}`)];
    }
    if (!login) return [unknown('ssh', `${of} was not tried.`)];
    return login(access).then(
      () => [good('ssh', `${of} answers.`)],
      (error) => [bad('ssh', `${of}: ${because(error)}`)],
    );
  });
  return (await Promise.all(checks)).flat();
}

async function clock(): Promise<Check[]> {
  // Nothing here was built before this year: an earlier date is a clock that was never set.
  if (new Date().getFullYear() < 2025) {
    return [bad('clock', `The clock says ${new Date().toISOString()}.`, 'Set it: results carry its time.')];
  }
  const synchronised = await command('timedatectl', ['show', '--property=NTPSynchronized', '--value']).catch(
    () => '',
  );
  if (synchronised.trim() === 'yes') return [good('clock', 'The clock is synchronised.')];
  return [
    unknown(
      'clock',
      'Whether the clock is synchronised is not known; a step of it during a run spoils times.',
    ),
  ];
}

const neededBytes = 200_000_000;

async function disk(folders: readonly string[]): Promise<Check[]> {
  const checks = folders.map(async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    const text = `${folder} has ${Math.floor((bavail * bsize) / 1e6)} MB free.`;
    return bavail * bsize >= neededBytes
      ? good('disk', text)
      : bad('disk', text, 'Make room: a run may need 200 MB.');
  });
  return Promise.all(checks);
}

async function journal(state: string): Promise<Check[]> {
  const stale = await staleJournals(state);
  if (stale.length === 0) return [good('journal', 'No run left anything to undo.')];
  return stale.map((text) => bad('journal', text, 'Run `takeover restore`.'));
}

async function holders(bench: Bench, state: string): Promise<Check[]> {
  const present = new Set((await readLinks()).map(({ ifname }) => ifname));
  const nics = localPorts(bench).flatMap(({ nic }) => (present.has(nic) ? [nic] : []));
  return checksOf('lock', await nicHolders(nics, state), 'No other run holds a NIC of this bench.');
}

function addresses(bench: Bench): Check[] {
  const warnings = benchWarnings(bench);
  if (warnings.length === 0)
    return [good('addresses', 'Only addresses set aside for documentation are used.')];
  return warnings.map((text) => unknown('addresses', text));
}

/** Checks what a run of this bench depends on; changes nothing but to make the state folder. Never rejects. */
export async function doctor(bench: Bench, options: DoctorOptions = {}): Promise<Check[]> {
  const state = options.state ?? stateFolder();
  const out = existsSync(options.out ?? '.') ? (options.out ?? '.') : '.';
  const checks: [string, () => Promise<Check[]> | Check[]][] = [
    ['libpcap', libpcap],
    ['permission', permission],
    ['nics', () => nics(bench)],
    ['link', () => links(bench)],
    ['offloads', () => offloads(bench)],
    ['addresses', () => addresses(bench)],
    ['ssh', () => ssh(bench, options.ssh)],
    ['clock', clock],
    [
      'disk',
      async () => {
        await mkdir(state, { recursive: true, mode: 0o700 });
        return disk([out, state]);
      },
    ],
    ['journal', () => journal(state)],
    ['lock', () => holders(bench, state)],
  ];
  const results: Check[] = [];
  for (const [id, check] of checks) {
    // What can't be checked is told, and the rest is checked all the same.
    results.push(
      ...(await Promise.resolve()
        .then(check)
        .catch((error) => [unknown(id, because(error))])),
    );
  }
  return results;
}
