/** Whether a port has a link, as its NIC says: a switch that shuts a port takes the link down. */
import { hasLink, readLinks } from '../bench/links.js';
import type { Session } from '../evidence/recorder.js';
import type { LinkState } from '../probe.js';
import type { Wire } from '../wire/wire.js';

/** Asks the port's NIC, and notes the answer in the recording. */
export async function linkSeen(wire: Wire, session: Session): Promise<LinkState> {
  const state = await linkState(wire);
  session.mark('link-seen', `${wire.port}=${state}`);
  return state;
}

/** `unknown` for a port that is no NIC of this machine, or whose NIC can't be asked. */
async function linkState({ driver, nic }: Wire): Promise<LinkState> {
  if (driver === 'remote' || driver === 'memory') return 'unknown';
  const link = (await readLinks().catch(() => [])).find(({ ifname }) => ifname === nic);
  if (!link) return 'unknown';
  return hasLink(link) ? 'up' : 'down';
}
