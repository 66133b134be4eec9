/** The commands. Progress and tables go to stderr, data to stdout. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { BenchError } from './bench/bench.js';
import { registerBundles } from './cli/bundle-options.js';
import { registerCompare } from './cli/compare-options.js';
import { registerList } from './cli/list-options.js';
import { registerSite } from './cli/site-options.js';
import { registerSurvey } from './cli/survey-options.js';
import { LabError } from './lab/command.js';
import { exitCodes } from './result.js';
import { version } from './root.js';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return value;
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

const driver = () =>
  new Option('--driver <name>', 'how frames are sent and captured')
    .choices(['libpcap', 'cap'])
    .default('libpcap');

/** The options that `run` and `demo` share. */
function runOptions(command: Command): Command {
  return command
    .option('--grep <pattern>', 'only cases whose id or title matches this regular expression', pattern)
    .option('--repeat <n>', 'run every case n times; cases that differ are marked flaky', wholeNumber, 1)
    .addOption(driver())
    .option('--out <folder>', 'where results go (default: takeover-out/<time>)')
    .addOption(
      new Option(
        '--reporter <name>',
        'a mocha reporter on stdout (spec, dot, json, tap, xunit …) instead of the progress line',
      ).conflicts('json'),
    )
    .option('--slow', 'also cases that wait for the device’s timers, some for minutes', false)
    .addOption(
      new Option('--baseline <run>', 'fail only on what is worse than this earlier run').conflicts('bail'),
    )
    .option('--bail', 'stop at the first must that fails', false)
    .option('--seed <n>', 'repeat the random choices of an earlier run', wholeNumber)
    .option('--json', 'print the results as JSON on stdout', false);
}

/** Builds the command line. Each action returns the process's exit code through `done`. */
function program(done: (code: number) => void): Command {
  const takeover = new Command('takeover')
    .description(
      'Tells, before the night it matters, whether a switch or host follows a MAC address takeover.',
    )
    .version(version)
    .showHelpAfterError('(takeover --help lists the commands)')
    .exitOverride();
  /** What a command needs is loaded when it is called: `--help` shall not wait for libpcap. */
  const act =
    <Module, Args extends unknown[]>(
      load: () => Promise<Module>,
      pick: (module: Module) => (...args: Args) => Promise<number>,
    ) =>
    async (...args: Args) =>
      done(await pick(await load())(...args));
  const benchModule = () => import('./cli/bench.js');
  const catalogue = () => import('./cli/catalogue.js');
  const results = () => import('./cli/results.js');

  runOptions(takeover.command('demo'))
    .description('the whole job in a private virtual lab; needs no hardware')
    .addOption(
      new Option('--switch <kind>', 'the switch under test')
        .choices(['linux-bridge', 'open-vswitch'])
        .default('linux-bridge'),
    )
    .option('--fault <name>', 'make the device wrong on purpose; `takeover faults` lists how')
    .addOption(
      new Option(
        '--bench <size>',
        '`smallest`: two local ports, and a remote host over SSH plays World; `far`: World is at the router’s far side',
      )
        .choices(['full', 'smallest', 'far'])
        .default('full'),
    )
    .addOption(
      new Option('--router <kind>', 'the router under test').choices(['linux', 'frr']).default('linux'),
    )
    .addOption(
      new Option('--nic <kind>', 'certify only the NIC of port a, which is of this kind').choices([
        'veth',
        'macvlan',
        'tap',
      ]),
    )
    .option('--no-root', 'go through a user namespace even as root')
    .action(
      act(
        () => import('./cli/demo.js'),
        (m) => m.demoCommand,
      ),
    );
  runOptions(takeover.command('run'))
    .description('run the suites for every device of a bench')
    .argument('<bench.yaml>', 'the bench file; `takeover init` writes a first one')
    .option('--resume', 'take over what an earlier run in --out has settled', false)
    .action(
      act(
        () => import('./cli/run.js'),
        (m) => m.runCommand,
      ),
    );
  takeover
    .command('judge')
    .description('judge a run again from its evidence, and say whether the verdicts agree')
    .argument('<run>', 'a run’s folder, or one device’s in it')
    .option('--json', 'print every comparison as JSON on stdout', false)
    .action(act(results, (m) => m.judgeCommand));
  takeover
    .command('report')
    .description('write report.html, junit.xml, results.tap and ctrf-report.json again from results')
    .argument('<run...>', 'folders of runs')
    .option('--baseline <run>', 'say in them what is worse than this earlier run')
    .option('--out <folder>', 'where to write (default: the first run’s folder)')
    .action(act(results, (m) => m.reportCommand));
  takeover
    .command('probes')
    .description('list what is tested')
    .option('--cases', 'every case, not only the probes', false)
    .option('--profiles', 'how failover software announces itself, with the source of each', false)
    .option('--json', 'as JSON on stdout', false)
    .action(act(catalogue, (m) => m.probesCommand));
  takeover
    .command('record-profile')
    .description('listen to a real takeover, and write how it was announced as a profile for a bench file')
    .argument('<nic>', 'where the new owner can be heard; nothing is sent')
    .option('--out <file>', 'where to write (default: stdout)')
    .option('--seconds <n>', 'how long to listen', wholeNumber, 60)
    .option('--mac <address>', 'only what announces this link-layer address')
    .option('--ip <address>', 'only what announces this IP address')
    .action(
      act(
        () => import('./cli/profiles.js'),
        (m) => m.recordCommand,
      ),
    );
  takeover
    .command('explain')
    .description('why a probe or case is tested, by which clause, and what it needs')
    .argument('<id>', 'like switch/relearns or switch/relearns/rarp')
    .action(act(catalogue, (m) => m.explainCommand));
  takeover
    .command('faults')
    .description('list the faults that the lab can make')
    .action(act(catalogue, (m) => m.faultsCommand));
  takeover
    .command('init')
    .description('write a bench file from the NICs that are here')
    .argument('[file]', 'the file to write', 'bench.yaml')
    .action(act(benchModule, (m) => m.initCommand));
  takeover
    .command('doctor')
    .description('check a bench before a run: links, permissions, cabling, SSH')
    .argument('<bench.yaml>')
    .addOption(driver())
    .action(act(benchModule, (m) => m.doctorCommand));
  registerSurvey(takeover, done);
  registerCompare(takeover, done);
  takeover
    .command('restore')
    .description('undo what a killed run left')
    .action(act(benchModule, (m) => m.restoreCommand));
  registerBundles(takeover, done);
  registerList(takeover, done);
  registerSite(takeover, done);
  return takeover;
}

/** Runs a command line and returns its exit code: 0 every must passed, 1 a must failed, 2 wrong usage or
 *  bench file, 3 inconclusive or an error of the harness, 4 no case ran. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = exitCodes.compliant;
  try {
    await program((value) => {
      code = value;
    }).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (!(error instanceof Error)) throw error;
    const unusable = unusablePath(error);
    console.error(process.env.TAKEOVER_DEBUG ? error.stack : (unusable?.text ?? error.message));
    if (error instanceof BenchError || error instanceof LabError) return exitCodes.usage;
    return unusable?.code ?? exitCodes.inconclusive;
  }
}

/** What the file system said, with its mend; undefined where the error is of another kind. */
function unusablePath({
  code,
  path,
  syscall,
  message,
}: NodeJS.ErrnoException): { text: string; code: number } | undefined {
  const mends: Readonly<Record<string, readonly [what: string, exitCode: number]>> = {
    ENOSPC: [
      "can't be written: the disk is full; make room, or name a folder elsewhere with --out",
      exitCodes.inconclusive,
    ],
    EDQUOT: [
      "can't be written: your disk quota is used up; make room, or name a folder elsewhere with --out",
      exitCodes.inconclusive,
    ],
    EROFS: ["can't be written: its file system is read-only; name another place", exitCodes.usage],
    EEXIST: [
      "can't be written: something of another kind has that name; name another place",
      exitCodes.usage,
    ],
    EACCES: [
      "can't be used: this user may not; change its permissions, or name another place",
      exitCodes.usage,
    ],
    EPERM: ["can't be used: this system forbids it; name another place", exitCodes.usage],
    EISDIR: ["can't be used: it is a folder; name a file", exitCodes.usage],
    ENOENT: [
      "can't be used: it, or the folder that it lies in, is not there; name another place",
      exitCodes.usage,
    ],
    ENOTDIR: ["can't be used: a part of it is a file, not a folder; name another place", exitCodes.usage],
  };
  const isOfFiles = !syscall?.startsWith('spawn') && (path !== undefined || code !== 'ENOENT');
  const found = isOfFiles ? mends[code ?? ''] : undefined;
  return found && { text: `${path ?? message} ${found[0]}.`, code: found[1] };
}
