/** The host's own cache as a probe reaches it: what it reads and changes is noted in the recording. */
import type { Session } from '../evidence/recorder.js';
import type { HostUnderTest } from '../probe.js';
import type { HostCache } from './host-view.js';

/** @param permanent takes the addresses that got a permanent entry, to be removed when the case ends */
export function recordedCache(
  inside: HostCache,
  session: Session,
  permanent: string[],
): NonNullable<HostUnderTest['cache']> {
  return {
    async setPermanent(address, mac) {
      permanent.push(address);
      await inside.setPermanent(address, mac);
    },
    async read(address) {
      const before = session.nowNs();
      const entry = await inside.read(address).catch((error: Error) => error);
      if (entry instanceof Error) {
        session.event({ kind: 'note', text: `The host’s cache could not be read: ${entry.message}` });
        return;
      }
      const after = session.nowNs();
      const seen = entry ?? { address, mac: null, state: null };
      const clockErrorNs = Math.round((after - before) / 2);
      session.event({ kind: 'neighbour', ...seen, source: 'poll', clockErrorNs }, before + clockErrorNs);
    },
  };
}
