/**
 * Makes a checkout ready to use: npm packages, system packages, the build. It does only what is not done
 * yet, says what and why, and needs nothing but Node.
 *
 *     node scripts/setup.js --for demo|run|test|bench [--switch open-vswitch] [--no-install]
 *
 * Exit codes: 0 ready, 2 something for the operator to do first, 3 a step failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.js';
import {
  buildCap,
  capIsBuilt,
  installNpmPackages,
  linkCommand,
  npmPackagesAreCurrent,
} from './npm-packages.js';
import { becomeRoot, hasApt, installCommand, missingPackages, purposes } from './system-packages.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Progress is not data: it goes to stderr. */
const say = (text) => console.error(`set-up: ${text}`);

/** Ends the set-up with a sentence that the operator can act on. */
function stop(code, text) {
  console.error(text);
  process.exit(code);
}

function seconds(work) {
  const start = performance.now();
  const result = work();
  return [result, `${((performance.now() - start) / 1000).toFixed(1)} s`];
}

function readArguments() {
  const usage = `Usage: node scripts/setup.js --for ${purposes.join('|')} [--switch open-vswitch] [--no-install]`;
  try {
    const { values } = parseArgs({
      options: {
        for: { type: 'string', default: 'demo' },
        switch: { type: 'string' },
        'no-install': { type: 'boolean', default: false },
      },
    });
    if (!purposes.includes(values.for)) stop(2, `There is no set-up for "${values.for}".\n${usage}`);
    return { purpose: values.for, ovs: values.switch === 'open-vswitch', install: !values['no-install'] };
  } catch (error) {
    return stop(2, `${error.message}\n${usage}`);
  }
}

function checkPlatform() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!supported) {
    stop(2, `takeover needs Node 20.19 or newer (22.12 or newer of 22); this is ${process.versions.node}.`);
  }
  if (process.platform !== 'linux') {
    stop(
      2,
      `takeover runs on Linux, since its lab is made of Linux namespaces; this is ${process.platform}.`,
    );
  }
}

function provideSystemPackages({ purpose, ovs, install }) {
  const missing = missingPackages(purpose, ovs);
  if (missing.length === 0) return;
  const names = missing.join(' ');
  if (!hasApt()) {
    const text = `Missing for ${purpose}: ${names} (Debian's names). Install them with this system's package manager.`;
    return install ? stop(2, text) : say(text);
  }
  const command = installCommand(missing);
  if (!install) return say(`missing for ${purpose}: ${names}; to install: sudo ${command.join(' ')}`);
  const prefix = becomeRoot();
  if (prefix === undefined) {
    stop(
      2,
      `Missing for ${purpose}: ${names}. Run this, which keeps their services off, then try again:\n  sudo ${command.join(' ')}`,
    );
  }
  say(`installing ${names} (needed for ${purpose}; the services they bring stay off) …`);
  const [program, ...args] = [...prefix, ...command];
  const [apt, took] = seconds(() => spawnSync(program, args, { encoding: 'utf8' }));
  if (apt.status !== 0) stop(3, `${apt.stdout}${apt.stderr}\nInstalling ${names} failed, as said above.`);
  const still = missingPackages(purpose, ovs);
  if (still.length > 0)
    stop(3, `${still.join(' ')} did not bring what was expected. Install it by hand and try again.`);
  say(`installed them in ${took}`);
}

function provideNpmPackages(install) {
  if (npmPackagesAreCurrent(root)) return;
  const present = existsSync(join(root, 'node_modules'));
  if (!install) {
    if (!present) stop(2, 'node_modules is missing and --no-install forbids to get it. Run `npm ci` first.');
    return say('node_modules differs from package-lock.json; `npm ci` would mend that');
  }
  say(
    `getting npm packages (${present ? 'node_modules differs from package-lock.json' : 'none are there'}) …`,
  );
  const [failure, took] = seconds(() => installNpmPackages(root));
  if (failure !== undefined) {
    stop(3, `${failure}\n\`npm ci\` failed, as said above. Check that the npm registry can be reached.`);
  }
  say(`got them in ${took}`);
}

/** cap is optional: without it the libpcap driver does the same work. */
function provideCap(install) {
  if (capIsBuilt(root)) return;
  if (!install) return say('the optional driver cap is not compiled; `npm rebuild cap` does it');
  say('compiling the optional driver cap …');
  const [failure, took] = seconds(() => buildCap(root));
  if (failure === undefined) return say(`compiled it in ${took}`);
  say('cap could not be compiled, so only the libpcap driver is there; `npm rebuild cap` shows why');
}

function compile() {
  const [{ built, errors }, took] = seconds(() => build(root));
  if (errors !== undefined) stop(3, `${errors}\nThe sources do not compile, as said above.`);
  if (built) say(`compiled the sources in ${took}`);
}

checkPlatform();
const choice = readArguments();
provideSystemPackages(choice);
provideNpmPackages(choice.install);
if (choice.purpose === 'test' || choice.purpose === 'bench') provideCap(choice.install);
compile();
linkCommand(root);
