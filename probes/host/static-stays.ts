import { defineProbe } from '../../src/probe.js';
import { announce, commonForms } from './announcement.js';
import { pinned } from './neighbour/permanent-entry.js';

export default defineProbe<null>({
  id: 'host/static-stays',
  device: 'host',
  title: 'A permanent entry is not overwritten by an announcement',
  failureTitle: 'Announcements overwrite permanent entries',
  why: 'Whoever pins an entry wants it kept; and a service that is pinned can’t be taken over: know it before.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause: 'Linux ip-neighbour(8): a permanent entry “is valid forever”, until an administrator removes it',
    link: 'https://man7.org/linux/man-pages/man8/ip-neighbour.8.html',
  },
  needs: ['a', 'ipv4', 'permanent-entry'],
  sideBySide: true,
  cases: [{ id: 'announced', title: 'a permanent entry, then the three common announcements', params: null }],
  ...pinned(
    'ipv4',
    commonForms.map((form) => (context, cast) => announce(context, cast, form)),
  ),
});
