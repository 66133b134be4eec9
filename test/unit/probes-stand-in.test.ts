/** What judges say of hosts that were asked by TCP, from recordings that were written by hand. */
import assert from 'node:assert/strict';
import { decodeFrame, hangUpFrame, promptFrame, tcpFlags, tcpFrame } from '../../src/frame/index.js';
import { judged } from './judging.js';
import { addresses, claim, record, type Script, serviceOf } from './recordings.js';

const { ack, rst, syn } = tcpFlags;
const refreshed = 'host/refresh-by-ping/settled';
const v = serviceOf();

/** Asked under a label as V at port 22; the host's answer goes to a station, or nowhere. */
function asked(
  script: Script,
  label: string,
  number: number,
  { to, flags = rst + ack }: { readonly to?: string; readonly flags?: number },
): Script {
  const ip = { ipSource: v.service, ipDestination: addresses['host-ipv4'] };
  const link = { destination: addresses['host-mac'], source: addresses['port-a'] };
  const prompt = { ...link, ...ip, number, tcpPort: 22 };
  const bytes = promptFrame(prompt);
  script.mark(label).sent(label, 'a', [], bytes);
  if (to === undefined) return script;
  const ours = decodeFrame(bytes).tcp?.sourcePort ?? 0;
  script.heard(
    to === v.new ? 'b' : 'a',
    tcpFrame({
      destination: to,
      source: addresses['host-mac'],
      ipSource: ip.ipDestination,
      ipDestination: ip.ipSource,
      sourcePort: 22,
      destinationPort: ours,
      sequence: 0,
      acknowledgement: number + 1,
      flags,
      payload: new Uint8Array(),
    }),
  );
  return flags & syn ? script.sent('hang-up', 'a', [], hangUpFrame(prompt)) : script;
}

const scene = () => record({ ports: ['a', 'b'], addresses: { service: v.service, old: v.old, new: v.new } });

const story = (after: { readonly to?: string; readonly flags?: number }, flags?: number): Script => {
  const script = asked(scene(), 'before', 70_000, { to: v.old, ...(flags !== undefined && { flags }) });
  script.mark('established').wait(1_500).sent('announce', 'b', [], claim(v.service, v.new));
  return asked(script, 'after', 80_000, after);
};

describe('hosts that were asked by TCP: judges', () => {
  for (const [what, flags] of [
    ['refuses', rst + ack],
    ['accepts', syn + ack],
  ] as const) {
    it(`know a port that ${what} by its answer, and the belief by where that went`, () => {
      const followed = judged(refreshed, story({ to: v.new, flags }, flags).end());
      assert.equal(followed.outcome, 'pass', followed.reason);
      assert.match(followed.reason, /answers no ping: its TCP port 22 showed it/);
      assert.ok(followed.measurements.some(({ name }) => name === 'followed, from outside'));
      const stayed = judged(refreshed, story({ to: v.old, flags }, flags).end());
      assert.equal(stayed.outcome, 'fail', stayed.reason);
    });
  }

  it('take an answer to another question for none', () => {
    const script = story({});
    asked(script, 'other', 80_001, { to: v.new });
    assert.equal(judged(refreshed, script.end()).outcome, 'inconclusive');
  });

  it('say what was not answered', () => {
    const silent = judged(refreshed, asked(scene(), 'before', 70_000, {}).end());
    assert.equal(silent.outcome, 'inconclusive');
    assert.match(silent.reason, /did not answer TCP at its port 22 .* is it still there/);
  });
});
