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
  const note = (text: string) => session.event({ kind: 'note', text });
  return {
    async setPermanent(address, mac) {
      permanent.push(address);
      await inside
        .setPermanent(address, mac)
        .catch(({ message }: Error) => note(`The permanent entry could not be made: ${message}`));
    },
    async read(address) {
      const before = session.nowNs();
      try {
        const seen = (await inside.read(address)) ?? { address, mac: null, state: null };
        const clockErrorNs = Math.round((session.nowNs() - before) / 2);
        session.event({ kind: 'neighbour', ...seen, source: 'poll', clockErrorNs }, before + clockErrorNs);
      } catch (error) {
        note(`The host’s cache could not be read: ${(error as Error).message}`);
      }
    },
  };
}
