/** The npm package `cap`, as this driver uses it. It is optional: loading it may fail. */
import { createRequire } from 'node:module';

export interface CapHandle {
  /** Captures into `buffer`, one frame at a time; returns the link type, `ETHERNET` for one. */
  open(device: string, filter: string, bufferBytes: number, buffer: Uint8Array): string;
  /** Crashes the process when the handle isn't open. */
  send(frame: Uint8Array, length: number): void;
  close(): void;
  on(event: 'packet', listener: (octets: number, truncated: boolean) => void): void;
}

interface CapModule {
  readonly Cap: new () => CapHandle;
}

const require = createRequire(import.meta.url);

/** Throws an Error that says what to do when the package isn't there. */
export function loadCap(): CapModule {
  try {
    return require('cap') as CapModule;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(
      `The driver cap is not installed: run \`npm rebuild cap\` (it needs a compiler and libpcap-dev), ` +
        `or use the driver libpcap. ${reason}`,
    );
  }
}

export const capVersion = (): string => {
  loadCap();
  return `cap ${(require('cap/package.json') as { version: string }).version}`;
};
