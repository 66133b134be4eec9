import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/root.js';
import { importsOf, unmentionedFolders, violations } from '../architecture-rules.js';
import { skip } from '../skip.js';

function readSources(...folders: string[]): Map<string, string> {
  return new Map(
    folders
      .flatMap((folder) =>
        readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
          .filter((name) => /\.(ts|js|sh|pl|hbs)$/.test(name))
          .map((name) => `${folder}/${name}`),
      )
      .map((path) => [path, readFileSync(join(packageRoot, path), 'utf8')]),
  );
}

const tree = (files: Record<string, string>) => new Map(Object.entries(files));

describe('architecture', () => {
  it('keeps the rules of imports, sizes and names', () => {
    assert.deepEqual(violations(readSources('src', 'probes', 'scripts', 'bin', 'templates')), []);
  });

  it('names every folder of src/ in ARCHITECTURE.md', function () {
    const path = join(packageRoot, 'ARCHITECTURE.md');
    if (!existsSync(path)) skip(this, 'ARCHITECTURE.md is not written yet');
    assert.deepEqual(unmentionedFolders(readSources('src'), readFileSync(path, 'utf8')), []);
  });
});

describe('the checker of the architecture', () => {
  const breaches: [path: string, text: string][] = [
    ['src/frame/arp.ts', "import { version } from '../root.js';"],
    ['src/frame/arp.ts', "export * from '../wire/wire.js';"],
    ['src/frame/arp.ts', "const { x } = await import('../root.js');"],
    ['probes/switch/relearns.ts', "import fs from 'node:fs';"],
    ['probes/switch/relearns.ts', "import { run } from '../../src/engine/run.js';"],
    ['src/report/html.ts', "import type {\n  Wire,\n} from '../wire/wire.js';"],
    ['src/list/verify.ts', "import '../lab/enter.js';"],
    ['src/engine/run.ts', "if (probe.id === 'switch/relearns') return;"],
    ['src/engine/run.ts', 'const nic = "/' + 'work/main/x";'],
    ['src/wire/long.ts', 'x;\n'.repeat(301)],
  ];
  for (const [path, text] of breaches) {
    it(`sees ${JSON.stringify(text.slice(0, 50))} in ${path}`, () => {
      const found = violations(tree({ [path]: text }));
      assert.equal(found.length, 1);
      assert.ok(found[0]?.startsWith(path));
    });
  }

  it('lets through what is allowed', () => {
    const allowed = tree({
      'src/frame/arp.ts': "import { Buffer } from 'node:buffer';\nimport { mac } from './mac.js';",
      'probes/switch/relearns.ts':
        "import { defineProbe } from '../../src/probe.js';\nimport '../../src/frame/arp.js';",
      'probes/index.ts': "import { relearns } from './switch/relearns.js';",
      'src/report/html.ts': "import type { Result } from '../result.js';\nimport '../evidence/recording.js';",
      'src/engine/run.ts': "import { ssh } from '../host/ssh.js';",
      'src/wire/long.ts': 'x;\n'.repeat(300),
    });
    assert.deepEqual(violations(allowed), []);
  });

  it('finds the folders that a text leaves out', () => {
    const sources = tree({ 'src/cli.ts': '', 'src/frame/arp.ts': '', 'src/wire/wire.ts': '' });
    assert.deepEqual(unmentionedFolders(sources, '`src/frame/` holds bytes. Wireless.'), ['wire']);
  });

  it('reads every form of import', () => {
    const text = [
      "import a, { b } from './a.js';",
      "import type { C } from 'pkg';",
      "export { d } from '../d.js';",
      "import '../e.js';",
      "await import('./f.js');",
      "const g = 'not from ./g.js';",
    ].join('\n');
    assert.deepEqual(importsOf('src/x/y.ts', text), [
      'src/x/a.ts',
      'pkg',
      'src/d.ts',
      'src/e.ts',
      'src/x/f.ts',
    ]);
  });
});
