/** `takeover probes --profiles`, and `takeover record-profile`. */
import { writeFile } from 'node:fs/promises';
import { BenchError } from '../bench/bench.js';
import { isMac } from '../frame/index.js';
import { profiles } from '../profiles/catalogue.js';
import { unconfirmed } from '../profiles/profile.js';
import { type HeardFrame, recognise } from '../profiles/recognise.js';
import { profileSummary } from '../profiles/text.js';
import { profilesYaml } from '../profiles/yaml.js';
import { exitCodes } from '../result.js';
import { openWire } from '../wire/open.js';
import { print } from './run.js';

export async function listProfiles(json: boolean): Promise<number> {
  if (json) {
    await print(`${JSON.stringify(profiles, null, 2)}\n`);
    return exitCodes.compliant;
  }
  const lines = profiles.flatMap((profile) => [
    `${profile.name.padEnd(24)} ${profile.family}  ${profile.title}: ${profileSummary(profile)}`,
    `${''.padEnd(24)}       ${profile.source}`,
    ...(unconfirmed(profile).length > 0
      ? [`${''.padEnd(24)}       not confirmed: ${unconfirmed(profile).join(', ')}`]
      : []),
  ]);
  await print(`${lines.join('\n')}\n`);
  return exitCodes.compliant;
}

export interface RecordFlags {
  readonly out?: string;
  readonly seconds: number;
  readonly mac?: string;
  readonly ip?: string;
}

/** Resolves after so many seconds, or when the operator has heard enough (Ctrl-C). */
function operatorOr(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      process.off('SIGINT', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    process.once('SIGINT', done);
  });
}

/** Listens to a NIC, sends nothing, and writes what it heard of a takeover as profiles for a bench file. */
export async function recordCommand(nic: string, flags: RecordFlags): Promise<number> {
  if (flags.mac !== undefined && !isMac(flags.mac)) {
    throw new BenchError(`--mac is '${flags.mac}'; use an address like 00:00:5e:00:01:33.`);
  }
  const wire = await openWire('libpcap', { port: 'nic', nic });
  const heard: HeardFrame[] = [];
  try {
    wire.subscribe(({ bytes, timeNs, direction }) => heard.push({ bytes, timeNs, direction }));
    const failed = new Promise<never>((_, reject) => wire.onFailure(reject));
    console.error(
      `Listening on ${nic} for ${flags.seconds} s. Let the takeover happen; Ctrl-C ends it earlier.`,
    );
    await Promise.race([operatorOr(flags.seconds), failed]);
    await wire.flush();
  } finally {
    await wire.close();
  }
  const filter = {
    ...(flags.mac !== undefined && { mac: flags.mac.toLowerCase().replaceAll('-', ':') }),
    ...(flags.ip !== undefined && { ip: flags.ip }),
  };
  const found = recognise(heard, {
    ...filter,
    source: `seen on ${nic}, ${new Date().toISOString().slice(0, 10)}`,
  });
  if (found.length === 0) {
    const which = flags.mac ?? flags.ip;
    console.error(
      `Heard ${heard.length} frames on ${nic}, and none that announces a takeover${which ? ` of ${which}` : ''}. ` +
        'Listen on the new owner, or on a port of its network, and start before the takeover.',
    );
    return exitCodes.inconclusive;
  }
  const yaml = profilesYaml(found);
  if (flags.out === undefined) await print(yaml);
  else {
    await writeFile(flags.out, yaml);
    console.error(`Wrote ${flags.out}; its lines fit into a bench file.`);
  }
  for (const profile of found) console.error(`${profile.name}: ${profileSummary(profile)}`);
  return exitCodes.compliant;
}
