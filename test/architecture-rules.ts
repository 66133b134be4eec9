/** The rules of the code's structure, checked on the sources' text. Paths are relative to the package's root. */
import { posix } from 'node:path';

const maxLines = 300;

/** Folders whose files may import only what lies under `only` (npm packages and node: modules included). */
const onlyImports: Readonly<Record<string, (target: string) => boolean>> = {
  'src/frame/': (target) => !isOurs(target) || target.startsWith('src/frame/'),
  'src/profiles/': (target) => !isOurs(target) || /^src\/(frame|profiles)\//.test(target),
  'probes/': (target) => target === 'src/probe.ts' || /^(src\/(frame|profiles)|probes)\//.test(target),
};

/** Folders whose files never import from these. */
const neverImports: Readonly<Record<string, RegExp>> = {
  'src/report/': /^src\/(wire|bench|host|lab)\//,
  'src/list/': /^src\/(wire|bench|host|lab)\//,
  'src/bundle/': /^src\/(wire|bench|host|lab)\//,
  'src/site/': /^src\/(wire|bench|host|lab)\//,
  'src/compare/': /^src\/(wire|bench|host|lab)\//,
};

const probeId = /['"`](?:switch|host|router|nic)\//;
const developersPath = /(?<![\w.])\/(?:work|root|Users)\//;

const isOurs = (target: string) => /^(src|probes|test)\//.test(target);

/** What a source imports or re-exports: our files as paths from the root, others by their name. */
export function importsOf(path: string, text: string): string[] {
  const statements =
    /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm;
  const calls = /\bimport\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)]
    .map((match) => match[1] ?? match[2] ?? '')
    .map((name) =>
      name.startsWith('.') ? posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts') : name,
    );
}

/** Every breach of a rule, a sentence each; empty when the tree keeps them all. */
export function violations(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([path, text]) => [
    ...importViolations(path, text),
    ...(path.startsWith('src/engine/') && probeId.test(text)
      ? [`${path} names a probe, but the engine treats all probes alike.`]
      : []),
    ...(developersPath.test(text) ? [`${path} holds a path of a developer's machine.`] : []),
    ...(path.startsWith('src/') && text.split('\n').length > maxLines + 1
      ? [`${path} has more than ${maxLines} lines: split it.`]
      : []),
  ]);
}

function importViolations(path: string, text: string): string[] {
  const allows = Object.entries(onlyImports).find(([folder]) => path.startsWith(folder))?.[1];
  const forbids = Object.entries(neverImports).find(([folder]) => path.startsWith(folder))?.[1];
  return importsOf(path, text)
    .filter((target) => allows?.(target) === false || forbids?.test(target) === true)
    .map((target) => `${path} must not import ${target}.`);
}

/** The top-level folders of src/ that the text of ARCHITECTURE.md does not name. */
export function unmentionedFolders(sources: ReadonlyMap<string, string>, architecture: string): string[] {
  const folders = new Set([...sources.keys()].flatMap((path) => /^src\/(\w+)\//.exec(path)?.[1] ?? []));
  return [...folders].filter((folder) => !new RegExp(`\\b${folder}/`).test(architecture));
}
