/** Bundles made to deceive: by their folders, their files, and the JSON in them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { BundleError } from '../../src/bundle/bundle.js';
import { bundlePaths } from '../../src/bundle/find.js';
import { judgeBundle } from '../../src/bundle/judge.js';
import { limits } from '../../src/bundle/layout.js';
import type { RefusalCode } from '../../src/bundle/refusals.js';
import type { Device } from '../../src/result.js';
import { type BundleOptions, sha256 } from './bundle-fixtures.js';
import { copyFolder, editFile, openTrap, type Trap } from './bundle-trap.js';

const capture = 'evidence/switch/relearns/rarp/1/capture.pcapng';
const listing = (path: string): BundleOptions => ({
  editManifest: ({ files }) => void files.push({ path, size: 1, sha256: sha256('x') }),
});
const withFile = (path: string, bytes: string | Uint8Array = 'x'): BundleOptions => ({
  editFiles: (files) => void files.set(path, Buffer.from(bytes as string)),
});
/** result.json as any text. */
const resultText = (edit: (text: string) => string | Uint8Array): BundleOptions => ({
  editFiles: (files) => {
    const text = Buffer.from(files.get('result.json') ?? []).toString('utf8');
    files.set('result.json', Buffer.from(edit(text) as string));
  },
});
/** result.json with a member put in at its beginning. */
const member = (json: string) => resultText((text) => text.replace('{', `{${json},`));
const reason = (text: string): BundleOptions => ({
  edit: ({ result }) => {
    for (const entry of result.cases) entry.reason = text;
  },
});

/** subject.json's device. */
const device = (over: Partial<Device>): BundleOptions => ({
  edit: ({ subject }) => void Object.assign(subject.device, over),
});

type Deception = readonly [
  name: string,
  code: RefusalCode,
  options: BundleOptions,
  after?: (folder: string, trap: Trap) => Promise<unknown>,
];

const deceptions: readonly Deception[] = [
  ['a manifest that lists a file outside', 'path-escapes', listing('../../../../canary.json')],
  ['an absolute path', 'path-escapes', listing('/etc/passwd')],
  ['a path of another system', 'path-escapes', listing('..\\..\\canary.json')],
  ['a drive', 'path-escapes', listing('C:/canary.json')],
  ['a path that goes out and comes in again', 'path-escapes', listing('evidence/../result.json')],
  ['a path with an empty part', 'path-escapes', listing('evidence//x')],
  [
    'a result that names evidence outside',
    'path-escapes',
    {
      edit({ result }) {
        const evidence = result.cases[0]?.attempts[0]?.evidence;
        if (evidence) evidence.capture.path = '../../../../canary.json';
      },
    },
  ],
  [
    'a capture that is a link to a file outside',
    'not-a-file',
    {},
    async (folder, { canary }) => {
      await unlink(join(folder, capture));
      await symlink(canary, join(folder, capture));
    },
  ],
  [
    'a result that is a link',
    'not-a-file',
    {},
    async (folder, { canary }) => {
      await unlink(join(folder, 'result.json'));
      await symlink(canary, join(folder, 'result.json'));
    },
  ],
  [
    'a manifest that is a link',
    'not-a-file',
    {},
    async (folder, { canary }) => {
      await unlink(join(folder, 'manifest.json'));
      await symlink(canary, join(folder, 'manifest.json'));
    },
  ],
  [
    'a signature that is a link',
    'not-a-file',
    { key: null },
    (folder, { canary }) => symlink(canary, join(folder, 'manifest.json.sig')),
  ],
  [
    'a folder that is a link to one outside',
    'not-a-file',
    {},
    async (folder, { reports }) => {
      await rename(join(folder, 'evidence'), join(reports, 'acme', 'moved'));
      await symlink(join(reports, 'acme', 'moved'), join(folder, 'evidence'));
    },
  ],
  [
    'a pipe, which would be waited for',
    'not-a-file',
    {},
    async (folder) => execFileSync('mkfifo', [join(folder, 'pipe')]),
  ],
  [
    'a pipe in the place of the result',
    'not-a-file',
    {},
    async (folder) => {
      await unlink(join(folder, 'result.json'));
      execFileSync('mkfifo', [join(folder, 'result.json')]);
    },
  ],
  ['a script beside the evidence', 'evidence-unnamed', withFile('evidence/install.js')],
  ['a page that the result does not name', 'evidence-unnamed', withFile('report.html', '<script></script>')],
  ['a file that nobody listed', 'unlisted', {}, (folder) => writeFile(join(folder, 'extra.json'), '{}')],
  ['an empty folder', 'unlisted', {}, (folder) => mkdir(join(folder, 'evidence', 'empty'))],
  ['a hidden folder', 'name', {}, (folder) => mkdir(join(folder, '.git'))],
  ['a name that Windows keeps for itself', 'name', withFile('evidence/aux.json')],
  ['a name in Unicode', 'name', withFile('evidence/caf\u00e9.json')],
  ['a name that ends in a dot', 'name', withFile('evidence/x.')],
  ['a name with a line end in it', 'name', withFile('evidence/x\ny')],
  [
    'names that differ only in case',
    'name-collision',
    {},
    (folder) => writeFile(join(folder, 'RESULT.json'), '{}'),
  ],
  [
    'folders below folders',
    'too-large',
    {},
    (folder) => mkdir(join(folder, 'a/'.repeat(30)), { recursive: true }),
  ],
  ['a file that is gone', 'missing', {}, (folder) => unlink(join(folder, capture))],
  ['a signature of nothing', 'missing', {}, (folder) => unlink(join(folder, 'manifest.json'))],
  ['a capture that was cut off', 'size', {}, (folder) => truncate(join(folder, capture), 100)],
  [
    'a capture of which one octet was changed',
    'digest',
    {},
    (folder) =>
      editFile(join(folder, 'evidence/switch/relearns/rarp/1/events.json'), (text) => text.replace('1', '2')),
  ],
  [
    'a result that was changed later',
    'digest',
    {},
    (folder) => editFile(join(folder, 'result.json'), (text) => text.replace('pass', 'fail')),
  ],
  ['a file listed twice', 'manifest', { editManifest: ({ files }) => void files.push(...files.slice(0, 1)) }],
  ['a manifest that lists itself', 'manifest', listing('manifest.json')],
  ['a manifest without the result', 'manifest', { editManifest: ({ files }) => void files.splice(0, 99) }],
  [
    'a manifest of more files than any run has',
    'schema',
    {
      editManifest: ({ files }) => {
        for (let n = 0; n <= limits.files; n++)
          files.push({ path: `evidence/${n}`, size: 0, sha256: sha256('') });
      },
    },
  ],
  [
    'a file larger than any of a run',
    'too-large',
    {},
    (folder) => truncate(join(folder, capture), limits.fileBytes + 1),
  ],
  [
    'more octets than any run has',
    'too-large',
    {},
    async (folder) => {
      for (let n = 0; n <= limits.bundleBytes / limits.fileBytes; n++) {
        await writeFile(join(folder, `f${n}`), '');
        await truncate(join(folder, `f${n}`), limits.fileBytes);
      }
    },
  ],
  [
    'a result of enormous JSON',
    'too-large',
    {},
    (folder) => truncate(join(folder, 'result.json'), limits.jsonBytes + 1),
  ],
  ['arrays in arrays', 'json-bounds', member(`"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
  ['objects in objects', 'json-bounds', member(`"a": ${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)],
  ['brackets that never close', 'json-bounds', resultText(() => '['.repeat(1_000_000))],
  ['the key __proto__', 'json-key', member('"__proto__": {"polluted": true}')],
  ['the key __proto__, spelt otherwise', 'json-key', member('"\\u005f_proto__": {"polluted": true}')],
  ['a condition named constructor', 'json-key', device({ conditions: { constructor: 'x' } as never })],
  [
    'a key that stands twice',
    'json',
    resultText((text) => text.replace('"outcome": "pass"', '"outcome": "fail", "outcome": "pass"')),
  ],
  [
    'a number beyond all numbers',
    'json',
    resultText((text) => text.replace(/"durationMs": \d+/, '"durationMs": 1e999')),
  ],
  [
    'octets that are no UTF-8',
    'json',
    resultText((text) => Buffer.concat([Buffer.from(text), Buffer.from([0xff])])),
  ],
  ['JSON that ends in the middle', 'json', resultText((text) => text.slice(0, text.length / 2))],
  ['half of a character', 'text', resultText((text) => text.replace('"reason": "', '"reason": "\\ud800'))],
  ['a text that moves the cursor', 'text', reason('\u001b[2J\u001b]0;owned\u0007 passed')],
  ['a text that is read backwards', 'text', reason('\u202edessap')],
  ['a text without an end', 'json-bounds', reason('x'.repeat(limits.textLength + 1))],
  [
    'another version of the schema',
    'schema',
    resultText((text) => text.replace('"schemaVersion": 1', '"schemaVersion": 2')),
  ],
  ['more than the schema knows', 'schema', member('"onload": "alert(1)"')],
  ['a vendor that looks like another', 'device', device({ vendor: 'Acme\u200b' })],
  ['a vendor that is written otherwise', 'device', device({ vendor: 'Cafe\u0301' })],
  ['a model with two blanks', 'device', device({ model: 'S  24' })],
  ['a firmware of nothing', 'device', device({ firmware: '' })],
  ['a vendor with a letter of another script', 'device', device({ vendor: 'C\u0456sco' })],
  [
    'more conditions than the list can hold',
    'device-size',
    device({
      conditions: Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`c${n}`, 'x'.repeat(180)])),
    }),
  ],
];

describe('hostile bundles: files', () => {
  let trap: Trap;
  before(async () => {
    trap = await openTrap();
  });
  after(() => trap.close());
  afterEach(() => trap.untouched());

  for (const [name, code, options, after] of deceptions) {
    it(`refuses ${name}`, async () => {
      const path = await trap.make(options, (folder) => after?.(folder, trap) ?? Promise.resolve());
      await trap.refused(code, path);
      assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    });
  }

  it('refuses a socket', async () => {
    const path = await trap.make();
    const server = createServer();
    const listening = join(trap.reports, path, 's');
    await new Promise<void>((resolve) => server.listen(listening, resolve));
    try {
      await trap.refused('not-a-file', path);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('refuses a path that is none of a bundle', async () => {
    for (const path of ['', '..', '../../etc', 'a/b', 'a/b/../c', '/a/b', 'a/b/c/d', './b/c']) {
      await trap.refused('no-bundle', path);
    }
    await trap.refused('no-bundle', 'acme/s24/none');
  });

  it('accepts an honest one, so that each of these is refused for its deception', async () => {
    const bundle = await trap.open(await trap.make());
    assert.equal(bundle.signer?.organisation, 'Example Lab');
  });
});

/** Does something without the rights of root, which reads everything. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const user = process.geteuid?.();
  if (user === 0) process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    if (user === 0) process.seteuid?.(user);
  }
}

describe('hostile bundles: the folder of reports', () => {
  let trap: Trap;
  beforeEach(async () => {
    trap = await openTrap();
  });
  afterEach(async () => {
    await trap.untouched();
    await trap.close();
  });
  const told = async (reports: string) =>
    bundlePaths(reports).then(
      () => assert.fail('It should be refused.'),
      (error: BundleError) => error.refusals.map(({ code }) => code),
    );

  it('finds bundles in order', async () => {
    await trap.make({ path: 'b/m/2' });
    await trap.make({ path: 'a/m/1' });
    await trap.make({ path: 'a/l/9' });
    await mkdir(join(trap.reports, '.git'));
    assert.deepEqual(await bundlePaths(trap.reports), ['a/l/9', 'a/m/1', 'b/m/2']);
  });

  it('refuses links at every level, and a bundle that is reached through one', async () => {
    const path = await trap.make();
    await symlink(join(trap.reports, 'acme'), join(trap.reports, 'linked'));
    await symlink(join(trap.reports, path), join(trap.reports, 'acme', 's24', 'again'));
    assert.deepEqual(await told(trap.reports), ['not-a-file', 'not-a-file']);
    await trap.refused('not-a-file', `linked/s24/${path.split('/')[2]}`);
    await trap.refused('not-a-file', 'acme/s24/again');
  });

  it('tells of files and folders that the system does not let it read', async () => {
    const path = await trap.make();
    const folder = join(trap.reports, path);
    await chmod(dirname(trap.reports), 0o755);
    for (const [part, mode] of [
      ['manifest.json', 0],
      ['evidence', 0],
      ['', 0],
      // Its names can be read, and nothing else.
      ['', 0o744],
    ] as const) {
      await chmod(join(folder, part), mode);
      const text = await asNobody(() => trap.refused('unreadable', path));
      assert.match(
        text,
        /can't be read \(EACCES\); let whoever checks the bundle read its folders and files\.$/,
      );
      await chmod(join(folder, part), part === 'manifest.json' ? 0o644 : 0o755);
    }
    await chmod(join(folder, capture), 0);
    const bundle = await trap.open(path);
    const judged = await asNobody(() => judgeBundle(bundle));
    await chmod(join(folder, capture), 0o644);
    assert.match(
      judged.find(({ agrees }) => !agrees)?.text ?? '',
      /capture\.pcapng can't be read \(EACCES\)/,
    );
    await chmod(dirname(folder), 0);
    assert.deepEqual(await asNobody(() => told(trap.reports)), ['unreadable']);
    await chmod(dirname(folder), 0o755);
  });

  it('refuses vendors whose names collide, stray files, and names that are not allowed', async () => {
    const path = await trap.make();
    await copyFolder(join(trap.reports, path), join(trap.reports, 'ACME', 's24', 'run'));
    assert.deepEqual(await told(trap.reports), ['name-collision']);
    await rm(join(trap.reports, 'ACME'), { recursive: true });
    await writeFile(join(trap.reports, 'acme', 'notes.txt'), '');
    await mkdir(join(trap.reports, 'acme', 's24', 'caf\u00e9'));
    assert.deepEqual(await told(trap.reports), ['not-a-file', 'name']);
    assert.deepEqual(await told(join(trap.reports, 'none')), ['no-bundle']);
  });

  it('refuses a list of keys or parties that is a link', async () => {
    const path = await trap.make();
    await unlink(join(trap.reports, 'parties.json'));
    await symlink(trap.canary, join(trap.reports, 'parties.json'));
    await trap.refused('parties', path);
    await unlink(join(trap.reports, 'allowed_signers'));
    await symlink(trap.canary, join(trap.reports, 'allowed_signers'));
    await trap.refused('allowed-signers', path);
    assert.equal(dirname(trap.canary), dirname(trap.reports));
  });
});
