/** A permanent entry, and announcements that must not overwrite it. */
import { type Context, fail, inconclusive, type Probe, pass } from '../../../src/probe.js';
import { belief, beliefAfter, verdictWords } from '../belief.js';
import { type Cast, castOf, type Family, oldPort } from '../cast.js';
import { observe, takeOver } from '../takeover.js';
import { cacheBelief, views } from '../views.js';

/** What a probe of permanent entries does, with these announcements of the family. */
export function pinned(
  family: Family,
  announcements: readonly ((context: Context, cast: Cast) => Uint8Array)[],
): Pick<Probe<null>, 'control' | 'controlHolds' | 'stimulus' | 'judge'> {
  return {
    async control(context) {
      const cast = castOf(context, family);
      const { cache } = context.host;
      if (!cache)
        throw new Error('The host could not be reached over SSH; the checks before the run say why.');
      context.own(cast.service, cast.old, oldPort);
      await cache.setPermanent(cast.service, cast.old);
      await cache.read(cast.service);
      await observe(context, cast, 'before');
    },
    controlHolds(recording) {
      const note = recording.events.find(({ kind }) => kind === 'note');
      if (note?.kind === 'note') return note.text;
      const before = belief(recording, 'before');
      return before === 'old'
        ? true
        : `With a permanent entry the host should send to it; from outside: ${verdictWords[before]}.`;
    },

    async stimulus(context) {
      const cast = castOf(context, family);
      // An entry that is not truly permanent may still be locked: give it time to be open to an update.
      await context.wait(1500);
      for (const [index, announce] of announcements.entries()) {
        await takeOver(context, cast, announce(context, cast), `-${index + 1}`);
      }
    },

    judge(recording) {
      const outside = announcements.map((_, index) => beliefAfter(recording, `-${index + 1}`));
      const moved = outside.findIndex((b) => b !== 'old');
      const inside = cacheBelief(recording);
      const last = outside[moved] ?? 'old';
      const said = {
        expected: 'the entry stays with the old owner',
        observed: moved < 0 ? 'unchanged' : verdictWords[last],
        ...views(recording, last),
      };
      if (last === 'silent' || last === 'observer') {
        return inconclusive({ ...said, reason: `From outside: ${verdictWords[last]}.` });
      }
      if (moved >= 0) {
        return fail({
          ...said,
          reason: `Announcement ${moved + 1} of ${announcements.length} overwrote the permanent entry.`,
        });
      }
      if (inside && inside.belief !== 'old') {
        return fail({ ...said, reason: 'The host’s cache no longer holds the permanent entry.' });
      }
      return pass({ ...said, reason: 'The permanent entry stayed.' });
    },
  };
}
