/** Which cases each faulty twin is tried with, and the labs in which that is done. */
import { isSlow } from '../../../src/engine/catalogue.js';
import { breaksCase, type Fault, faults } from '../../../src/lab/faults/index.js';
import type { DeviceKind } from '../../../src/result.js';
import type { Job } from '../lab-worker.js';
import { linuxFails } from '../linux.js';
import { catalogueCases } from '../run-lab.js';
import type { Expectation } from './expectation.js';

export type Expectations = Readonly<Record<string, Expectation>>;

export const probeOf = (id: string) => id.split('/').slice(0, 2).join('/');

export const faultsOf = (kind: DeviceKind): Fault[] => faults.filter(({ device }) => device === kind);

/** In the matrix every form counts once: at an age at which a good Linux host takes all of them. */
const settledAge = '-age-1100ms';
const isMatrix = (id: string) => /-age-\d+ms$/.test(id);
/** So does every form of advertisement: for an entry that was confirmed a while ago. */
const isOtherEntry = (id: string) => /^host\/na-forms\/.*-(fresh|stale)$/.test(id);

/** The cases that must be seen to fail. */
export function mustFail(kind: DeviceKind): string[] {
  return catalogueCases(kind)
    .map(({ id }) => id)
    .filter((id) => (!isMatrix(id) || id.endsWith(settledAge)) && !isOtherEntry(id) && !linuxFails.has(id));
}

/** These take seconds to fail, so each is run on one twin only. */
const longToFail = ['switch/relearn-time', 'host/lock-window', 'host/static-stays'];

/** How many cases a fault is tried with: all that no other fault was tried with so far, up to a number, and at least
 *  two, of different probes. The faults that break little choose first, and what no other fault breaks comes first. */
const mostCases = { switch: 7, host: 13, nic: 13, router: 13 } satisfies Record<DeviceKind, number>;

export function share(kind: DeviceKind): ReadonlyMap<string, readonly string[]> {
  const ids = mustFail(kind);
  const open = new Set(ids);
  const shares = new Map<string, readonly string[]>();
  const breaking = faultsOf(kind).map((fault) => ({
    fault,
    broken: ids.filter((id) => breaksCase(fault, id)),
  }));
  const breakers = new Map(
    ids.map((id) => [id, breaking.filter(({ broken }) => broken.includes(id)).length]),
  );
  const isOnly = (id: string) => breakers.get(id) === 1;
  for (const { fault, broken } of breaking.sort((x, y) => x.broken.length - y.broken.length)) {
    const untried = broken.filter((id) => open.has(id));
    const chosen = [...untried.filter(isOnly), ...untried.filter((id) => !isOnly(id))].slice(
      0,
      mostCases[kind],
    );
    for (const id of broken) {
      const another = !chosen.some((other) => probeOf(other) === probeOf(id));
      if (chosen.length < 2 && another && !longToFail.includes(probeOf(id)) && !slowCases.has(id))
        chosen.push(id);
    }
    // Each fault is seen at work, also one that breaks but a slow case.
    if (chosen.length === 0) chosen.push(...broken.slice(0, 1));
    for (const id of chosen) open.delete(id);
    shares.set(fault.name, chosen);
  }
  return shares;
}

/** Cases that wait for a timer of the device: they are run where the lab has set it short. */
const slowCases: ReadonlySet<string> = new Set(
  (['switch', 'host', 'router', 'nic'] as const).flatMap((kind) =>
    catalogueCases(kind).flatMap(({ id, slow }) => (isSlow({ slow }) ? id : [])),
  ),
);

const goodDevice = 'good device';
const switchOf = ({ switch: on = 'linux-bridge' }: Fault) => on;

/** The jobs that tell of a fault. */
export const jobsOfFault = (jobs: readonly Job[], kind: DeviceKind, fault: string): Job[] =>
  jobs.filter((job) => job.kind === kind && job.lab.fault === fault);

/** The jobs that tell of the good devices. */
export const jobsOfGood = (jobs: readonly Job[], kind: DeviceKind): Job[] =>
  jobs.filter((job) => job.kind === kind && job.lab.fault === undefined);

/** The good devices with every case that some twin must fail, then the twins; slow cases in jobs of their own. */
export function jobsOf(kind: DeviceKind, expectations: Expectations): Job[] {
  const shares = share(kind);
  const job = (name: string, lab: Job['lab'], cases: readonly string[]): Job[] =>
    [false, true].flatMap((slow) => {
      const chosen = [...new Set(cases)].filter((id) => slowCases.has(id) === slow);
      if (chosen.length === 0) return [];
      const timed = slow ? ({ ...lab, timers: 'short' } as const) : lab;
      return { name: `${kind}: ${name}${slow ? ', slow' : ''}`, kind, lab: timed, slow, cases: chosen };
    });
  const good = (['linux-bridge', 'open-vswitch'] as const).flatMap((on) => {
    const twins = faultsOf(kind).filter((fault) => switchOf(fault) === on);
    const cases = twins.flatMap(({ name }) => shares.get(name) ?? []);
    return job(`${goodDevice}, ${on}`, { switch: on }, cases);
  });
  const made = faultsOf(kind).flatMap((fault) =>
    job(fault.name, { switch: switchOf(fault), fault: fault.name }, [
      ...(shares.get(fault.name) ?? []),
      ...(expectations[fault.name]?.passes ?? []),
      ...(expectations[fault.name]?.also ?? []),
    ]),
  );
  return [...good, ...made];
}
