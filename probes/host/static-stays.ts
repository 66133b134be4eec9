import { defineProbe, fail, inconclusive, pass } from '../../src/probe.js';
import { announce, commonForms } from './announcement.js';
import {
  belief,
  beliefAfter,
  cacheBelief,
  castOf,
  observe,
  oldPort,
  takeOver,
  verdictWords,
  views,
} from './takeover.js';

export default defineProbe<null>({
  id: 'host/static-stays',
  device: 'host',
  title: 'A permanent entry is not overwritten by an announcement',
  failureTitle: 'Announcements overwrite permanent entries',
  why: 'Whoever pins an entry wants it kept; and a service that is pinned can’t be taken over: know it before.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause: 'Linux ip-neighbour(8): a permanent entry “can only be removed administratively”',
    link: 'https://man7.org/linux/man-pages/man8/ip-neighbour.8.html',
  },
  needs: ['a', 'ipv4', 'ssh'],
  sideBySide: true,
  cases: [{ id: 'announced', title: 'a permanent entry, then the three common announcements', params: null }],

  async control(context) {
    const cast = castOf(context);
    const { cache } = context.host;
    if (!cache) throw new Error('The host could not be reached over SSH; the checks before the run say why.');
    context.own(cast.service, cast.old, oldPort);
    await cache.setPermanent(cast.service, cast.old);
    await cache.read(cast.service);
    await observe(context, cast, 'before');
  },
  controlHolds(recording) {
    const before = belief(recording, 'before');
    return before === 'old'
      ? true
      : `With a permanent entry the host should send to it; from outside: ${verdictWords[before]}.`;
  },

  async stimulus(context) {
    const cast = castOf(context);
    // An entry that is not truly permanent may still be locked: give it time to be open to an update.
    await context.wait(1500);
    for (const [index, form] of commonForms.entries()) {
      await takeOver(context, cast, announce(context, cast, form), `-${index + 1}`);
    }
  },

  judge(recording) {
    const outside = commonForms.map((_, index) => beliefAfter(recording, `-${index + 1}`));
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
        reason: `Announcement ${moved + 1} of ${commonForms.length} overwrote the permanent entry.`,
      });
    }
    if (inside && inside.belief !== 'old') {
      return fail({ ...said, reason: 'The host’s cache no longer holds the permanent entry.' });
    }
    return pass({ ...said, reason: 'The permanent entry stayed.' });
  },
});
