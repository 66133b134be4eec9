/** What most router probes come to: the router forwards to NEW, or for which reason it does not. */
import {
  addressOf,
  arrivedAt,
  fail,
  hasPort,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { newPort, roles } from '../host/cast.js';
import { cacheBelief, followedNames, type Views } from '../host/views.js';
import { astray, hopWords, type NextHop, nextHopAfter, packetsOf, planes, type Which } from './adjacency.js';

interface Said extends Views {
  readonly expected: string;
  readonly observed: string;
}

/** What every judgement of an adjacency shows. */
export function saidOf(recording: Recording, hop: NextHop, which: Which = {}): Said {
  const lost = astray(recording, which);
  const { relearnMs } = recording.plan.limits;
  const both = planes(recording, hop, which);
  const late = both.measurements.some(
    ({ name, low = 0 }) => name === followedNames.outside && low > relearnMs,
  );
  return {
    ...both,
    expected: 'the router forwards to the new owner',
    observed: lost === 0 ? hopWords[hop] : `${hopWords[hop]}; ${lost} packets did not reach the new owner`,
    qualifiers: late ? [...both.qualifiers, `slow: it took longer than ${relearnMs} ms`] : both.qualifiers,
  };
}

/** @param what the router was told, like `the announcement` */
export function judgeFollowed(recording: Recording, what: string, which: Which = {}): Judgement {
  const hop = nextHopAfter(recording, which);
  const said = saidOf(recording, hop, which);
  switch (hop) {
    case 'new':
      return pass({ ...said, reason: `By ${what} the router learned to forward to the new owner.` });
    case 'asked':
      return pass({
        ...said,
        reason: `By ${what} the router dropped its entry; it asked again, and forwards to the new owner.`,
        qualifiers: [...said.qualifiers, 'deviation: the entry was invalidated, not updated'],
      });
    case 'old':
      return judgeOld(recording, what, said, which);
    case 'silent':
      return judgeSilent(recording, said, which);
    case 'misplaced':
      return judgePort(recording, said, which);
    case 'other':
      return inconclusive({ ...said, reason: `From outside: the router ${hopWords.other}.` });
  }
}

const portOfNew = (recording: Recording) => newPort({ has: (port) => hasPort(recording, port) });

function judgeOld(recording: Recording, what: string, said: Said, which: Which): Judgement {
  const { names = roles } = which;
  if (addressOf(recording, names.old) === addressOf(recording, names.new))
    return judgePort(recording, said, which);
  // That two tables of one router disagree is worth more than that it did not follow.
  const reason =
    cacheBelief(recording, names)?.belief === 'new'
      ? 'Its neighbour cache holds the new owner, and yet it goes on forwarding to the old one: the forwarding adjacency was not updated.'
      : `The router ignored ${what} and goes on forwarding to the old owner.`;
  return fail({ ...said, reason });
}

/** The right address at the wrong port: a frame past the router tells a router that switches from the switch in between. */
function judgePort(recording: Recording, said: Said, { suffix = '' }: Which): Judgement {
  const port = portOfNew(recording);
  return arrivedAt(recording, `past-router${suffix}`, port)
    ? fail({
        ...said,
        reason: `The router sends the new owner’s packets to another port, though a frame past it reaches that station at port ${port}.`,
      })
    : inconclusive({
        ...said,
        reason: `Neither the router’s packets nor a frame past it reached the new owner at port ${port}: the switch between has not moved the station.`,
      });
}

/** Loss looks the same as a router that drops; another station’s packets tell them apart. */
function judgeSilent(recording: Recording, said: Said, { suffix = '' }: Which): Judgement {
  const mac = addressOf(recording, `port-${portOfNew(recording)}`);
  const reached = packetsOf(recording, [`witness${suffix}`]).some(({ landing }) => landing?.mac === mac);
  return reached
    ? fail({
        ...said,
        reason:
          'The router forwards to another station at the new owner’s port, and no longer to the service address.',
      })
    : inconclusive({
        ...said,
        reason: 'The router forwards to nobody any more, not even to another station: is it still there?',
      });
}
