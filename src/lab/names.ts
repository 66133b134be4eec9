/** What the lab calls its namespaces and the two ends of its cables. */
import type { PortName } from '../bench/bench.js';

export const switchNamespace = 'tko-switch';
export const hostNamespace = 'tko-host';
export const worldNamespace = 'tko-world';

/** The harness's NIC for each port, and its other end, in the switch. */
export const nicOf = (port: PortName): string => `tko-${port}`;
export const switchPort = (port: PortName | 'host'): string => `sw-${port}`;

/** Where the host under test answers, on the network under test. */
export const hostAddresses = { ipv4: '192.0.2.50', ipv6: '2001:db8::50' };
