/** The check of a pull request, played with real git repositories. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileCommand } from '../../src/cli/list.js';
import { checkSubmissionCommand } from '../../src/cli/submission.js';
import { parseRawDiff, readSubmission } from '../../src/cli/submission-rules.js';
import { createKey, keyOf, makeBundle, trustParties, withdrawBundle } from '../unit/bundle-fixtures.js';

const identity = {
  GIT_AUTHOR_NAME: 'x',
  GIT_AUTHOR_EMAIL: 'x@example.org',
  GIT_COMMITTER_NAME: 'x',
  GIT_COMMITTER_EMAIL: 'x@example.org',
};

function git(folder: string, ...args: readonly string[]): string {
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', ...identity };
  return execFileSync('git', ['-C', folder, ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Does something without what it says. */
async function quietly<T>(act: () => Promise<T>): Promise<T> {
  const tell = console.error;
  console.error = () => undefined;
  try {
    return await act();
  } finally {
    console.error = tell;
  }
}

describe('A pull request that adds a bundle', () => {
  let root: string;
  let base: string;
  let known: string;
  let n = 0;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'takeover-submission-'));
    base = join(root, 'base');
    mkdirSync(join(base, 'src'), { recursive: true });
    git(base, 'init', '--quiet', '--initial-branch', 'main');
    writeFileSync(join(base, 'src', 'validator.js'), 'refuse();\n');
    writeFileSync(join(base, 'hardware-list.json'), '{"schemaVersion": 2, "entries": []}\n');
    await trustParties(join(base, 'reports'));
    known = await makeBundle(join(base, 'reports'));
    git(base, 'add', '--all');
    git(base, 'commit', '--quiet', '--message', 'base');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  /** Has a contributor change a clone, then checks it beside a fresh checkout of the base. */
  async function submit(change: (clone: string) => Promise<unknown> | unknown) {
    const [clone, into] = [join(root, `clone-${++n}`), join(root, `into-${n}`)];
    git(root, 'clone', '--quiet', base, clone);
    await change(clone);
    git(clone, 'add', '--all');
    git(clone, 'commit', '--quiet', '--allow-empty', '--message', 'submission');
    git(root, 'clone', '--quiet', base, into);
    git(into, 'fetch', '--quiet', clone, 'HEAD:refs/submission');
    const untouched = git(into, 'status', '--porcelain');
    assert.equal(untouched, '');
    const said: string[] = [];
    const tell = console.error;
    console.error = (text: string) => void said.push(text);
    try {
      const code = await checkSubmissionCommand({ base: 'HEAD', head: 'refs/submission', repo: into, into });
      const written = git(into, 'status', '--porcelain', '--untracked-files=all', '-z')
        .split('\0')
        .filter(Boolean);
      return { code, said: said.join('\n'), written, into };
    } finally {
      console.error = tell;
    }
  }
  const another = { startedAt: '2026-02-02T10:00:00.000Z' };
  const refused = async (change: Parameters<typeof submit>[0], why = /^/) => {
    const { code, said, written } = await submit(change);
    assert.match(said, why);
    assert.equal(code, 1, said);
    assert.deepEqual(written, [], 'what was refused by its paths alone is not written');
    return said;
  };

  it('is accepted where it is honest', async () => {
    let path = '';
    const { code, said, into } = await submit(async (clone) => {
      path = await makeBundle(join(clone, 'reports'), another);
    });
    assert.equal(code, 0, said);
    assert.match(said, /✓ verdicts: \d+ attempts judged again, and every verdict agrees/);
    assert.match(said, /The submission may be merged/);
    assert.ok(existsSync(join(into, 'reports', path, 'manifest.json')));
  });

  it('is refused where its verdicts are not what its evidence shows', async () => {
    const { code, said } = await submit((clone) =>
      makeBundle(join(clone, 'reports'), {
        ...another,
        behaviour: 'never-moves',
        edit: ({ result }) => {
          for (const c of result.cases)
            for (const attempt of [c, ...c.attempts])
              if (attempt.outcome === 'fail') attempt.outcome = 'pass';
        },
      }),
    );
    assert.equal(code, 1);
    assert.match(said, /claimed pass, judged fail/);
  });

  it('is refused where a stranger signed it', async () => {
    const { code, said } = await submit((clone) =>
      makeBundle(join(clone, 'reports'), { ...another, key: createKey() }),
    );
    assert.equal(code, 1);
    assert.match(said, /✗ unknown-key: the key SHA256:/);
  });

  it('is refused where it brings its own trust along', () =>
    refused(async (clone) => {
      const key = createKey();
      await trustParties(join(clone, 'reports'), [{ organisation: 'Example Lab', relation: 'lab', key }]);
      await makeBundle(join(clone, 'reports'), { ...another, key });
    }, /"reports\/allowed_signers" says whom everybody trusts: ask a maintainer/));

  it('is refused where it edits another’s bundle', () =>
    refused(
      (clone) => writeFileSync(join(clone, 'reports', known, 'result.json'), '{}'),
      /result\.json" is there already, and a bundle is never changed/,
    ));

  it('is refused where it deletes another’s bundle', () =>
    refused(
      (clone) => rmSync(join(clone, 'reports', known), { recursive: true }),
      /would be deleted, and nothing in reports\/ is: withdraw/,
    ));

  it('is refused where it adds to another’s bundle', () =>
    refused(
      (clone) => writeFileSync(join(clone, 'reports', known, 'notes.txt'), 'x'),
      /would be added to a bundle that is there already/,
    ));

  it('is refused where it edits the validator beside', () =>
    refused(async (clone) => {
      writeFileSync(join(clone, 'src', 'validator.js'), 'accept();\n');
      await makeBundle(join(clone, 'reports'), another);
    }, /"src\/validator\.js" is no part of a bundle/));

  it('is refused where it holds a link, a program or another repository', async () => {
    const said = await refused(async (clone) => {
      const folder = join(clone, 'reports', await makeBundle(join(clone, 'reports'), another));
      symlinkSync('/etc/passwd', join(folder, 'link.json'));
      writeFileSync(join(folder, 'run.sh'), 'x', { mode: 0o755 });
      mkdirSync(join(folder, 'module'));
      git(join(folder, 'module'), 'init', '--quiet');
      git(join(folder, 'module'), 'commit', '--quiet', '--allow-empty', '--message', 'x');
    });
    assert.equal(
      said.match(/(link\.json|run\.sh|module)" is a link, a program or another repository/g)?.length,
      3,
    );
  });

  it('is refused where a folder of it is a link to another bundle', () =>
    refused((clone) => {
      mkdirSync(join(clone, 'reports', 'acme', 's25'), { recursive: true });
      symlinkSync(`../../${known}`, join(clone, 'reports', 'acme', 's25', 'run'));
    }, /is no path of a bundle’s file/));

  it('is refused for names that would deceive, and no log line is made of them', async () => {
    const names = ['a\nb.json', ' a b', '.hidden', 'a\\b', 'nul', 'a\u001b[2Jb', 'a\u202eb', 'a:b'];
    const said = await refused(async (clone) => {
      const path = await makeBundle(join(clone, 'reports'), another);
      for (const name of names) writeFileSync(join(clone, 'reports', path, name), 'x');
    });
    const lines = said.split('\n');
    assert.equal(lines.length, names.length);
    for (const line of lines)
      assert.match(line, /^✗ "reports\/[ -~]*" is no path of a bundle’s file: use the folder/);
  });

  it('is refused where the name begins with a dash: it is no file of a bundle', async () => {
    const { code, said } = await submit(async (clone) => {
      const path = await makeBundle(join(clone, 'reports'), another);
      writeFileSync(join(clone, 'reports', path, '--upload-pack=x'), 'x');
    });
    assert.equal(code, 1, said);
  });

  it('is refused where it has two bundles', () =>
    refused(async (clone) => {
      await makeBundle(join(clone, 'reports'), another);
      await makeBundle(join(clone, 'reports'), { startedAt: '2026-03-03T10:00:00.000Z' });
    }, /2 bundles are new/));

  it('may withdraw a bundle of its own, and no other’s', async () => {
    const withdraw = (organisation: string) =>
      submit((clone) => withdrawBundle(join(clone, 'reports', known), keyOf(organisation)));
    const own = await withdraw('Example Lab');
    assert.equal(own.code, 0, own.said);
    assert.match(own.said, /withdrawn at/);
    const other = await withdraw('Other Lab');
    assert.equal(other.code, 1, other.said);
  });

  describe('and the list', () => {
    const withList = (write: (clone: string) => Promise<unknown> | unknown) =>
      submit(async (clone) => {
        await makeBundle(join(clone, 'reports'), another);
        await write(clone);
      });

    it('is refused where the list says what no bundle does', async () => {
      const { code, said } = await withList((clone) =>
        writeFileSync(join(clone, 'hardware-list.json'), '{"mine": "compliant"}\n'),
      );
      assert.equal(code, 1, said);
      assert.match(said, /✓ verdicts.*✗ The submission is refused/s);
    });

    it('is accepted where the list is as it would be compiled', async () => {
      const { code, said, written } = await withList((clone) =>
        quietly(() =>
          compileCommand({
            ...{ reports: join(clone, 'reports'), out: join(clone, 'hardware-list.json') },
            ...{ check: false, cached: false, fresh: true },
          }),
        ),
      );
      assert.equal(code, 0, said);
      assert.ok(written.includes(' M hardware-list.json'));
    });
  });

  it('is told from others, and a change of trust is pointed out', async () => {
    const code = await submit((clone) => writeFileSync(join(clone, 'src', 'validator.js'), 'better();\n'));
    assert.deepEqual([code.code, /no submission/.test(code.said)], [0, true]);
    const trust = await submit((clone) => writeFileSync(join(clone, 'reports', 'parties.json'), '{}'));
    assert.equal(trust.code, 0);
    assert.match(
      trust.said,
      /! reports\/parties\.json says whose signatures everybody trusts: a maintainer must review/,
    );
  });

  it('is compared with where it left the base branch', async () => {
    const clone = join(root, 'late');
    git(root, 'clone', '--quiet', base, clone);
    const later = join(root, 'later');
    cpSync(base, later, { recursive: true });
    writeFileSync(join(later, 'src', 'validator.js'), 'newer();\n');
    git(later, 'commit', '--quiet', '--all', '--message', 'newer base');
    await makeBundle(join(clone, 'reports'), another);
    git(clone, 'add', '--all');
    git(clone, 'commit', '--quiet', '--message', 'submission');
    git(later, 'fetch', '--quiet', clone, 'HEAD:refs/submission');
    const flags = { base: 'HEAD', head: 'refs/submission', repo: later, into: later };
    assert.equal(await quietly(() => checkSubmissionCommand(flags)), 0);
  });

  it('names no commit that looks like an option', async () => {
    await assert.rejects(
      checkSubmissionCommand({ base: '--output=x', head: 'HEAD', repo: base, into: base }),
      /git rev-parse says/,
    );
  });
});

describe('The list of what a pull request changes', () => {
  it('is split where git splits it, whatever a name holds', () => {
    const object = '1'.repeat(40);
    const raw = `:000000 100644 ${'0'.repeat(40)} ${object} A\0reports/a\n:b c\0:100644 000000 ${object} ${'0'.repeat(40)} D\0x\0`;
    assert.deepEqual(parseRawDiff(raw), [
      { status: 'A', mode: '100644', object, path: 'reports/a\n:b c' },
      { status: 'D', mode: '000000', object: '0'.repeat(40), path: 'x' },
    ]);
  });

  it('of more files than a bundle has is refused', () => {
    const changes = Array.from({ length: 20_001 }, (_, i) => ({
      ...{ status: 'A', mode: '100644', object: '1'.repeat(40) },
      path: `reports/acme/s24/run/evidence/${i}`,
    }));
    assert.match(readSubmission(changes, () => false).refusals.join(), /20001 files are new/);
  });
});
