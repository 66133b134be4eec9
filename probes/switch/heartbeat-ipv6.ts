import {
  multicastMacOf,
  neighbourSolicitationFrame,
  solicitedNodeAddress,
  udpFrame,
  vrrpFrame,
  vrrpGroups,
} from '../../src/frame/index.js';
import { type Context, defineProbe } from '../../src/probe.js';
import { type Heartbeat, heartbeatSteps, type Node, nodeMac, unique } from './heartbeat.js';
import { mldReport } from './membership.js';

const allNodes = 'ff02::1';

const linkOf = (context: Context<unknown>, from: Node, group: string) => ({
  destination: multicastMacOf(group),
  source: nodeMac(context, from),
  ipSource: context.ipv6(`node6-${from}`),
  ipDestination: group,
});

/** Every port reports the group, as a host with an address in it does. */
async function joinEverywhere(context: Context<unknown>, group: string): Promise<void> {
  for (const port of context.ports)
    await context.send(port, mldReport(context.portMac(port), group), `report-${port}`);
  await context.wait(50);
}

/** One of version 3, of a priority that wins against nobody. Its address keeps it from being taken for another. */
function vrrpAdvertisement(context: Context<unknown>, from: Node): Uint8Array {
  const [high, low] = [context.random(2 ** 16), context.random(2 ** 16)].map((word) => word.toString(16));
  return vrrpFrame({
    ...linkOf(context, from, vrrpGroups.ipv6),
    ...{
      version: 3,
      virtualRouter: 253,
      priority: 1,
      interval: 100,
      addresses: [`2001:db8::${high}:${low}`],
    },
  });
}

/** Asks for an address that nobody has. A nonce (RFC 3971 section 5.3.2) keeps one from being taken for another. */
function solicitation(context: Context<unknown>, from: Node): Uint8Array {
  const target = context.ipv6('service6');
  const group = solicitedNodeAddress(target);
  return neighbourSolicitationFrame({
    ...linkOf(context, from, group),
    target,
    options: [
      { type: 'source-link-layer', mac: nodeMac(context, from) },
      { type: 'unknown', code: 14, data: unique(context, 14) },
    ],
  });
}

export default defineProbe<Heartbeat>({
  id: 'switch/heartbeat-ipv6',
  device: 'switch',
  title: 'IPv6 heartbeats and announcements to groups come out at every port that wants them',
  failureTitle: 'The switch does not carry the groups that IPv6 takeovers rely on',
  why: 'VRRP for IPv6 splits, or neighbours never hear that an address has moved, nor can they ask for it.',
  requirement: {
    level: 'should',
    document: 'RFC 4541',
    clause: '3 IPv6 Considerations',
    link: 'https://www.rfc-editor.org/rfc/rfc4541#section-3',
  },
  cases: [
    {
      id: 'all-nodes',
      title: 'datagrams to all nodes, ff02::1, for which there are no reports',
      params: {
        name: `datagrams to ${allNodes}`,
        to: 'all',
        build: (context, from) =>
          udpFrame({ ...linkOf(context, from, allNodes), ipHopLimit: 255, payload: unique(context) }),
      },
    },
    {
      id: 'vrrp',
      title: 'VRRP’s group, ff02::12, after every port has reported it',
      params: {
        name: `VRRP advertisements to ${vrrpGroups.ipv6}`,
        to: 'all',
        prepare: (context) => joinEverywhere(context, vrrpGroups.ipv6),
        build: vrrpAdvertisement,
      },
    },
    {
      id: 'solicited-node',
      title: 'neighbour solicitations, after every port has reported their group',
      params: {
        name: 'neighbour solicitations to a solicited-node group',
        to: 'all',
        prepare: (context) => joinEverywhere(context, solicitedNodeAddress(context.ipv6('service6'))),
        build: solicitation,
      },
    },
  ],
  ...heartbeatSteps,
});
