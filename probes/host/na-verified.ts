import {
  addressOf,
  type Context,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  type Judgement,
  type Measurement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { belief, beliefAfter, established, verdictWords } from './belief.js';
import { type Cast, castOf, newPort, numberedRoles, oldPort, roles } from './cast.js';
import { type Advertisement, advertise, nameOf, plain } from './neighbour/advertisement.js';
import {
  bringTo,
  broughtTo,
  stateInCache,
  type Verification,
  verifications,
  verifiedWithinMs,
} from './neighbour/neighbour-state.js';
import { ordinary, solicit } from './neighbour/solicitation.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

type Owner = 'old' | 'new';

interface Heard {
  /** The entry's state before. */
  readonly entry: 'reachable' | 'stale';
  /** What the host hears, and from whom. */
  readonly heard: Advertisement | 'solicitation';
  readonly from: Owner;
  /** Whom the host believes V to be at then, and whether it has to verify that. */
  readonly believes: Owner;
  readonly verified: boolean;
}

const guarded: Advertisement = { ...plain, override: false };
const answer: Advertisement = { ...plain, solicited: true, to: 'unicast' };

/** Another entry that the host was given in answer to its own question, and that nobody touches. */
const confirmed = numberedRoles(2);

/** What the host is asked last, so that its silence before was not that of a dead host. */
const alive = 'alive';

function stimulusFrame(context: Context<Heard>, cast: Cast): Uint8Array {
  const { heard, from } = context.params;
  return heard === 'solicitation'
    ? solicit(context, cast, ordinary, cast[from])
    : advertise(context, cast, heard, cast[from]);
}

export default defineProbe<Heard>({
  id: 'host/na-verified',
  device: 'host',
  title: 'The host verifies an entry when, and only when, what it heard leaves it unconfirmed',
  failureTitle: 'The host does not verify its entries as the standard says',
  why: 'It is the safety net: a host that missed the announcement finds the new owner only because it verifies.',
  requirement: {
    level: 'must',
    document: 'RFC 4861',
    clause: '7.2.3, 7.2.5 Receipt of Neighbor Solicitations, Advertisements; 7.3.3 Node Behavior',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.5',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  serviceAddresses: () => 2,
  deadlineMs: 25_000,
  cases: [
    {
      id: 'no-override',
      title: 'O = 0 and another address: REACHABLE becomes STALE, so the old address is verified',
      params: { entry: 'reachable', heard: guarded, from: 'new', believes: 'old', verified: true },
    },
    {
      id: 'no-override-solicited',
      title: 'O = 0, S = 1 and another address: REACHABLE becomes STALE, so the old address is verified',
      params: {
        entry: 'reachable',
        heard: { ...answer, override: false },
        from: 'new',
        believes: 'old',
        verified: true,
      },
    },
    {
      id: 'override',
      title: 'O = 1 and a new address: becomes STALE, so the new address is verified',
      params: { entry: 'reachable', heard: plain, from: 'new', believes: 'new', verified: true },
    },
    {
      id: 'override-solicited',
      title: 'O = 1, S = 1 and a new address: becomes REACHABLE, so nothing is verified',
      params: { entry: 'stale', heard: answer, from: 'new', believes: 'new', verified: false },
    },
    {
      id: 'same-address-solicited',
      title: 'O = 0, S = 1 and the same address: STALE becomes REACHABLE, so nothing is verified',
      params: {
        entry: 'stale',
        heard: { ...answer, override: false },
        from: 'old',
        believes: 'old',
        verified: false,
      },
    },
    {
      id: 'same-address-unsolicited',
      title: 'O = 1, S = 0 and the same address confirms nothing: STALE stays, so it is verified',
      params: { entry: 'stale', heard: plain, from: 'old', believes: 'old', verified: true },
    },
    {
      id: 'same-address-reachable',
      title: 'O = 1, S = 0 and the same address: REACHABLE stays, so nothing is verified',
      params: { entry: 'reachable', heard: plain, from: 'old', believes: 'old', verified: false },
    },
    {
      id: 'solicitation',
      title: 'a solicitation with a new address: becomes STALE, so the new address is verified',
      params: { entry: 'reachable', heard: 'solicitation', from: 'new', believes: 'new', verified: true },
    },
  ],

  async control(context) {
    const other = castOf(context, 'ipv6', confirmed);
    await Promise.all([
      bringTo(context, castOf(context, 'ipv6'), context.params.entry),
      establish(context, other, '-2'),
    ]);
    context.disown(other.service);
  },
  controlHolds(recording, { entry }) {
    const held = broughtTo(recording, entry);
    return held === true ? established(recording, '-2', confirmed) : held;
  },

  async stimulus(context) {
    const cast = castOf(context, 'ipv6');
    const other = castOf(context, 'ipv6', confirmed);
    // Whoever answered would confirm the entry.
    context.disown(cast.service);
    const port = context.params.from === 'old' ? oldPort : newPort(context);
    await context.send(port, stimulusFrame(context, cast), 'announce');
    await context.wait(60);
    await Promise.all([observe(context, cast, 'after'), observe(context, other, 'after-2')]);
    await context.host.cache?.read(cast.service);
    const announcedNs = context.frames.find((f) => f.label === 'announce')?.atNs ?? 0;
    const verified = () => verifications(context.frames, cast.service, announcedNs).length > 0;
    if (await context.until(verified, verifiedWithinMs)) await context.wait(referenceMs);
    await observe(context, other, alive);
    await context.sentinel();
  },

  judge,
});

/** The other entry, used at the same time, would be verified at the same time: this much later at most. */
const referenceMs = 600;

function judge(recording: Recording, { entry, heard, believes, verified }: Heard): Judgement {
  const outside = beliefAfter(recording);
  const sinceNs = departureNs(recording, 'announce') ?? 0;
  const [found] = verifications(recording.frames, addressOf(recording, roles.service), sinceNs);
  const reference = verifications(recording.frames, addressOf(recording, confirmed.service), sinceNs);
  const asked = found && ownerOf(recording, found);
  const withinS = verifiedWithinMs / 1000;
  const what = heard === 'solicitation' ? 'a solicitation with a new address' : nameOf(heard);
  const said = {
    expected: verified
      ? `it verifies the ${believes} owner within ${withinS} s`
      : `it verifies nothing within ${withinS} s`,
    observed: asked === undefined ? 'it verified nothing' : `it verified ${asked}`,
    ...views(recording, outside),
  };
  if (outside !== believes)
    return inconclusive({
      ...said,
      reason: `The host's belief after ${what} was another than the one to be verified; from outside: ${verdictWords[outside]}.`,
    });
  if (reference.length > 0)
    return inconclusive({
      ...said,
      reason: 'The host verifies entries that were confirmed a moment ago as well, so that it tells nothing.',
    });
  if (belief(recording, alive, confirmed) === 'silent')
    return inconclusive({ ...said, reason: 'The host stopped answering during the wait.' });
  // The entry was brought to STALE by an advertisement from another station; a host that does not mark it so (lwIP)
  // has nothing to verify, which the case `override` blames it for.
  if (asked === undefined && verified && entry === 'stale' && stateInCache(recording) !== 'STALE')
    return inconclusive({
      ...said,
      reason: 'The host verified nothing, and nothing shows that its entry was STALE before.',
    });
  if (asked === undefined && verified)
    return fail({
      ...said,
      reason: `After ${what} the host used the entry for ${withinS} s without verifying it.`,
    });
  if (asked !== undefined && !verified)
    return fail({ ...said, reason: `The host verified its entry although ${what} had left it confirmed.` });
  if (verified && asked !== `the ${believes} owner`)
    return fail({ ...said, reason: `After ${what} the host verified ${asked}, not the ${believes} owner.` });
  const when = found === undefined ? [] : [verifiedAfter(recording, found)];
  return pass({
    ...said,
    measurements: [...said.measurements, ...when],
    reason: verified
      ? 'The host verified the entry.'
      : 'The entry counted as confirmed: nothing was verified.',
  });
}

/** From the first use of the entry, which starts DELAY_FIRST_PROBE_TIME, to the solicitation. */
function verifiedAfter(recording: Recording, { atNs }: Verification): Measurement {
  const usedNs = departureNs(recording, 'after') ?? atNs;
  return { name: 'verified after', value: (atNs - usedNs) / 1e6, unit: 'ms' };
}

function ownerOf(recording: Recording, { asked }: Verification): string {
  const owner = (['old', 'new'] as const).find((name) => addressOf(recording, roles[name]) === asked);
  return owner === undefined ? 'another station' : `the ${owner} owner`;
}
