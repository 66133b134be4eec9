/**
 * `npm run bench`: the drivers of this tree beside other traffic generators, in one run on one veth pair
 * in a private namespace. Each is measured next to trafgen, several times, in alternating order; ratios
 * count, not figures. `--json` prints the same as JSON. `npm run bench -- list` measures `takeover compile` instead.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeVethPair } from '../lab/namespace.js';
import { type Reception, receive } from './receiving.js';
import { canRun, rateOf, type Sender, senders, trafgen } from './sending.js';

const insideFlag = '--inside';
const offeredFrames = 1_000_000;
const nics = { from: 'bench-a', to: 'bench-b' };

interface Sending {
  readonly name: string;
  readonly framesPerSecond: number | null;
  /** Of the two rates of a pair, the median over the pairs. */
  readonly ofTrafgen: number | null;
}

const median = (values: readonly number[]) =>
  values.toSorted((x, y) => x - y)[values.length >> 1] ?? Number.NaN;

async function compare(sender: Sender): Promise<Sending> {
  if (!canRun(sender)) return { name: sender.name, framesPerSecond: null, ofTrafgen: null };
  const rates: number[] = [];
  const ratios: number[] = [];
  for (let pair = 0; pair < (sender.pairs ?? 3); pair++) {
    const order = pair % 2 === 0 ? [sender, trafgen] : [trafgen, sender];
    const measured = new Map<Sender, number>();
    for (const each of order) {
      if (canRun(each)) measured.set(each, await rateOf(each, nics.from, nics.to));
    }
    const rate = measured.get(sender) as number;
    const reference = measured.get(trafgen);
    rates.push(rate);
    if (reference !== undefined) ratios.push(rate / reference);
  }
  return {
    name: sender.name,
    framesPerSecond: Math.round(median(rates)),
    ofTrafgen: ratios.length > 0 ? Number(median(ratios).toFixed(3)) : null,
  };
}

function printTable(heading: string, columns: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ');
  console.log(`\n${heading}\n${line(columns)}`);
  for (const row of rows) console.log(line(row));
}

const grouped = (value: number | null) => (value === null ? '-' : value.toLocaleString('en'));

async function measure(asJson: boolean): Promise<void> {
  makeVethPair(nics.from, nics.to);
  const sending: Sending[] = [];
  for (const sender of senders) {
    process.stderr.write(`measuring ${sender.name}\n`);
    sending.push(await compare(sender));
  }
  const receiving: Reception[] = [];
  for (const driver of ['libpcap', 'cap'] as const) {
    process.stderr.write(`measuring what ${driver} receives\n`);
    receiving.push(await receive(driver, nics.from, nics.to, offeredFrames));
  }
  if (asJson) {
    console.log(JSON.stringify({ sending, receiving }, null, 2));
    return;
  }
  printTable(
    'Sending frames of 60 octets over veth, counted by the receiving NIC',
    ['sender', 'frames/s', 'of trafgen'],
    sending.map(({ name, framesPerSecond, ofTrafgen }) => [
      name,
      framesPerSecond === null ? 'not installed' : grouped(framesPerSecond),
      ofTrafgen === null ? '-' : ofTrafgen.toFixed(2),
    ]),
  );
  printTable(
    `Receiving ${grouped(offeredFrames)} frames, offered as fast as libpcap sendBurst sends`,
    ['driver', 'offered/s', 'received', 'lost', 'of these counted'],
    receiving.map(({ driver, offeredPerSecond, received, lost, counted }) => [
      driver,
      ...[offeredPerSecond, received, lost, counted].map(grouped),
    ]),
  );
}

/** Runs this program again where nothing it does reaches a real network, and all of it ends with it. */
function runInNamespace(args: readonly string[]): number {
  const unshare = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const inside = 'mount -t tmpfs tmpfs /run && exec "$0" "$@"';
  const program = [process.execPath, fileURLToPath(import.meta.url), insideFlag, ...args];
  const { status, error } = spawnSync('unshare', [...unshare, 'sh', '-c', inside, ...program], {
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}

const args = process.argv.slice(2);
if (args[0] === 'list') await import('./list.js');
else if (args.includes(insideFlag)) await measure(args.includes('--json'));
else process.exitCode = runInNamespace(args);
