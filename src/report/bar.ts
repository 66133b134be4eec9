/** A bar that fills: for work whose length is known, but which has no cases. */
import { cut, plain } from './paint.js';
import type { ProgressStream } from './progress.js';

export interface Bar {
  /** @param done from 0 to 1 */
  at(done: number, doing: string): void;
  /** Leaves the terminal on a fresh line. */
  end(): void;
}

const cells = 24;

/** One line that updates itself on a terminal; elsewhere a line for each thing that is begun. */
export function createBar(stream: ProgressStream): Bar {
  const live = stream.isTTY === true;
  let shown = '';
  return {
    at(done, doing) {
      const part = Math.max(0, Math.min(1, done));
      if (!live) {
        if (doing !== shown)
          stream.write(`${String(Math.round(part * 100)).padStart(3)} %  ${plain(doing)}\n`);
        shown = doing;
        return;
      }
      const filled = Math.round(part * cells);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(cells - filled)}`;
      const line = `${bar} ${String(Math.round(part * 100)).padStart(3)} %  ${plain(doing)}`;
      stream.write(`\r\x1b[2K${cut(line, Math.max(10, (stream.columns ?? 80) - 1))}`);
    },
    end() {
      if (live) stream.write('\r\x1b[2K');
    },
  };
}
