#!/usr/bin/env node
/** Starts the compiled command line (src/cli.ts), and turns whatever it did not catch into a sentence. */
import { existsSync } from 'node:fs';

const cli = new URL('../dist/src/cli.js', import.meta.url);

function fail(error) {
  const debug = process.env.TAKEOVER_DEBUG === '1';
  const message = error instanceof Error ? error.message : String(error);
  console.error(`takeover: ${message.split('\n')[0]}`);
  console.error(debug ? (error?.stack ?? '') : 'Set TAKEOVER_DEBUG=1 to see where it happened.');
  process.exit(3);
}

process.on('uncaughtException', fail);
// `takeover run | head` closes our output early, a closed terminal both: the work goes on to its end, since a
// bench must be put back.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') fail(error);
  });
}

if (existsSync(cli)) {
  const { main } = await import(cli.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error('takeover is not built yet. Run `npm run setup` first.');
  process.exitCode = 2;
}
