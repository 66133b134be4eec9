/** Reads a bench file: YAML to `Bench`, or every mistake in it, each with its line and its mend. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { TextDecoder } from 'node:util';
import * as v from 'valibot';
import { documentationMac, isDocumentation, isDocumentationMac } from './addresses.js';
import { type Bench, BenchError, type SshAccess } from './bench.js';
import { type Contradiction, contradictions } from './consistency.js';
import { readProfiles } from './profiles.js';
import { schemaFor } from './schema.js';
import { type Mistake, pathText, readYaml, type Tree } from './yaml.js';

/** Where a bench file came from: `file` names it in errors, `directory` is what relative paths start at. */
export interface BenchSource {
  readonly file: string;
  readonly directory: string;
}

const mistakesTold = 20;

/** Keeps what a file holds from moving the cursor of the terminal that reads about it. */
const visible = (text: string) =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Reads the text of a bench file. Defaults are filled in, paths resolved, text kept as written.
 * Throws a BenchError with a line for each mistake: `bench.yaml:7: devices[0].kind is 'swich'; use one of …`.
 */
export function parseBench(text: string, source: BenchSource): Bench {
  const yaml = readYaml(text);
  const fail: (mistakes: readonly Mistake[]) => never = (mistakes) => {
    const sorted = [...mistakes].sort((one, other) => one.line - other.line);
    const told = [...new Set(sorted.map((m) => `${source.file}:${m.line}: ${visible(m.text)}`))];
    const more = told.length - mistakesTold;
    throw new BenchError(
      [...told.slice(0, mistakesTold), ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n'),
    );
  };
  const at = ({ path, text }: Contradiction): Mistake => ({
    line: yaml.lineOf(path),
    text: `${pathText(path) || 'The file'} ${text}`,
  });

  if (yaml.mistakes.length > 0) fail(yaml.mistakes);
  const parsed = v.safeParse(schemaFor(source.directory), yaml.tree);
  if (!parsed.success) {
    const pathOf = (issue: v.BaseIssue<unknown>) =>
      issue.path?.map(({ key }) => key as string | number) ?? [];
    fail(parsed.issues.map((issue) => at({ path: pathOf(issue), text: issue.message })));
  }
  const { bench: name, addresses, allow, profiles: trees, ...rest } = parsed.output;
  const { profiles, mistakes } = readProfiles(trees as readonly Tree[]);
  if (mistakes.length > 0) fail(mistakes.map(at));
  const bench: Bench = {
    name,
    ...rest,
    ...(profiles.length > 0 && { profiles }),
    addresses: { mac: documentationMac, ...addresses },
    allowNics: allow,
  };
  const found = contradictions(bench);
  if (found.length > 0) fail(found.map(at));
  return bench;
}

/** Reads a bench file; paths in it start at its folder. Throws a BenchError. */
export async function readBench(path: string): Promise<Bench> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new BenchError(`${path} does not exist; \`takeover init\` writes one.`);
    throw new BenchError(`${path} can't be read (${error.code}); name a bench file that you may read.`);
  });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BenchError(`${path} is not UTF-8 text; save it as such.`);
  }
  return parseBench(text, { file: path, directory: dirname(resolve(path)) });
}

/** What an operator should know before a run: the addresses outside the ranges set aside for documentation. */
export function benchWarnings(bench: Bench): string[] {
  const { ipv4, ipv6, mac } = bench.addresses;
  const outside = [
    ...(isDocumentation(ipv4, 'ipv4') ? [] : [ipv4]),
    ...(isDocumentation(ipv6, 'ipv6') ? [] : [ipv6]),
    ...(isDocumentationMac(mac) ? [] : [`${mac.count} station addresses from ${mac.first}`]),
  ];
  return outside.map(
    (block) =>
      `Not set aside for documentation: ${block}. Make sure that nothing else on this network uses it.`,
  );
}

/** Every SSH access that a bench names, jump hosts too, each once. */
export function sshAccesses(bench: Bench): SshAccess[] {
  const { world } = bench.ports;
  const all = [
    ...(world && 'ssh' in world ? [world.ssh] : []),
    ...bench.devices.flatMap(({ ssh }) => (ssh ? [ssh] : [])),
  ];
  const withJumps = (ssh: SshAccess): SshAccess[] => [...(ssh.jump ? withJumps(ssh.jump) : []), ssh];
  return [...new Map(all.flatMap(withJumps).map((ssh) => [JSON.stringify(ssh), ssh])).values()];
}
