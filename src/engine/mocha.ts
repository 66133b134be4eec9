/** The cases as mocha tests, built from the probes' metadata: so any mocha reporter works. */
import { stripVTControlCharacters } from 'node:util';
import Mocha from 'mocha';
import { BenchError } from '../bench/bench.js';
import { type CaseResult, statusOf } from '../result.js';
import type { Suite } from './suite.js';

/** A mocha reporter's name or class. */
export type Reporter = string | Mocha.ReporterConstructor;

/** Mocha's own, but for one that prints nothing and one that needs a browser. */
const builtIn = Object.keys(Mocha.reporters).filter(
  (name) => name === name.toLowerCase() && name !== 'base' && name !== 'html',
);

/** Throws a BenchError when mocha has no such reporter, and there is no module of that name or path. */
export function checkReporter(name: string): void {
  if (builtIn.includes(name)) return;
  try {
    // Only mocha knows where it looks for others.
    const mocha = new Mocha({ reporter: name }) as unknown as { readonly _reporter: unknown };
    if (typeof mocha._reporter === 'function' && !Object.hasOwn(Mocha.reporters, name)) return;
  } catch {
    // Told below.
  }
  throw new BenchError(
    `There is no mocha reporter '${name}': use one of ${builtIn.join(', ')}, or the path of a reporter's file.`,
  );
}

/** A device's suite under the name that reporters show. */
export interface NamedSuite {
  readonly name: string;
  readonly suite: Suite;
}

/** Runs every case as a mocha test and resolves when mocha is done. A must that fails, and an error of
 *  the harness, are failed tests; what was not settled is pending; the levels below must never fail. */
export async function runMocha(suites: readonly NamedSuite[], reporter: Reporter): Promise<void> {
  const mocha = new Mocha({ reporter, timeout: 0 });
  const { Base } = Mocha.reporters;
  Base.useColors = process.stdout.isTTY === true && !process.env.NO_COLOR;
  // Mocha coloured these as it was loaded, by rules of its own: FORCE_COLOR, and what a CI system sets.
  if (!Base.useColors) {
    Base.symbols.ok = stripVTControlCharacters(Base.symbols.ok);
    Base.symbols.err = stripVTControlCharacters(Base.symbols.err);
  }
  // Mocha's clean-up of references would free what a reporter still prints.
  mocha.cleanReferencesAfterRun(false);
  for (const { name, suite } of suites) {
    const deviceSuite = Mocha.Suite.create(mocha.suite, name);
    for (const probe of new Set(suite.cases.map((entry) => entry.probe))) {
      const probeSuite = Mocha.Suite.create(deviceSuite, `${probe.id}: ${probe.title}`);
      for (const { id, title } of suite.cases.filter((entry) => entry.probe === probe)) {
        probeSuite.addTest(
          new Mocha.Test(`${id}: ${title}`, async function (this: Mocha.Context) {
            report(this, await suite.result(id));
          }),
        );
      }
    }
  }
  await new Promise<void>((resolve) => {
    mocha.run(() => resolve());
  });
  // Its listeners on the process would outlive the run.
  mocha.dispose();
}

function report(test: Mocha.Context, result: CaseResult): void {
  if (result.outcome === 'pass') return;
  if (result.outcome === 'error') throw new Error(result.reason);
  if (result.outcome === 'fail') {
    if (statusOf([result]) !== 'non-compliant') return;
    const error = new Error(result.reason) as Error & {
      expected?: string;
      actual?: string;
      showDiff?: boolean;
    };
    error.expected = result.expected;
    error.actual = result.observed;
    error.showDiff = true;
    // Where this file threw it tells an operator nothing.
    error.stack = '';
    throw error;
  }
  test.skip();
}

/** A mocha reporter that says nothing: the run's listener does. */
export class Quiet extends Mocha.reporters.Base {
  override epilogue(): void {}
}
