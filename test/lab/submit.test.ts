/** `takeover submit` and `withdraw`, as people use them: on a terminal, in a script, with keys of every kind. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subject } from '../../src/bundle/schema.js';
import type { Result } from '../../src/result.js';
import { labRun, overwrite, realRun } from './real-addresses.js';
import { makeKey } from './sshd.js';
import { converse, keys, type Spoken } from './terminal.js';

const cli = new URL('../../src/cli.js', import.meta.url).href;
const program = (...argv: string[]): string[] => [process.execPath, join(root, 'takeover.mjs'), ...argv];

let root: string;
let home: string;
let reports: string;
let run: string;
let key: string;
let env: Record<string, string>;

/** A run of a NIC, which is small, in somebody's network. */
async function makeRun(): Promise<string> {
  const folder = join(root, 'run');
  const { result } = await realRun(await labRun('nic'), folder);
  const device = { ...result.device, vendor: 'Acme', model: 'unknown', firmware: '4.2.1' };
  await overwrite(folder, { ...result, device });
  return folder;
}

const takeover = (argv: string[], more: Record<string, string> = {}): Promise<Spoken> =>
  new Promise((done, failed) => {
    const [command = '', ...rest] = program(...argv);
    const child = spawn(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, ...more },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk;
      });
    child.once('error', failed);
    child.once('close', (code) => done({ code, said }));
  });

const human = (
  argv: string[],
  steps: readonly (readonly [string, string])[],
  more: Record<string, string> = {},
) => converse(program(...argv), steps, { env: { ...env, TERM: 'dumb', ...more } });

/** Everything below reports/, as paths. */
const written = (): string[] => readdirSync(reports, { recursive: true, encoding: 'utf8' }).sort();
const bundles = (): string[] =>
  written()
    .filter((path) => path.endsWith('/manifest.json'))
    .map((path) => path.slice(0, -'/manifest.json'.length));
const json = <T>(path: string): T => JSON.parse(readFileSync(join(reports, path), 'utf8')) as T;

function trust(...lines: readonly (readonly [principal: string, keyFile: string, relation: string])[]): void {
  const signers = lines.map(([principal, file]) => {
    const [kind, base64] = readFileSync(`${file}.pub`, 'utf8').split(' ');
    return `${principal} namespaces="takeover-bundle" ${kind} ${base64}\n`;
  });
  const parties = Object.fromEntries(
    lines.map(([principal, , relation]) => [principal, { organisation: principal, relation }]),
  );
  writeFileSync(join(reports, 'allowed_signers'), signers.join(''));
  writeFileSync(join(reports, 'parties.json'), JSON.stringify({ schemaVersion: 1, parties }));
}

async function verified(path = '', ...argv: string[]): Promise<void> {
  const { code, said } = await takeover(['verify', join(reports, path), ...argv]);
  assert.equal(code, 0, said);
}

/** What answers everything of a run whose model is unknown. */
const model = ['--model', 'X710'];
const whoever = [...model, '--organisation', 'Acme', '--relation', 'vendor'];
const submit = (...argv: string[]) => ['submit', run, '--reports', reports, ...argv];

describe('takeover submit', function () {
  // A dozen processes one after another, on a busy machine.
  this.timeout(180_000);

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'takeover-submit-'));
    writeFileSync(
      join(root, 'takeover.mjs'),
      `import { main } from ${JSON.stringify(cli)};\nprocess.exitCode = await main(process.argv.slice(2));\n`,
    );
    run = await makeRun();
    key = join(root, 'key');
    makeKey(key);
  });
  after(() => rmSync(root, { recursive: true }));
  beforeEach(() => {
    home = join(root, 'home');
    reports = join(root, 'reports');
    for (const folder of [home, reports]) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
    }
    env = {
      ...{ HOME: home, XDG_CONFIG_HOME: join(home, 'config'), GIT_CONFIG_NOSYSTEM: '1', SSH_AUTH_SOCK: '' },
      // Nobody asks for a passphrase in a window.
      ...{ DISPLAY: '', SSH_ASKPASS: '', NO_COLOR: '1' },
    };
  });

  it('asks a human, refuses what says nothing, and writes a bundle that everybody can verify', async () => {
    trust(['Acme', key, 'vendor']);
    const { code, said } = await human(submit('--key', key), [
      ['Vendor of the device [Acme]: ', keys.enter],
      ['Model, as the vendor sells it: ', keys.enter],
      ['an answer is needed', `my switch${keys.enter}`],
      ["'my switch' says nothing", `X710${keys.enter}`],
      ['Hardware revision (empty for none): ', `rev 2${keys.enter}`],
      ['Exact firmware version [4.2.1]: ', keys.enter],
      ['Conditions that matter', `offloads${keys.enter}`],
      ['is no condition', `offloads=off${keys.enter}`],
      ['Name of the bench, as it will be published [rack 7]: ', `alice@lab${keys.enter}`],
      ['holds a login or a mail address', `bench 1${keys.enter}`],
      ['Write this bundle? (yes, no) [no]: ', `perhaps${keys.enter}`],
      ['answer yes or no', `yes${keys.enter}`],
    ]);
    assert.equal(code, 0, said);
    const [path = ''] = bundles();
    assert.match(path, /^acme\/x710\/\d{4}-\d\d-\d\d-acme-[\w-]+$/);
    assert.deepEqual(json<Subject>(`${path}/subject.json`), {
      schemaVersion: 1,
      device: {
        ...{ kind: 'nic', vendor: 'Acme', model: 'X710', hardware: 'rev 2', firmware: '4.2.1' },
        conditions: { offloads: 'off' },
      },
      tester: { organisation: 'Acme', relation: 'vendor' },
    });
    assert.equal(json<Result>(`${path}/result.json`).bench.name, 'bench 1');
    assert.match(said, /10\.1\.2\.\d+ → 192\.0\.2\.\d+|10\.1\.2\.\d+ → 198\.51\.100\.\d+/);
    assert.match(said, /login +Acme X710 shows its cache; Acme X710 is fast\./);
    await verified(path, '--new');
    // What people sign with elsewhere agrees.
    const check = [
      '-Y',
      'verify',
      '-f',
      join(reports, 'allowed_signers'),
      '-I',
      'Acme',
      '-n',
      'takeover-bundle',
    ];
    const manifest = join(reports, path, 'manifest.json');
    execFileSync('ssh-keygen', [...check, '-s', `${manifest}.sig`], { input: readFileSync(manifest) });
  });

  it('leaves nothing behind when the human leaves, at whatever question', async () => {
    const [enter] = [keys.enter];
    const dialogue: [string, string][] = [
      ['Vendor', enter],
      ['Model', `X710${enter}`],
      ['Hardware', enter],
      ['firmware', enter],
      ['Conditions', enter],
      ['organisation', `Acme${enter}`],
      ['relation|vendor, lab, user, project', `vendor${enter}`],
      ['Name of the bench', enter],
      ['Write this bundle?', `yes${enter}`],
    ];
    dialogue[6] = ['What it is to the device', `vendor${enter}`];
    for (const [at, leave] of [
      [0, keys.ctrlC],
      [3, keys.ctrlD],
      [5, keys.ctrlC],
      [8, keys.ctrlC],
    ] as const) {
      const [question = ''] = dialogue[at] ?? [];
      const { code, said, missed } = await human(submit('--key', key), [
        ...dialogue.slice(0, at),
        [question, leave],
      ]);
      assert.equal(missed, undefined, said);
      assert.equal(code, 3, said);
      assert.match(said, /Ended; nothing was written\./);
      assert.deepEqual(written(), []);
      assert.equal(existsSync(join(home, 'config')), false);
    }
    const refused = await human(submit('--key', key), [
      ...dialogue.slice(0, 8),
      ['Write this bundle?', `no${enter}`],
    ]);
    assert.deepEqual([refused.code, written()], [3, []], refused.said);
  });

  it('remembers who one is, and not what one tested', async () => {
    const { code, said } = await takeover(
      submit(...whoever, '--relation', 'lab', '--contracted-by', 'Initech', '--key', key, '--yes'),
    );
    assert.equal(code, 0, said);
    const file = join(home, 'config', 'takeover', 'submitter.json');
    assert.doesNotMatch(readFileSync(file, 'utf8'), /X710|4\.2\.1/);
    rmSync(reports, { recursive: true });
    mkdirSync(reports);
    const again = await takeover(submit(...model, '--yes'));
    assert.equal(again.code, 0, again.said);
    assert.deepEqual(json<Subject>(`${bundles()[0]}/subject.json`).tester, {
      ...{ organisation: 'Acme', relation: 'lab', contractedBy: 'Initech' },
    });
  });

  it('names every missing answer with its option where nobody can be asked', async () => {
    const { code, said } = await takeover(submit('--key', key));
    assert.equal(code, 2);
    assert.equal(
      said,
      [
        '--model is missing: model, as the vendor sells it.',
        '--organisation is missing: your organisation, as the list shall name it.',
        '--relation is missing: what it is to the device (vendor, lab, user, project).\n',
      ].join('\n'),
    );
    const unasked = await takeover(submit(...whoever, '--key', key));
    assert.match(unasked.said, /say so with --yes/);
    assert.deepEqual([unasked.code, written()], [2, []]);
  });

  it('says what to add where the key is not registered, and writes the bundle all the same', async () => {
    const { code, said } = await takeover(submit(...whoever, '--key', key, '--yes'));
    assert.equal(code, 0, said);
    const line = /^ {2}(acme namespaces=.*)$/m.exec(said)?.[1];
    const party = /^ {2}("acme": \{.*\})$/m.exec(said)?.[1];
    assert.ok(line && party, said);
    const [, kind, base64] = /(ssh-ed25519) (\S+)$/.exec(line) ?? [];
    assert.ok(readFileSync(`${key}.pub`, 'utf8').startsWith(`${kind} ${base64} `), 'without its comment');
    const [path = ''] = bundles();
    assert.notEqual((await takeover(['verify', join(reports, path)])).code, 0);
    writeFileSync(join(reports, 'allowed_signers'), `${line}\n`);
    writeFileSync(join(reports, 'parties.json'), `{"schemaVersion": 1, "parties": {${party}}}`);
    await verified(path, '--new');
  });

  it('takes organisation and relation from a registered key, and none that differ', async () => {
    trust(['Acme', key, 'vendor']);
    const other = await takeover(submit(...model, '--organisation', 'Initech', '--key', key, '--yes'));
    assert.equal(other.code, 2);
    assert.match(other.said, /registered for Acme \(vendor\): leave --organisation out/);
    assert.equal((await takeover(submit(...model, '--key', key, '--yes'))).code, 0);
  });

  it('writes a preview without a key', async () => {
    const { code, said } = await takeover(submit(...whoever, '--unsigned', '--yes'));
    assert.equal(code, 0, said);
    assert.match(said, /preview, which counts for nothing/);
    assert.deepEqual(readdirSync(join(reports, bundles()[0] ?? '')).sort(), [
      ...['evidence', 'manifest.json', 'result.json', 'subject.json'],
    ]);
  });

  describe('signs with', () => {
    it('a key that asks for its passphrase', async () => {
      const locked = join(root, 'locked');
      if (!existsSync(locked)) makeKey(locked, 'ed25519', 'open sesame');
      trust(['Acme', locked, 'vendor']);
      const asked = (passphrase: string) =>
        human(
          submit(
            ...whoever,
            '--hardware',
            '',
            '--condition',
            'a=b',
            '--bench-name',
            'b',
            '--key',
            locked,
            '--yes',
          ),
          [
            ['Vendor', keys.enter],
            ['firmware', keys.enter],
            ['Enter passphrase', `${passphrase}${keys.enter}`],
          ],
        );
      const wrong = await asked('open wheat');
      assert.equal(wrong.code, 2, wrong.said);
      assert.match(wrong.said, /Nothing was signed with .*unlock it \(ssh-add\)/);
      assert.deepEqual(bundles(), []);
      const right = await asked('open sesame');
      assert.equal(right.code, 0, right.said);
      assert.equal(bundles().length, 1);
    });

    it('a key that only an agent has, and chooses among those', async () => {
      const [one, other] = ['agent-1', 'agent-2'].map((name) => join(root, name));
      assert.ok(one && other);
      for (const file of [one, other]) makeKey(file);
      const agent = spawn('ssh-agent', ['-D', '-a', join(root, 'agent')], { stdio: 'ignore' });
      try {
        while (!existsSync(join(root, 'agent'))) await new Promise((done) => setTimeout(done, 20));
        const socket = { SSH_AUTH_SOCK: join(root, 'agent') };
        for (const file of [one, other]) {
          execFileSync('ssh-add', ['-q', file], { env: { ...process.env, ...socket } });
          rmSync(file);
        }
        const open = await takeover(submit(...whoever, '--yes'), socket);
        assert.equal(open.code, 2, open.said);
        assert.match(open.said, /more than one key: choose with --key\.\n.*SHA256.*\n.*SHA256/);
        trust(['Acme', other, 'vendor']);
        const { code, said } = await takeover(submit(...whoever, '--yes'), socket);
        assert.equal(code, 0, said);
        await verified(bundles()[0]);
      } finally {
        agent.kill();
        rmSync(join(root, 'agent'), { force: true });
      }
    });

    it('the key that git signs with', async () => {
      trust(['Acme', key, 'vendor']);
      writeFileSync(join(home, '.gitconfig'), `[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = ${key}.pub\n`);
      const { code, said } = await takeover(submit(...whoever, '--yes'));
      assert.equal(code, 0, said);
    });

    it('the usual file, an RSA or an ECDSA key', async () => {
      for (const type of ['rsa', 'ecdsa'] as const) {
        const file = join(root, type);
        makeKey(file, type);
        trust(['Acme', file, 'vendor']);
        const { code, said } = await takeover(submit(...whoever, '--key', file, '--yes'));
        assert.equal(code, 0, said);
        await verified(bundles()[0]);
        rmSync(join(reports, 'acme'), { recursive: true });
      }
      mkdirSync(join(home, '.ssh'));
      cpSync(key, join(home, '.ssh', 'id_ed25519'));
      const { code, said } = await takeover(submit(...whoever, '--yes'));
      assert.equal(code, 0, said);
    });

    it('nothing where there is no key', async () => {
      const { code, said } = await takeover(submit(...whoever, '--yes'));
      assert.equal(code, 2);
      assert.match(said, /There is no SSH key to sign with: make one .*--unsigned/);
      const missing = await takeover(submit(...whoever, '--key', join(root, 'nowhere'), '--yes'));
      assert.match(missing.said, /There is no key .*nowhere/);
      const noKey = join(root, 'text');
      writeFileSync(noKey, 'no key');
      assert.match((await takeover(submit(...whoever, '--key', noKey, '--yes'))).said, /is no SSH key/);
      assert.deepEqual(written(), []);
    });
  });

  describe('refuses', () => {
    it('a run that is submitted already, and one of two at once', async () => {
      const all = await Promise.all([1, 2].map(() => takeover(submit(...whoever, '--unsigned', '--yes'))));
      assert.deepEqual(all.map(({ code }) => code).sort(), [0, 2], all.map(({ said }) => said).join('\n'));
      assert.equal(bundles().length, 1);
      const before = written();
      const again = await takeover(submit(...whoever, '--organisation', 'Initech', '--unsigned', '--yes'));
      assert.equal(again.code, 2);
      assert.match(again.said, /submitted already, as acme\/x710\/.*takeover withdraw/);
      assert.deepEqual(written(), before);
    });

    it('evidence that was changed, and a verdict that was', async () => {
      const broken = join(root, 'broken');
      cpSync(run, broken, { recursive: true });
      const result = JSON.parse(readFileSync(join(broken, 'result.json'), 'utf8')) as Result;
      const [attempt] = result.cases.flatMap(({ attempts }) => attempts);
      assert.ok(attempt?.evidence);
      const submitBroken = () =>
        takeover(['submit', broken, '--reports', reports, ...whoever, '--unsigned', '--yes']);
      await overwrite(broken, {
        ...result,
        cases: result.cases.map((one) => ({
          ...one,
          attempts: one.attempts.map((tried) => (tried === attempt ? { ...tried, outcome: 'fail' } : tried)),
        })),
      });
      const lied = await submitBroken();
      assert.equal(lied.code, 2, lied.said);
      assert.match(lied.said, /does not come out as result\.json says/);
      await overwrite(broken, result);
      writeFileSync(join(broken, attempt.evidence.capture.path), 'x');
      assert.match((await submitBroken()).said, /capture\.pcapng was changed after the run/);
      rmSync(join(broken, attempt.evidence.capture.path));
      assert.match((await submitBroken()).said, /capture\.pcapng is missing/);
      assert.deepEqual(written(), []);
      rmSync(broken, { recursive: true });
    });

    it('to choose one of several devices where nobody says which', async () => {
      const several = join(root, 'several');
      mkdirSync(several);
      cpSync(run, join(several, 'acme-x710'), { recursive: true });
      cpSync(await labRun('router'), join(several, 'linux-forwarding'), { recursive: true });
      const of = (...argv: string[]) =>
        takeover(['submit', several, '--reports', reports, ...whoever, '--unsigned', '--yes', ...argv]);
      assert.match(
        (await of()).said,
        /more than one device: choose with --device\.\n.*acme-x710.*\n.*linux-forwarding/,
      );
      assert.match((await of('--device', 'nonsense')).said, /No device of .* is called 'nonsense'/);
      const { code, said } = await of('--device', 'ACME-x710');
      assert.equal(code, 0, said);
      const asked = await human(
        ['submit', several, '--reports', reports, ...whoever, '--firmware', '1', '--unsigned'],
        [
          ['Number [1]: ', `7${keys.enter}`],
          ['not a number from 1 to 2', `2${keys.enter}`],
          ['Vendor of the device [Linux]: ', keys.ctrlC],
        ],
      );
      assert.equal(asked.missed, undefined, asked.said);
      rmSync(several, { recursive: true });
    });

    it('a folder of reports that is not there, or is not ours', async () => {
      const gone = await takeover([
        'submit',
        run,
        '--reports',
        join(root, 'gone'),
        ...whoever,
        '--unsigned',
        '--yes',
      ]);
      assert.equal(gone.code, 2);
      assert.match(gone.said, /is not there: name the folder .* --reports/);
    });
  });

  it('leaves nothing behind when the disk is full', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'small', reports]);
    try {
      const { code, said } = await takeover(submit(...whoever, '--unsigned', '--yes'));
      assert.equal(code, 2, said);
      assert.match(said, /Nothing was written to .*: the disk is full\. Make room/);
      assert.deepEqual(written(), []);
    } finally {
      execFileSync('umount', [reports]);
    }
  });

  it('writes no more than its bundle, and that for all to read', async () => {
    await takeover(submit(...whoever, '--unsigned', '--yes'));
    const tops = new Set(written().map((path) => path.split('/')[0]));
    assert.deepEqual([...tops], ['acme']);
    const [path = ''] = bundles();
    assert.equal(statSync(join(reports, path)).mode & 0o055, 0o055 & ~process.umask());
  });

  describe('and withdraw', () => {
    let path: string;
    const withdraw = (...argv: string[]) => takeover(['withdraw', join(reports, path), ...argv]);
    beforeEach(async () => {
      trust(['Acme', key, 'vendor']);
      const { code, said } = await takeover(submit(...whoever, '--key', key, '--yes'));
      assert.equal(code, 0, said);
      path = bundles()[0] ?? '';
    });

    it('says of a bundle that it no longer counts, once', async () => {
      const { code, said } = await withdraw(
        '--reason',
        'The firmware was not the released one.',
        '--key',
        key,
      );
      assert.equal(code, 0, said);
      assert.equal(
        json<{ reason: string }>(`${path}/withdrawal.json`).reason,
        'The firmware was not the released one.',
      );
      await verified(path);
      const again = await withdraw('--reason', 'again', '--key', key);
      assert.equal(again.code, 2);
      assert.match(again.said, /is withdrawn already/);
    });

    it('refuses a stranger, a reason with an address, and a folder that is no bundle', async () => {
      const stranger = join(root, 'stranger');
      if (!existsSync(stranger)) makeKey(stranger);
      const foreign = await withdraw('--reason', 'I do not like it', '--key', stranger);
      assert.match(foreign.said, /Only Acme, who submitted it, or the project may withdraw/);
      assert.match((await withdraw('--reason', 'ask jo@acme.example', '--key', key)).said, /mail address/);
      assert.match(
        (await takeover(['withdraw', reports, '--reason', 'x', '--key', key])).said,
        /holds no manifest/,
      );
      assert.equal(existsSync(join(reports, path, 'withdrawal.json')), false);
    });

    it('leaves the bundle as it was where nobody would believe the withdrawal', async () => {
      const file = join(reports, 'allowed_signers');
      const expired = readFileSync(file, 'utf8').replace(
        ' namespaces=',
        ' valid-before="20301231",namespaces=',
      );
      // It was valid when the bundle was made, and is no longer.
      writeFileSync(
        file,
        expired.replace(
          '20301231',
          new Date(Date.now() + 1_000).toISOString().replace(/\D/g, '').slice(0, 14),
        ),
      );
      await new Promise((done) => setTimeout(done, 1_500));
      const late = await withdraw('--reason', 'too late', '--key', key);
      assert.equal(late.code, 2, late.said);
      assert.equal(existsSync(join(reports, path, 'withdrawal.json')), false);
      await verified(path);
    });

    it('is open to the project too', async () => {
      const project = join(root, 'project');
      if (!existsSync(project)) makeKey(project);
      trust(['Acme', key, 'vendor'], ['takeover', project, 'project']);
      const { code, said } = await withdraw(
        '--reason',
        'The capture is of another device.',
        '--key',
        project,
      );
      assert.equal(code, 0, said);
      await verified(path);
    });
  });
});
