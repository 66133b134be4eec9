/**
 * A probe that can't fail proves nothing. Every fault that the lab can make is made, and the cases which it breaks must
 * fail for the right reason, while their neighbours pass; every case in the catalogue must be seen to fail on some
 * faulty twin, and to pass on the good device.
 */
import assert from 'node:assert/strict';
import { diagnose } from '../../src/diagnosis/diagnose.js';
import type { CaseResult, DeviceKind } from '../../src/result.js';
import { type Job, startWorkers, type Workers } from './lab-worker.js';
import { needs, told } from './run-lab.js';
import { capacityTwins } from './twins/capacity.js';
import { featureTwins } from './twins/features.js';
import { heartbeatTwins } from './twins/heartbeats.js';
import { hostTwins } from './twins/host.js';
import { hostArpTwins } from './twins/host-arp.js';
import { hostConnectionTwins } from './twins/host-connections.js';
import { hostNdpTwins } from './twins/host-ndp.js';
import { linkTwins } from './twins/links.js';
import { movesTwins } from './twins/moving.js';
import { nicTwins } from './twins/nics.js';
import {
  type Expectations,
  faultsOf,
  jobsOf,
  jobsOfFault,
  jobsOfGood,
  mustFail,
  share,
} from './twins/plan.js';
import { profileTwins } from './twins/profiles.js';
import { routerTwins } from './twins/router.js';
import { movingTwins } from './twins/switch.js';
import { vlanTwins } from './twins/vlans.js';

/** Each part of the catalogue says what its own twins must look like. */
const expectations: Expectations = {
  ...movingTwins,
  ...featureTwins,
  ...movesTwins,
  ...capacityTwins,
  ...linkTwins,
  ...vlanTwins,
  ...heartbeatTwins,
  ...profileTwins,
  ...hostTwins,
  ...hostNdpTwins,
  ...hostConnectionTwins,
  ...hostArpTwins,
  ...routerTwins,
  ...nicTwins,
};

/** `case  good device  faulty twin`, a line for each case. */
function table(cases: readonly CaseResult[], seen: ReadonlyMap<string, readonly string[]>): string {
  const lines = cases.map(({ id, outcome }) => {
    const twins = [...seen].flatMap(([fault, failed]) => (failed.includes(id) ? fault : []));
    return [id.padEnd(66), outcome.padEnd(12), `fail: ${twins.join(', ')}`].join(' ');
  });
  const head = ['case'.padEnd(66), 'good device'.padEnd(12), 'faulty twin'].join(' ');
  return [head, ...lines].map((line) => `      ${line}`).join('\n');
}

/** The good devices have hundreds of cases, and slow ones wait for timers: the others fill the gaps, in their order. */
const isLong = ({ slow, lab }: Job) => slow || lab.fault === undefined;
const longestFirst = (jobs: readonly Job[]) => [
  ...jobs.filter(isLong),
  ...jobs.filter((job) => !isLong(job)),
];

const kinds: readonly DeviceKind[] = ['switch', 'host', 'router', 'nic'];

describe('the faulty twins', function () {
  this.timeout(300_000);
  /** Most of the time is spent waiting, so that several workers are soon done on two processors. */
  const workerCount = 6;
  const jobs = longestFirst(kinds.flatMap((kind) => jobsOf(kind, expectations)));
  let workers: Workers;
  const casesOf = async (chosen: readonly Job[]): Promise<CaseResult[]> => {
    const results = await Promise.all(chosen.map(({ name }) => workers.result(name)));
    return results.flatMap(({ cases }) => cases);
  };

  before(() => {
    workers = startWorkers(workerCount, jobs);
  });
  after(() => workers.stop());

  for (const kind of kinds) {
    describe(`of a ${kind}`, () => {
      const shares = share(kind);
      /** Fault to the cases that were seen to fail on it. */
      const seen = new Map<string, readonly string[]>();

      for (const good of jobsOfGood(jobs, kind)) {
        it(`pass, where they are not made faulty: ${good.name}`, async function () {
          if (good.lab.switch === 'open-vswitch') needs(this, 'Open vSwitch');
          for (const entry of await casesOf([good])) assert.equal(entry.outcome, 'pass', told(entry));
        });
      }

      for (const fault of faultsOf(kind)) {
        it(`${fault.name}: ${fault.title}`, async function () {
          if (fault.switch === 'open-vswitch') needs(this, 'Open vSwitch');
          const expectation = expectations[fault.name];
          assert.ok(expectation, 'this test says nothing of the fault: add a row to its table');
          const { because = {}, passes, shows } = expectation;
          const made = jobsOfFault(jobs, kind, fault.name);
          const cases = await casesOf(made);
          const find = (id: string): CaseResult => {
            const entry = cases.find((candidate) => candidate.id === id);
            assert.ok(entry, `${id} was not run`);
            return entry;
          };
          const broken = shares.get(fault.name) ?? [];
          for (const entry of broken.map(find)) {
            assert.equal(entry.outcome, 'fail', told(entry));
            const why = because[entry.probe];
            assert.ok(why, `this test does not say why ${entry.probe} should fail`);
            assert.match(`${entry.reason} | ${entry.observed}`, why);
          }
          for (const entry of passes.map(find)) assert.equal(entry.outcome, 'pass', told(entry));
          if (expectation.diagnoses)
            assert.deepEqual(
              diagnose(cases).map(({ id }) => id),
              expectation.diagnoses,
            );
          assert.ok(shows !== undefined || broken.length > 0, 'it breaks cases, or shows in another way');
          for (const { name } of shows ? made : []) shows?.(await workers.result(name));
          seen.set(fault.name, broken);
        });
      }

      it('fail, each case of the catalogue on one of them', async () => {
        const failed = new Set([...seen.values()].flat());
        const never = mustFail(kind).filter((id) => !failed.has(id));
        assert.deepEqual(never, []);
        console.log(`\n${table(await casesOf(jobsOfGood(jobs, kind)), seen)}\n`);
      });
    });
  }
});
