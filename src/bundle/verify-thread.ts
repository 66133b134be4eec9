/** A thread that verifies bundles: a folder in, what was found out. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Trust } from './trust.js';
import { type VerifyOptions, verifyBundle } from './verify.js';

export interface VerifyData {
  readonly trust: Trust;
  readonly options: VerifyOptions;
}

const { trust, options } = workerData as VerifyData;

parentPort?.on('message', (folder: string) => {
  void verifyBundle(folder, trust, options).then((verified) => parentPort?.postMessage(verified));
});
