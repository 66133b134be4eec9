/** Choosing a driver. Each is loaded only when it is asked for, so that one that this system lacks
 *  doesn't keep the others from working. */
import { type OpenOptions, type Wire, WireError } from './wire.js';

export type LocalDriver = 'libpcap' | 'cap';

const localDrivers: readonly LocalDriver[] = ['libpcap', 'cap'];

export interface DriverStatus {
  readonly driver: LocalDriver;
  readonly available: boolean;
  /** The library's version, or why the driver can't be used and what to do. */
  readonly detail: string;
}

const load = {
  libpcap: async () => {
    const { openLibpcap, libpcapVersion } = await import('./libpcap/wire.js');
    return { open: openLibpcap, version: libpcapVersion };
  },
  cap: async () => {
    const { openCap, capVersion } = await import('./cap/wire.js');
    return { open: openCap, version: capVersion };
  },
} as const;

/** Opens a port of this machine for sending and capturing. Rejects with a WireError. */
export async function openWire(driver: LocalDriver, options: OpenOptions): Promise<Wire> {
  try {
    const { open } = await load[driver]();
    return await open(options);
  } catch (error) {
    if (error instanceof WireError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new WireError(options.port, options.nic, `Port ${options.port} (${options.nic}): ${reason}`);
  }
}

/** Which drivers this system can use, in the order of preference. */
export async function availableDrivers(): Promise<DriverStatus[]> {
  return Promise.all(
    localDrivers.map(async (driver) => {
      try {
        const { version } = await load[driver]();
        return { driver, available: true, detail: version() };
      } catch (error) {
        return { driver, available: false, detail: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}
