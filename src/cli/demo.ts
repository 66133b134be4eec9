/** `takeover demo`: the whole job in namespaces of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkReporter } from '../engine/mocha.js';
import { type BenchSize, buildLab, type SwitchKind } from '../lab/build.js';
import { LabError } from '../lab/command.js';
import { enterLab, insideLab, labLimits, whereIs } from '../lab/enter.js';
import { faultNamed } from '../lab/faults/index.js';
import type { NicKind } from '../lab/nics.js';
import { frrLimit, type RouterKind } from '../lab/router.js';
import { readBaselineFiles } from './baseline.js';
import { defaultOut, execute, type RunFlags } from './run.js';

interface DemoFlags extends RunFlags {
  readonly switch: SwitchKind;
  readonly fault?: string;
  readonly bench: BenchSize;
  readonly router: RouterKind;
  readonly nic?: NicKind;
  readonly root: boolean;
}

const openVswitchPrograms = ['ovs-vswitchd', 'ovsdb-server', 'ovs-vsctl'];

export async function demoCommand(flags: DemoFlags): Promise<number> {
  // Before anything is built: what is wrong or missing is told at once.
  if (flags.reporter !== undefined) checkReporter(flags.reporter);
  if (flags.switch === 'open-vswitch' && !openVswitchPrograms.every(whereIs)) {
    throw new LabError(
      'Open vSwitch is not installed: run `node scripts/setup.js --for demo --switch open-vswitch`, then try again.',
    );
  }
  const fault = flags.fault === undefined ? undefined : faultNamed(flags.fault, flags.switch);
  if (flags.router === 'frr' && insideLab()) {
    const limit = frrLimit();
    if (limit !== undefined) throw new LabError(limit);
  }
  if (flags.baseline !== undefined) await readBaselineFiles(flags.baseline);
  if (!insideLab()) {
    const { execPath, argv } = process;
    const userNamespace = process.getuid?.() !== 0 || !flags.root;
    return enterLab([execPath, ...argv.slice(1)], { userNamespace });
  }
  const out = resolve(flags.out ?? defaultOut());
  // On the lab's own /run, which ends with it, however it ends.
  const directory = await mkdtemp('/run/takeover-lab-');
  // What it changes ends with the lab: the operator's own journal is not touched.
  process.env.TAKEOVER_STATE = join(directory, 'state');
  try {
    const wrong = fault ? `, with the fault '${fault.name}': ${fault.title}` : '';
    console.error(`Building the lab: ${flags.switch}, ${flags.bench} bench${wrong}.`);
    for (const limit of labLimits()) console.error(`Left out: ${limit}`);
    const lab = await buildLab({
      switch: flags.switch,
      bench: flags.bench,
      router: flags.router,
      directory,
      timers: flags.slow ? 'short' : 'default',
      ...(flags.fault !== undefined && { fault: flags.fault }),
      ...(flags.nic !== undefined && { nic: flags.nic }),
    });
    try {
      return await execute(lab.bench, { ...flags, out });
    } finally {
      await lab.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
