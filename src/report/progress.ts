/** The line that tells how far a run is. */
import { Chalk } from 'chalk';
import { type Level, type Outcome, outcomes } from '../result.js';
import { cut, painted, paints, plain } from './paint.js';
import { formatNs, formatWait, type Tone, wordOf } from './words.js';

const toneOrder: readonly Tone[] = ['pass', 'fail', 'holds', 'holds-not', ...outcomes.slice(2)];

/** The part of a writable stream that progress needs; `process.stderr` is one. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Progress {
  /** `total` cases are about to run. */
  begin(total: number): void;
  /** @param waitMs how long the case may wait for a timer of the device; 0 for most. */
  start(caseId: string, title: string, waitMs: number): void;
  finish(caseId: string, outcome: Outcome, ms: number, level: Level): void;
  /** What the run is waiting for, outside or within a case. */
  wait(text: string): void;
  /** Leaves the terminal on a fresh line. */
  end(): void;
}

/**
 * One line that updates itself on a terminal, with a line that stays for everything that failed or could
 * not be settled; elsewhere (a log, a pipe) one plain line for every case. `color` defaults to what the stream allows.
 */
export function createProgress(
  stream: ProgressStream,
  color: boolean = stream.isTTY === true && !process.env.NO_COLOR,
): Progress {
  const paint = paints(new Chalk({ level: color ? 1 : 0 }));
  const live = stream.isTTY === true;
  const running = new Map<string, { readonly title: string; readonly waitsUntilMs?: number }>();
  let ticking: NodeJS.Timeout | undefined;
  const done = new Map<Tone, { symbol: string; count: number }>();
  let finished = 0;
  let total = 0;
  let waiting = '';

  const clear = () => live && stream.write('\r\x1b[2K');
  const draw = () => {
    if (!live) return;
    const seen = toneOrder.flatMap((tone) => {
      const entry = done.get(tone);
      return entry ? [{ tone, text: `${entry.symbol} ${entry.count}` }] : [];
    });
    const head = `${String(finished).padStart(String(total).length)}/${total}`;
    const headWidth = [head, ...seen.map(({ text }) => text)].join('  ').length;
    const [caseId, doingNow] = [...running].at(-1) ?? [];
    const others = running.size > 1 ? ` (+${running.size - 1})` : '';
    const leftMs = (doingNow?.waitsUntilMs ?? 0) - Date.now();
    const left = leftMs > 0 ? `, waits up to ${formatWait(leftMs)}` : '';
    const doing = waiting || (doingNow === undefined ? '' : `${caseId}${others}${left} · ${doingNow.title}`);
    const room = (stream.columns ?? 80) - headWidth - 3;
    clear();
    stream.write(
      [
        head,
        ...seen.map(({ tone, text }) => paint[tone](text)),
        room > 8 ? cut(plain(doing), room) : '',
      ].join('  '),
    );
  };

  const stopTicking = () => {
    clearInterval(ticking);
    ticking = undefined;
  };

  return {
    begin(cases) {
      total = cases;
      draw();
    },
    start(caseId, title, waitMs) {
      running.set(caseId, { title, ...(waitMs > 0 && { waitsUntilMs: Date.now() + waitMs }) });
      waiting = '';
      if (waitMs > 0 && !live)
        stream.write(`… ${plain(caseId)} waits up to ${formatWait(waitMs)}: ${plain(title)}\n`);
      // The countdown must not keep the process alive.
      if (waitMs > 0 && live) ticking ??= setInterval(draw, 1_000).unref();
      draw();
    },
    finish(caseId, outcome, ms, level) {
      running.delete(caseId);
      if (![...running.values()].some(({ waitsUntilMs }) => waitsUntilMs !== undefined)) stopTicking();
      waiting = '';
      finished += 1;
      const verdict = wordOf({ level, outcome });
      const { symbol, tone } = verdict;
      done.set(tone, { symbol, count: (done.get(tone)?.count ?? 0) + 1 });
      const line = `${painted(paint, verdict)}  ${plain(caseId)}  ${formatNs(ms * 1e6)}\n`;
      if (!live) stream.write(`${finished}/${total} ${line}`);
      else if (tone === 'fail' || tone === 'error' || tone === 'inconclusive') {
        clear();
        stream.write(line);
      }
      draw();
    },
    wait(text) {
      if (text === waiting) return;
      waiting = text;
      if (live) draw();
      else if (text) stream.write(`… ${plain(text)}\n`);
    },
    end() {
      stopTicking();
      clear();
      running.clear();
    },
  };
}
