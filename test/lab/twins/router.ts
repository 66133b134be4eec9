/** What the faults of routers must look like. */
import type { Expectation } from './expectation.js';

const announced = 'router/follows-announcement';
const common = `${announced}/ipv4-common-form`;
const request = `${announced}/ipv4-request-broadcast`;
const allNodes = `${announced}/ipv6-all-nodes`;

const twoTables = /neighbour cache holds the new owner, and yet it goes on forwarding to the old one/;
const deaf =
  /ignored the announcement and goes on forwarding to the old owner|follows none of the announcements/;

export const routerTwins: Readonly<Record<string, Expectation>> = {
  'stale-adjacency': {
    because: {
      [announced]: new RegExp(`${twoTables.source}|follows none of the announcements`),
      'router/refresh-by-asking': twoTables,
      'router/client-behind': twoTables,
    },
    passes: ['router/follows-port/ipv4', 'router/follows-port/ipv6', 'router/proxy-arp/request'],
  },
  'router-deaf': {
    because: { [announced]: deaf },
    passes: [allNodes, 'router/refresh-by-asking/ipv4', 'router/client-behind/ipv4'],
  },
  'router-deaf-ipv6': {
    because: { [announced]: deaf },
    passes: [common, 'router/refresh-by-asking/ipv6', 'router/client-behind/ipv6'],
  },
  'router-requests-only': {
    because: { [announced]: deaf },
    passes: [common, request, `${announced}/ipv4-reply-unicast`],
  },
  'router-replies-only': {
    because: { [announced]: deaf },
    passes: [common, `${announced}/ipv4-reply-broadcast`, 'router/refresh-by-asking/ipv4'],
  },
  'router-holds-down': {
    because: {
      [announced]: /forwards to another station at the new owner’s port, and no longer to the service/,
      'router/follows-port':
        /forwards to another station at the new owner’s port, and no longer to the service/,
    },
    passes: ['router/refresh-by-asking/ipv4', `${announced}/ipv4-reply-unicast`],
  },
  'router-pins-port': {
    because: {
      'router/follows-port': /to another port, though a frame past it reaches that station at port b/,
    },
    passes: ['router/proxy-arp/request', 'router/proxy-nd/probe'],
  },
  'router-policed': {
    because: { 'router/under-load': /missed three announcements under load, and took the same one/ },
    passes: [request, allNodes],
  },
  'router-proxies': {
    because: {
      'router/proxy-arp': /answered (a probe for an address|for an address on the same segment)/,
      'router/proxy-nd': /answered (a probe for an address|for an address on the same segment)/,
    },
    passes: [],
  },
  'router-discards-untracked': {
    because: { 'router/creates-stale': /discarded the advertisement and had to ask/ },
    passes: [allNodes, common],
  },
  'router-never-asks': {
    because: { 'router/asks-again': /did not ask again within/ },
    passes: [common, allNodes],
  },
};
