import {
  addressOf,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { belief, verdictWords } from './belief.js';
import { newPort, numberedRoles } from './cast.js';
import { type Advertisement, advertise, nameOf, plain } from './neighbour/advertisement.js';
import { verifications, verifiedWithinMs } from './neighbour/neighbour-state.js';
import { answeredTo, askOnce, questionsNs } from './neighbour/resolution.js';
import { observe } from './takeover.js';
import { controlHeld, controlWithAnother, unknownCast } from './unknown-service.js';
import { views } from './views.js';

interface Answer {
  readonly form: Advertisement;
  /** Whether the host has to verify the address that it took; undefined where it must take none. */
  readonly verified?: boolean;
}

const unknown = numberedRoles(2);

const secondUseMs = 500;

/** S = 1 only where it is an answer to the host alone (RFC 4861 §7.1.2). */
const answer = (solicited: boolean, override: boolean): Advertisement => ({
  ...plain,
  solicited,
  override,
  to: solicited ? 'unicast' : 'all-nodes',
});

/** How long the host may take to ask. */
const askMs = 400;

export default defineProbe<Answer>({
  id: 'host/na-incomplete',
  device: 'host',
  title:
    'While the host asks for an address, any advertisement of it is taken, and S decides whether it is confirmed',
  failureTitle: 'The host does not take what it is told while it asks',
  why: 'A host that asks while the service moves hears the new owner’s announcement in place of an answer.',
  requirement: {
    level: 'must',
    document: 'RFC 4861',
    clause: '7.2.5 Receipt of Neighbor Advertisements: the entry is in the INCOMPLETE state',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.5',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  serviceAddresses: () => 2,
  deadlineMs: 20_000,
  cases: [
    ...[true, false].flatMap((solicited) =>
      [true, false].map((override) => ({
        id: `s${solicited ? 1 : 0}-o${override ? 1 : 0}`,
        title: `S = ${solicited ? 1 : 0}, O = ${override ? 1 : 0}: taken, and ${solicited ? 'confirmed' : 'to be verified'}`,
        params: { form: answer(solicited, override), verified: !solicited },
      })),
    ),
    {
      id: 'no-option',
      title: 'without the option: discarded, the host goes on asking',
      level: 'should',
      params: { form: { ...answer(true, true), option: 'none' } },
    },
  ],

  control: (context) => controlWithAnother(context, 'ipv6'),
  controlHolds(recording) {
    const held = controlHeld(recording);
    if (held !== true) return held;
    const asked = questionsNs(recording.frames, addressOf(recording, unknown.service));
    const announcedNs = departureNs(recording, 'announce') ?? 0;
    return asked.some((atNs) => atNs < announcedNs)
      ? true
      : 'The host did not ask for an address that it never talked to, so that its entry was not INCOMPLETE.';
  },

  async stimulus(context) {
    const { form, verified } = context.params;
    const cast = unknownCast(context, 'ipv6');
    const port = newPort(context);
    // Nobody answers; one question, so that one answer waits for the address.
    await askOnce(context, cast, 'ask');
    await context.until(() => questionsNs(context.frames, cast.service).length > 0, askMs);
    await context.send(port, advertise(context, cast, form), 'announce');
    await context.wait(60);
    await context.host.cache?.read(cast.service);
    await observe(context, cast, 'after');
    if (verified !== undefined) {
      const seen = () => verifications(context.frames, cast.service).length > 0;
      // Used once more: a slow host may have made up its mind about the state only after the first use.
      if (!(await context.until(seen, secondUseMs))) await askOnce(context, cast, 'use');
      await context.until(seen, verifiedWithinMs);
      await observe(context, cast, 'alive');
    }
    await context.sentinel();
  },

  judge: (recording, params) =>
    params.verified === undefined
      ? judgeDiscarded(recording, params.form)
      : judgeTaken(recording, params.form, params.verified),
});

function judgeTaken(recording: Recording, form: Advertisement, verified: boolean): Judgement {
  const next = addressOf(recording, unknown.new);
  const queued = answeredTo(recording, 'ask', unknown);
  const outside = belief(recording, 'after', unknown);
  const taken = queued === next || outside === 'new';
  const [found] = verifications(recording.frames, addressOf(recording, unknown.service));
  const withinS = verifiedWithinMs / 1000;
  const both = views(recording, outside, { names: unknown });
  const said = {
    expected: `it sends to the announcer, and verifies it ${verified ? `within ${withinS} s` : 'not'}`,
    observed: `${taken ? 'it sends to the announcer' : verdictWords[outside]}; it verified ${found ? 'it' : 'nothing'}`,
    ...both,
    findings: [
      ...both.findings,
      {
        id: 'queued',
        holds: queued === next,
        text:
          queued === next
            ? 'what waited for the address was sent'
            : 'what waited for the address was not sent',
      },
    ],
  };
  const what = nameOf(form);
  if (!taken && outside === 'asked')
    return fail({ ...said, reason: `The host asked, heard ${what}, and goes on asking.` });
  if (!taken) return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
  if (belief(recording, 'alive', unknown) === 'silent')
    return inconclusive({ ...said, reason: 'The host stopped answering during the wait.' });
  if (verified && !found)
    return fail({
      ...said,
      reason: `The host took the address from ${what}, and used it for ${withinS} s without verifying it.`,
    });
  if (!verified && found)
    return fail({ ...said, reason: `The host verified the address although ${what} had confirmed it.` });
  return pass({ ...said, reason: `The host took the address from ${what}, as the standard says.` });
}

function judgeDiscarded(recording: Recording, form: Advertisement): Judgement {
  const outside = belief(recording, 'after', unknown);
  const announcedNs = departureNs(recording, 'announce') ?? 0;
  const service = addressOf(recording, unknown.service);
  const asksAgain = questionsNs(recording.frames, service, announcedNs).length > 0;
  const said = {
    expected: 'the host goes on asking',
    observed: asksAgain ? 'it goes on asking' : verdictWords[outside],
    ...views(recording, outside, { names: unknown }),
  };
  if (answeredTo(recording, 'ask', unknown) !== undefined || outside === 'new')
    return fail({ ...said, reason: `The host took an address for V from ${nameOf(form)}.` });
  if (asksAgain)
    return pass({ ...said, reason: 'The advertisement was discarded: the host goes on asking.' });
  return inconclusive({ ...said, reason: 'The host neither asked again nor sent anything.' });
}
