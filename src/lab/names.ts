/** What the lab calls its namespaces and the two ends of its cables. */
import type { PortName } from '../bench/bench.js';

export const switchNamespace = 'tko-switch';
export const hostNamespace = 'tko-host';
export const worldNamespace = 'tko-world';
export const routerNamespace = 'tko-router';

/** The harness's NIC for each port, and its other end, in the switch. */
export const nicOf = (port: PortName): string => `tko-${port}`;
export const switchPort = (port: PortName | 'host' | 'router'): string => `sw-${port}`;

/** Where the host under test answers, on the network under test. */
export const hostAddresses = { ipv4: '192.0.2.50', ipv6: '2001:db8::50' };

/** The router under test: on the network under test, and at its far side. */
export const routerAddresses = { ipv4: '192.0.2.51', ipv6: '2001:db8::51' };
export const farAddresses = { ipv4: '203.0.113.1', ipv6: '2001:db8:ffff::1' };
