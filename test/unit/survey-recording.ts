/** Recordings of surveys, written by hand: what each host of a segment did about each stimulus. */
import type { RecordedEvent, RecordedFrame, Recording } from '../../src/evidence/recording.js';
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  echoFrame,
  ipv4Plus,
  macPlus,
  zeroMac,
} from '../../src/frame/index.js';
import {
  completeMark,
  fingerprintMark,
  roleOf,
  roundDetail,
  roundMark,
  surveyCase,
  watchRound,
} from '../../src/survey/plan.js';
import { echoNumber, type Stage } from '../../src/survey/sightings.js';
import { lesson, type Stimulus, stimuliOf } from '../../src/survey/stimuli.js';

export const players = { old: '00:00:5e:00:53:01', new: '00:00:5e:00:53:02', observer: '00:00:5e:00:53:03' };
export const segment = '192.0.2.0/24';
export const hostAt = (index: number): string => ipv4Plus('192.0.2.1', index);
const service = {
  unheard: '192.0.2.245',
  silence: '192.0.2.244',
  first: '192.0.2.243',
  watch: '192.0.2.242',
};

/** What a host does when it is asked after a stimulus. `lost`: it asks, for that of which nothing was said too. */
export type Deed = 'old' | 'new' | 'asks' | 'lost' | 'silent' | 'observer';

export interface ScriptedHost {
  /** By stimulus; default `new`, and `old` for what must change nothing. */
  readonly deeds?: Readonly<Record<string, Deed>>;
  /** What it does about V of which nothing is said, from the start. Default `old`. */
  readonly control?: Deed;
  /** How old its entry is at a settled stimulus. Default 1,200 ms. */
  readonly settledForMs?: number;
  /** A second station answers for it. */
  readonly twin?: boolean;
  /** It asks again so long after the first stimulus, having been asked every second. */
  readonly asksAfterMs?: number;
}

export interface ScriptOptions {
  readonly named?: readonly { readonly address: string; readonly name: string }[];
  /** Lines of arp-fingerprint. */
  readonly fingerprints?: readonly string[];
  /** The survey ended before this stimulus. */
  readonly endsBefore?: string;
}

const second = 1e9;

export function surveyRecording(hosts: readonly ScriptedHost[], options: ScriptOptions = {}): Recording {
  const frames: Omit<RecordedFrame, 'number'>[] = [];
  const events: RecordedEvent[] = [];
  let atNs = 0;
  let pings = 0;
  const put = (direction: 'in' | 'out', bytes: Uint8Array) => {
    atNs += 100_000;
    frames.push({ port: 'a', direction, atNs, bytes, originalLength: bytes.length });
  };
  const mark = (name: string, detail = '') => {
    atNs += 100_000;
    events.push({ atNs, kind: 'mark', name, detail });
  };
  const cast = hosts.map((script, index) => ({
    script,
    address: hostAt(index),
    mac: macPlus('02:00:00:00:00:01', index),
  }));
  type Member = (typeof cast)[number];

  const question = ({ address, mac }: Member, v: string) =>
    put(
      'in',
      arpFrame({
        destination: broadcastMac,
        source: mac,
        operation: arpOperations.request,
        sha: mac,
        spa: address,
        tha: zeroMac,
        tpa: v,
      }),
    );

  function ask(member: Member, stage: Stage, v: string, deed: Deed, owner: 'old' | 'new'): void {
    pings += 1;
    const { address, mac } = member;
    const number = echoNumber(stage, pings);
    put(
      'out',
      echoFrame({
        destination: mac,
        source: players.observer,
        ipSource: v,
        ipDestination: address,
        ...number,
      }),
    );
    if (deed === 'silent') return;
    if (deed === 'asks' || deed === 'lost') question(member, v);
    const to = deed === 'asks' || deed === 'lost' ? players[owner] : players[deed];
    put(
      'in',
      echoFrame({
        destination: to,
        source: mac,
        ipSource: address,
        ipDestination: v,
        ...number,
        reply: true,
      }),
    );
  }

  const teach = (host: Member, v: string) =>
    put('out', lesson({ service: v, old: players.old, new: players.new, host }, 'request'));
  const say = (stimulus: Stimulus, v: string, host: Member) => {
    const frame = stimulus.frame?.({ service: v, old: players.old, new: players.new, host });
    if (frame) put('out', frame);
  };
  const deedOf = ({ script }: Member, { id, kind }: Stimulus): Deed =>
    script.deeds?.[id] ?? (kind === 'harmless' ? 'old' : kind === 'unknown' ? 'asks' : 'new');

  for (const { address, mac, script } of cast) {
    for (const sha of [mac, ...(script.twin ? [macPlus(mac, 0x100)] : [])])
      put(
        'in',
        arpFrame({
          destination: players.observer,
          source: sha,
          operation: arpOperations.reply,
          sha,
          spa: address,
          tha: players.observer,
          tpa: '0.0.0.0',
        }),
      );
  }
  for (const member of cast) {
    teach(member, service.silence);
    ask(member, 'before', service.silence, member.script.control ?? 'old', 'old');
  }
  const present = cast.filter(({ script }) => (script.control ?? 'old') === 'old');
  const table = stimuliOf('ipv4').filter(({ kind }) => kind !== 'silence');
  const end = table.findIndex(({ id }) => id === options.endsBefore);
  for (const stimulus of end < 0 ? table : table.slice(0, end)) {
    const v = stimulus.kind === 'unknown' ? service.unheard : service.first;
    mark(roundMark, roundDetail(stimulus.id, v));
    for (const member of present) {
      // Each host by itself, as in a segment of one: the judge must not mind.
      if (stimulus.kind !== 'unknown') {
        teach(member, v);
        ask(member, 'before', v, 'old', 'old');
      }
      if (stimulus.age === 'settled') atNs += (member.script.settledForMs ?? 1_200) * 1e6;
      say(stimulus, v, member);
      const deed = deedOf(member, stimulus);
      ask(member, 'after', v, deed, 'new');
      if (deed === 'asks' || deed === 'lost')
        ask(member, 'again', service.silence, deed === 'lost' ? 'lost' : 'old', 'old');
    }
  }
  const [first] = table;
  for (const member of present) {
    const { asksAfterMs } = member.script;
    if (asksAfterMs === undefined || !first) continue;
    mark(roundMark, roundDetail(watchRound, service.watch));
    teach(member, service.watch);
    ask(member, 'before', service.watch, 'old', 'old');
    say(first, service.watch, member);
    const told = atNs;
    for (; atNs < told + asksAfterMs * 1e6; atNs += second) ask(member, 'again', service.watch, 'old', 'new');
    ask(member, 'again', service.watch, 'asks', 'new');
  }
  for (const line of options.fingerprints ?? []) mark(fingerprintMark, line);
  if (options.endsBefore === undefined) mark(completeMark);

  return {
    caseId: surveyCase,
    startNs: 1_700_000_000_000_000_000n,
    endNs: atNs + 1,
    plan: {
      params: { families: [{ family: 'ipv4', subnet: segment }], named: options.named ?? [], rate: 1000 },
      addresses: {
        ...players,
        ...Object.fromEntries(
          Object.entries(service).map(([name, address]) => [roleOf('ipv4', name as 'first'), address]),
        ),
      },
      limits: { relearnMs: 1000 },
      declared: {},
    },
    ports: [
      {
        name: 'a',
        nic: 'test0',
        driver: 'memory',
        abilities: { kernelTimestamps: true, timestampErrorNs: 0, dropCounter: true },
        dropped: 0,
        unrelated: 0,
      },
    ],
    frames: frames.map((frame, index) => ({ ...frame, number: index + 1 })),
    events,
    streams: [],
  };
}
