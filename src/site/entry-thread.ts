/** A thread that writes the pages of one entry after the other; an entry in, what was written or the refusal out. */
import { parentPort, workerData } from 'node:worker_threads';
import { openBundle, readTrust, type Trust } from '../bundle/open.js';
import { type EntryContext, type EntryTask, type WrittenEntry, writeEntry } from './entry-pages.js';
import { writerTo } from './output.js';

export type EntryThreadData = Omit<EntryContext, 'open' | 'write'> & { readonly reports: string };

export type EntryAnswer = WrittenEntry | { readonly problem: string };

const { reports, ...data } = workerData as EntryThreadData;
const write = writerTo(data.draft);
let trust: Promise<Trust> | undefined;

const context: EntryContext = {
  ...data,
  async open(path) {
    trust ??= readTrust(reports);
    return openBundle(reports, path, await trust, { evidence: 'listed' });
  },
  write: ({ path, content }) => write(path, content),
};

parentPort?.on('message', (task: EntryTask) => {
  const answer = writeEntry(task, context).then(
    (written): EntryAnswer => written,
    (error: Error): EntryAnswer => ({ problem: error.message }),
  );
  void answer.then((said) => parentPort?.postMessage(said));
});
