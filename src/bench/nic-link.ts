/** Takes the link of a test NIC down and up again: to the device under test, its cable is pulled and plugged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from './bench.js';
import { command } from './command.js';
import type { Journal } from './journal.js';
import { hasLink, isUp, readLinks } from './links.js';

export interface LocalNic {
  /** The bench's name of the port. */
  readonly name: string;
  readonly nic: string;
}

/** A link that is set up negotiates for seconds, on copper; what takes longer than this won't come. */
const linkDeadlineMs = 10_000;
const lookEveryMs = 20;

/** Takes the NIC administratively down, which drops the carrier; it is in the journal before it is done. Resolves when
 *  the NIC says that it is down. */
export async function takeNicDown({ name, nic }: LocalNic, journal: Journal): Promise<void> {
  await journal.change({ kind: 'link', nic, before: 'up' }, async () => {
    await command('ip', ['link', 'set', 'dev', nic, 'down']);
  });
  await until(nic, (link) => !isUp(link) && !hasLink(link), `Port ${name} (${nic}) does not go down`);
}

/** Puts the NIC administratively up. Its link may take seconds more: `nicHasLink` waits for that. */
export async function bringNicUp({ nic }: LocalNic): Promise<void> {
  await command('ip', ['link', 'set', 'dev', nic, 'up']);
}

/** Resolves when the NIC says that it has a link. Rejects with a BenchError when it has none in time. */
export async function nicHasLink({ name, nic }: LocalNic): Promise<void> {
  await until(
    nic,
    hasLink,
    `Port ${name} (${nic}) has no link ${linkDeadlineMs / 1000} s after it was taken up again: the device may have ` +
      'shut its port (look for `err-disabled` there, and enable it)',
  );
}

async function until(
  nic: string,
  holds: (link: Awaited<ReturnType<typeof readLinks>>[number]) => boolean,
  otherwise: string,
): Promise<void> {
  const endMs = performance.now() + linkDeadlineMs;
  for (;;) {
    const link = (await readLinks()).find(({ ifname }) => ifname === nic);
    if (!link)
      throw new BenchError(`There is no NIC ${nic} here any more; \`ip link\` lists those that are.`);
    if (holds(link)) return;
    if (performance.now() > endMs) throw new BenchError(`${otherwise}.`);
    await sleep(lookEveryMs);
  }
}
