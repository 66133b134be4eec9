import {
  type Context,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type PortName,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { lateness } from './in-time.js';
import {
  astray,
  cameOut,
  describe,
  deviations,
  learningProcess,
  lossy,
  mostlyLost,
  settle,
  taught,
  teach,
  toStation,
} from './station.js';
import { announcement } from './triggers.js';

interface Exchange {
  /** From the first station's announcement at its new port to the other's. */
  readonly pauseMs: number;
}

/** The two stations, each with the port that it leaves and the one that it comes to. */
const movers: readonly { readonly role: string; readonly from: PortName; readonly to: PortName }[] = [
  { role: 'active', from: 'a', to: 'b' },
  { role: 'standby', from: 'b', to: 'a' },
];

const timesSaid = 3;
const saidAgainAfterMs = 250;

/** Both announce themselves at their new ports; again, where an announcement was neither carried nor followed. */
async function exchange(context: Context<Exchange>): Promise<void> {
  const { relearnMs } = context.limits;
  for (const { role, to } of movers) context.expect(`poll-${role}`, [to]);
  for (let said = 1; said <= timesSaid; said += 1) {
    await context.transmit(
      movers.map(({ role, to }, index) => ({
        port: to,
        frame: announcement(context, context.mac(role)),
        label: `announce-${role}`,
        afterNs: index === 0 ? 0 : context.params.pauseMs * 1e6,
      })),
    );
    const patienceMs = said === timesSaid ? relearnMs : Math.min(saidAgainAfterMs, relearnMs);
    if (await bothSettle(context, patienceMs)) return;
    if (movers.every(({ role }) => cameOut(context, `announce-${role}`, 'world'))) {
      await bothSettle(context, relearnMs - patienceMs);
      return;
    }
  }
}

async function bothSettle(context: Context<Exchange>, deadlineMs: number): Promise<boolean> {
  const endMs = context.nowMs() + deadlineMs;
  let settled = true;
  for (const { role, to } of movers) {
    const leftMs = Math.max(0, endMs - context.nowMs());
    if (!(await settle(context, `poll-${role}`, context.mac(role), to, leftMs))) settled = false;
  }
  return settled;
}

/** The stations that were followed in the end, but perhaps only after the limit. */
function lateOnes(recording: Recording) {
  return movers.flatMap(({ role, to }) => {
    const [announce, poll, after] = [`announce-${role}`, `poll-${role}`, `after-${role}`];
    const how = lateness(recording, { announce, poll, after, to });
    return how ? [{ role, how }] : [];
  });
}

export default defineProbe<Exchange>({
  id: 'switch/swap',
  device: 'switch',
  title: 'Two stations that exchange their ports are both followed',
  failureTitle: 'The switch does not follow two stations that exchange their ports',
  why: 'Firewall pairs swap their addresses at a failover: each half would get the other’s traffic, or none.',
  requirement: learningProcess('must'),
  needs: ['a', 'b', 'world'],
  sideBySide: true,
  confirmAlone: true,
  cases: [
    { id: 'at-once', title: 'both announce themselves at the same moment', params: { pauseMs: 0 } },
    {
      id: 'on-return',
      title: 'the returning node takes the other address 300 ms after the takeover',
      params: { pauseMs: 300 },
    },
  ],

  async control(context) {
    for (const { role, from } of movers) await teach(context, from, context.mac(role), `before-${role}`);
  },
  controlHolds(recording) {
    const wrong = movers.map(({ role, from }) => taught(recording, from, `before-${role}`));
    return wrong.find((said) => said !== true) ?? true;
  },

  async stimulus(context) {
    await exchange(context);
    for (const { role, to } of movers) {
      context.expect(`after-${role}`, [to]);
      await toStation(context, `after-${role}`, context.mac(role));
    }
    await context.sentinel();
  },

  judge(recording) {
    const expected =
      'frames to the active station reach port b only, frames to the standby station port a only';
    const fates = movers.map((mover) => ({
      ...mover,
      seen: tally(deliveries(recording, `after-${mover.role}`), mover.to, mover.from),
    }));
    const observed = fates
      .map(({ role, seen, to, from }) => `${role}: ${describe(seen, to, from)}`)
      .join('; ');
    const findings = fates.map(({ role, seen, to }) => ({
      id: `${role}-followed`,
      holds: seen.sent === 0 ? null : !astray(seen),
      text: `${seen.right} of ${seen.sent} frames to the ${role} station reached port ${to} only`,
    }));
    const said = { expected, observed, findings };
    const wrong = fates.filter(({ seen }) => astray(seen));
    if (wrong.length > 0) {
      const which = wrong
        .map(({ role, seen, to, from }) => {
          const where =
            seen.stale > 0
              ? `still go to port ${from}`
              : seen.flooded > 0
                ? 'are flooded'
                : 'come out nowhere';
          return `frames to the ${role} station, announced at port ${to}, ${where}`;
        })
        .join('; ');
      return fail({ ...said, reason: `After the exchange, ${which}.` });
    }
    const thin = fates.find(({ seen }) => mostlyLost(seen));
    if (thin) return lossy(thin.seen, thin.to, expected);
    const { relearnMs } = recording.plan.limits;
    const slow = lateOnes(recording);
    const late = slow.find(({ how }) => how === 'late');
    if (late) {
      const reason = `The switch followed the ${late.role} station later than ${relearnMs} ms after it announced itself.`;
      return fail({ ...said, reason });
    }
    if (slow[0]) {
      const reason = `The harness was too late to tell whether the ${slow[0].role} station was followed within ${relearnMs} ms.`;
      return inconclusive({ ...said, reason });
    }
    return pass({
      ...said,
      reason: 'The switch followed both stations.',
      qualifiers: fates.flatMap(({ seen }) => deviations(seen)),
    });
  },
});
