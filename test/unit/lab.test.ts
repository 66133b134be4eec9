import assert from 'node:assert/strict';
import { probes } from '../../probes/index.js';
import { buildLab } from '../../src/lab/build.js';
import { LabError, run, startDaemon } from '../../src/lab/command.js';
import { insideLab, refusal } from '../../src/lab/enter.js';
import { breaksCase, faultNamed, faults } from '../../src/lab/faults/index.js';
import { deviceKinds } from '../../src/result.js';
import { mustFail } from '../lab/twins/plan.js';

describe('the lab, from outside', () => {
  it('builds nothing outside namespaces of its own', async () => {
    const before = process.env.TAKEOVER_LAB;
    process.env.TAKEOVER_LAB = 'pid:[1] net:[1]';
    try {
      assert.equal(insideLab(), false, 'a copied variable proves nothing');
      await assert.rejects(buildLab({ switch: 'linux-bridge', directory: '/nowhere' }), LabError);
    } finally {
      if (before === undefined) delete process.env.TAKEOVER_LAB;
      else process.env.TAKEOVER_LAB = before;
    }
  });

  describe('a kernel that refuses', () => {
    const said = 'unshare: unshare failed: Operation not permitted';
    const settings =
      (values: Record<string, string>) =>
      (path: string): string | undefined =>
        values[path];

    it('names the setting of AppArmor, of Debian, of the kernel', () => {
      const cases: [path: string, value: string, mend: RegExp][] = [
        [
          'kernel/apparmor_restrict_unprivileged_userns',
          '1',
          /sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/,
        ],
        ['kernel/unprivileged_userns_clone', '0', /sysctl -w kernel\.unprivileged_userns_clone=1/],
        ['user/max_user_namespaces', '0', /sysctl -w user\.max_user_namespaces=10000/],
      ];
      for (const [path, value, mend] of cases)
        assert.match(refusal(said, true, settings({ [path]: value })), mend);
    });

    it('points to root or a container’s privileges where no setting explains it', () => {
      const open = settings({
        'kernel/apparmor_restrict_unprivileged_userns': '0',
        'user/max_user_namespaces': '9',
      });
      assert.match(refusal(said, true, open), /as root.*--privileged/);
      assert.match(refusal(said, false, open), /--privileged/);
      assert.doesNotMatch(refusal(said, false, open), /as root/);
    });

    it('says when unshare is missing', async () => {
      const missing = await run(['no-such-program']).catch((error: Error) => error.message);
      assert.match(refusal(String(missing), true, settings({})), /install util-linux/);
    });
  });
});

describe('commands of the lab', () => {
  it('fail with a sentence that names the command and what it said', async () => {
    await assert.rejects(run(['sh', '-c', 'echo no luck >&2; exit 3']), (error: Error) => {
      assert.ok(error instanceof LabError);
      assert.match(error.message, /^'sh -c .*' failed: no luck$/);
      return true;
    });
  });

  it('fail with a mend when they are not installed', async () => {
    await assert.rejects(run(['no-such-program']), /'no-such-program' is not installed: install it/);
    await assert.rejects(
      startDaemon(['no-such-program'], () => false),
      /'no-such-program' is not installed: install it/,
    );
  });

  it('read what they are given', async () => {
    assert.equal((await run(['cat'], { input: 'some text' })).stdout, 'some text');
  });

  it('that end before they are ready are reported with their own words', async () => {
    await assert.rejects(
      startDaemon(['sh', '-c', 'echo port in use'], () => false),
      /ended at once: port in use/,
    );
  });

  it('that run on are stopped', async () => {
    const daemon = await startDaemon(['sh', '-c', 'echo ready; exec sleep 60'], (said) =>
      said.includes('ready'),
    );
    process.kill(daemon.pid, 0);
    await daemon.stop();
    assert.throws(() => process.kill(daemon.pid, 0), { code: 'ESRCH' });
  });
});

describe('the catalogue of faults', () => {
  const caseIds = probes.flatMap((probe) => probe.cases.map(({ id }) => `${probe.id}/${id}`));

  it('names each fault once', () => {
    const names = faults.map(({ name }) => name);
    assert.deepEqual([...new Set(names)], names);
    for (const name of names) assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it('breaks only cases that there are, of its own device', () => {
    for (const fault of faults) {
      for (const pattern of fault.breaks) {
        assert.ok(
          caseIds.some((id) => breaksCase({ ...fault, breaks: [pattern] }, id)),
          `${fault.name} breaks ${pattern}, which is no case`,
        );
        assert.ok(pattern.startsWith(`${fault.device}/`), `${fault.name} breaks ${pattern}`);
      }
    }
  });

  it('has a faulty twin for every case', () => {
    const twinless = caseIds.filter((id) => !faults.some((fault) => breaksCase(fault, id)));
    const must = new Set(deviceKinds.flatMap(mustFail));
    assert.deepEqual(
      twinless.filter((id) => must.has(id)),
      [],
    );
  });

  it('refuses an unknown fault and one for another switch', () => {
    assert.throws(() => faultNamed('gremlins', 'linux-bridge'), /no fault 'gremlins'.*never-moves/);
    assert.throws(() => faultNamed('never-moves', 'open-vswitch'), /needs the switch linux-bridge/);
    assert.equal(faultNamed('long-lock', 'open-vswitch').device, 'host');
  });
});
