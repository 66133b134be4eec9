/**
 * Mocha's spec output, but the failures with their diffs are kept for scripts/test.js, which prints them
 * after every suite has run. `--reporter-option summary=FILE` names the JSON file for it:
 * `{passed, failed, skipped: [title], failures: text}`.
 */
import { writeFileSync } from 'node:fs';
import { format } from 'node:util';
import Mocha from 'mocha';

const { Base, Spec } = Mocha.reporters;

export default class Reporter extends Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.once('end', () => {
      const summary = {
        passed: this.stats.passes,
        failed: this.stats.failures,
        skipped,
        failures: describe(this.failures),
      };
      writeFileSync(options.reporterOption.summary, JSON.stringify(summary));
      complainWhenKeptAlive();
    });
  }

  /** The totals and failures are told at the very end, by scripts/test.js. */
  epilogue() {}
}

/** What `Base.list` would print. */
function describe(failures) {
  const lines = [];
  const print = Base.consoleLog;
  Base.consoleLog = (...args) => lines.push(format(...args));
  try {
    Base.list(failures);
  } finally {
    Base.consoleLog = print;
  }
  return failures.length > 0 ? lines.join('\n') : '';
}

/** Mocha waits for whatever a test left open. A leak is a fault, but no reason to hang. */
function complainWhenKeptAlive() {
  const waitMs = 10_000;
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ');
    console.error(`The tests are done, but they left open: ${open}. A test does not clean up.`);
    process.exit(1);
  }, waitMs).unref();
}
