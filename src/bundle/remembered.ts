/** What a submitter answered the last time: of himself, never of the device. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import { relations } from './schema.js';

const RememberedSchema = v.object({
  organisation: v.exactOptional(v.string()),
  relation: v.exactOptional(v.picklist(relations)),
  contractedBy: v.exactOptional(v.string()),
  /** Of the key that signed. */
  fingerprint: v.exactOptional(v.string()),
  keyFile: v.exactOptional(v.string()),
});

export type Remembered = v.InferOutput<typeof RememberedSchema>;

/** XDG Base Directory Specification: a relative path is as good as none. */
export function submitterFile(env: NodeJS.ProcessEnv = process.env): string {
  const said = env.XDG_CONFIG_HOME ?? '';
  return join(isAbsolute(said) ? said : join(homedir(), '.config'), 'takeover', 'submitter.json');
}

/** Nothing where there is no such file, or none that can be used. */
export async function readRemembered(file = submitterFile()): Promise<Remembered> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RememberedSchema), text);
  return parsed.success ? parsed.output : {};
}

/** Keeps the answers; a folder that can't be written to is no reason to fail. Says whether it did. */
export async function remember(answers: Remembered, file = submitterFile()): Promise<boolean> {
  const beside = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(beside, `${JSON.stringify(answers, null, 2)}\n`, { mode: 0o600 });
    await rename(beside, file);
    return true;
  } catch {
    await rm(beside, { force: true }).catch(() => undefined);
    return false;
  }
}
