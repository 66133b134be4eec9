/** A node that comes back: its cable is pulled, and plugged in again. */
import type { Context, PortName } from '../../src/probe.js';

/** Linux tells a bridge of its links once a second, and not of what came and went in between (net/core/link_watch.c); a
 *  rebooting node's link is down for longer. */
const noticedMs = 1_200;

/** Resolves when the port's NIC has its link again; the mark `plugged` stands right before that is asked for. */
export async function replug(context: Context, port: PortName): Promise<void> {
  await context.setLink(port, 'down');
  await context.wait(noticedMs);
  context.mark('plugged');
  await context.setLink(port, 'up');
}
