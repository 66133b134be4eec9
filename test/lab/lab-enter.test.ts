import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const enterModule = new URL('../../src/lab/enter.js', import.meta.url).href;

/** A process that enters a lab with a shell script, as root or through a user namespace. */
function enter(script: string, userNamespace: boolean) {
  const code = `const { enterLab } = await import(${JSON.stringify(enterModule)});
    process.exitCode = await enterLab(['sh', '-c', ${JSON.stringify(script)}], { userNamespace: ${userNamespace} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  return { child, exit, output: () => output };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition(); await setTimeout(10))
    assert.ok(Date.now() < deadline, `${what} did not happen within 10 s`);
}

/** Processes whose command line holds the word, so that a test sees its own and nobody else's. */
function running(word: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
    } catch {
      return false;
    }
  });
}

for (const userNamespace of [false, true]) {
  describe(`entering the lab ${userNamespace ? 'through a user namespace' : 'as root'}`, () => {
    it('gives a network, processes, /run and /sys of its own', async () => {
      const { exit, output } = enter(
        'ip -o link | wc -l; ls /sys/class/net; ls -d /proc/[0-9]* | wc -l; ls /run/netns | wc -l; ip netns add inner && ip netns',
        userNamespace,
      );
      assert.equal(await exit, 0, output());
      const [links, nics, processes, ...run] = output().trim().split('\n');
      assert.deepEqual([links, nics], ['1', 'lo']);
      assert.ok(Number(processes) < 10, `${processes} processes`);
      assert.deepEqual(run, ['0', 'inner']);
    });

    it('brings the exit code back', async () => {
      assert.equal(await enter('exit 42', userNamespace).exit, 42);
      assert.equal(await enter('kill -TERM $$', userNamespace).exit, 143);
    });

    it('passes each signal on once', async () => {
      const script = `trap 'echo got it' INT; trap 'echo bye; exit 7' TERM; echo ready
        while :; do sleep 0.05; done`;
      const { child, exit, output } = enter(script, userNamespace);
      await until(() => output().includes('ready'), 'the start');
      child.kill('SIGINT');
      await until(() => output().includes('got it'), 'the SIGINT');
      child.kill('SIGTERM');
      assert.equal(await exit, 7);
      assert.equal(output(), 'ready\ngot it\nbye\n');
    });

    it('ends everything inside when it is killed', async () => {
      const marker = `marker-${process.pid}-${userNamespace}`;
      // One that stands in the foreground, one that has left for a session of its own and ignores what it can.
      const stubborn = `trap '' HUP INT TERM; echo started; while :; do sleep 0.1; done`;
      const { child, output } = enter(
        `setsid sh -c "${stubborn}" ${marker} & exec sh -c "${stubborn}" ${marker}`,
        userNamespace,
      );
      await until(() => output().split('started').length === 3, 'the start');
      assert.ok(running(marker).length >= 2);
      child.kill('SIGKILL');
      await until(() => running(marker).length === 0, 'the end of what was inside');
    });
  });
}

describe('what a process knows of the lab', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lab-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('knows that it is inside, and is not fooled by the variable in other namespaces', async () => {
    const script = join(folder, 'ask.mjs');
    writeFileSync(
      script,
      `import { insideLab, singleUser } from ${JSON.stringify(enterModule)}; console.log(\`\${insideLab()} \${singleUser()}\`);`,
    );
    const ask = `${process.execPath} ${script}`;
    const elsewhere = `unshare --net ${ask}; unshare --pid --fork --mount-proc ${ask}`;
    const root = enter(`${ask}; ${elsewhere}`, false);
    assert.equal(await root.exit, 0, root.output());
    assert.equal(root.output(), 'true false\nfalse false\nfalse false\n');
    const user = enter(ask, true);
    assert.equal(await user.exit, 0, user.output());
    assert.equal(user.output(), 'true true\n');
  });
});
