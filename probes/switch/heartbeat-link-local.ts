import { multicastMacOf, vrrpFrame, vrrpGroups } from '../../src/frame/index.js';
import { type Context, defineProbe } from '../../src/probe.js';
import { type Heartbeat, heartbeatSteps, type Node, nodeIpv4, nodeMac, toGroup } from './heartbeat.js';
import { igmpReport } from './membership.js';

/** An advertisement of a priority that wins against nobody. Its addresses keep one from being taken for another. */
function vrrpAdvertisement(context: Context<unknown>, from: Node): Uint8Array {
  const addresses = ['192.0.2', '198.51.100', '203.0.113'].map((net) => `${net}.${context.random(256)}`);
  return vrrpFrame({
    destination: multicastMacOf(vrrpGroups.ipv4),
    source: nodeMac(context, from),
    ipSource: nodeIpv4(context, from),
    ...{ version: 2, virtualRouter: 253, priority: 1, interval: 1, addresses },
  });
}

const vrrp: Heartbeat = {
  name: `VRRP advertisements to ${vrrpGroups.ipv4}`,
  to: 'all',
  build: vrrpAdvertisement,
};

/** A report for such a group is not needed, and must not make the switch prune the ports that sent none. */
const joinedByWorld = async (context: Context<unknown>): Promise<void> => {
  const world = { mac: context.portMac('world'), ip: nodeIpv4(context, 'world') };
  await context.send('world', igmpReport(2, world, vrrpGroups.ipv4), 'report');
  await context.wait(50);
};

const others: readonly (readonly [id: string, what: string, group: string])[] = [
  ['all-hosts', 'all hosts', '224.0.0.1'],
  ['all-routers', 'all routers, as HSRP uses it', '224.0.0.2'],
  ['hsrp-v2', 'HSRP version 2 and GLBP', '224.0.0.102'],
  ['unassigned', 'no protocol in particular', '224.0.0.200'],
];

export default defineProbe<Heartbeat>({
  id: 'switch/heartbeat-link-local',
  device: 'switch',
  title: 'Heartbeats to 224.0.0.x come out at every port, whether the switch snoops or not',
  failureTitle: 'The switch does not carry VRRP’s and other link-local groups to every port',
  why: 'Routers that do not hear each other’s advertisements both become master: two owners of one address.',
  requirement: {
    level: 'must',
    document: 'RFC 4541',
    clause: '2.1.2 Data Forwarding Rules, 2)',
    link: 'https://www.rfc-editor.org/rfc/rfc4541#section-2.1.2',
  },
  cases: [
    { id: 'vrrp', title: 'VRRP advertisements', params: vrrp },
    {
      id: 'vrrp-joined',
      title: 'VRRP advertisements, after World alone has reported the group',
      params: { ...vrrp, prepare: joinedByWorld },
    },
    ...others.map(([id, what, group]) => ({
      id,
      title: `datagrams to ${group} (${what})`,
      params: {
        name: `datagrams to ${group}`,
        to: 'all' as const,
        build: (context: Context<unknown>, from: Node) => toGroup(context, from, group),
      },
    })),
  ],
  ...heartbeatSteps,
});
