import { defineProbe } from '../../src/probe.js';
import { advertise, plain } from './neighbour/advertisement.js';
import { pinned } from './neighbour/permanent-entry.js';
import { ordinary, solicit } from './neighbour/solicitation.js';

export default defineProbe<null>({
  id: 'host/na-static-stays',
  device: 'host',
  title: 'A permanent entry is not overwritten by neighbour discovery',
  failureTitle: 'Advertisements and solicitations overwrite permanent entries',
  why: 'Whoever pins an entry wants it kept; and a service that is pinned can’t be taken over: know it before.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause: 'Linux ip-neighbour(8): a permanent entry “is valid forever”, until an administrator removes it',
    link: 'https://man7.org/linux/man-pages/man8/ip-neighbour.8.html',
  },
  needs: ['a', 'ipv6', 'permanent-entry'],
  sideBySide: true,
  cases: [
    {
      id: 'announced',
      title: 'a permanent entry, then an advertisement, an answer and a solicitation from another station',
      params: null,
    },
  ],
  ...pinned('ipv6', [
    (context, cast) => advertise(context, cast, plain),
    (context, cast) => advertise(context, cast, { ...plain, solicited: true, to: 'unicast' }),
    (context, cast) => solicit(context, cast, ordinary),
  ]),
});
