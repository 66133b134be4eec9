/** What a run ran on, for result.json. */
import { arch, release, type as systemType } from 'node:os';
import { availableDrivers } from '../wire/open.js';

export async function describeEnvironment(): Promise<Record<string, string>> {
  const drivers = await availableDrivers();
  const libpcap = drivers.find(({ driver }) => driver === 'libpcap');
  return {
    node: process.version,
    system: `${systemType()} ${release()} ${arch()}`,
    ...(libpcap?.available && { libpcap: libpcap.detail }),
  };
}
