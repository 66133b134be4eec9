/** How far a long reading is: done, rate and the time that is left. */
import { cut } from '../report/paint.js';
import type { ProgressStream } from '../report/progress.js';
import { formatCount, formatWait } from '../report/words.js';

export interface Countdown {
  at(done: number): void;
  /** Leaves the terminal on a fresh line. */
  end(): void;
}

const everyMs = { terminal: 100, log: 10_000 } as const;

/** One line that updates itself on a terminal; elsewhere a line every ten seconds. */
export function createCountdown(
  stream: ProgressStream,
  total: number,
  doing: string,
  nowMs: () => number = () => performance.now(),
): Countdown {
  const live = stream.isTTY === true;
  const beganMs = nowMs();
  let shownMs = beganMs;
  return {
    at(done) {
      const now = nowMs();
      if (now - shownMs < (live ? everyMs.terminal : everyMs.log)) return;
      shownMs = now;
      const perSecond = done / ((now - beganMs) / 1000);
      const left = done > 0 ? `, ${formatWait(((total - done) / perSecond) * 1000)} left` : '';
      const rate = perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
      const line = `${doing} ${formatCount(done)}/${formatCount(total)}, ${rate} a second${left}`;
      stream.write(live ? `\r\x1b[2K${cut(line, Math.max(10, (stream.columns ?? 80) - 1))}` : `${line}\n`);
    },
    end() {
      if (live) stream.write('\r\x1b[2K');
    },
  };
}
