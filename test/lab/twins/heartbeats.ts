/** What the faults of heartbeats must look like. */
import type { Expectation } from './expectation.js';

const vrrp = 'switch/heartbeat-link-local/vrrp';
const unreported = 'switch/heartbeat-unregistered-group/unreported';
const joined = ['switch/heartbeat-joined-group/igmp-v2', 'switch/heartbeat-joined-group/igmp-v3'];
const reserved = 'switch/reserved-group/lldp';

export const heartbeatTwins: Readonly<Record<string, Expectation>> = {
  'no-multicast-flood': {
    because: {
      'switch/heartbeat-link-local':
        /drops .* 224\.0\.0\.\d+ from port a to port b, though it carries the broad/,
      'switch/heartbeat-ipv6': /drops datagrams to ff02::1 from port a to port b, though/,
    },
    passes: ['switch/heartbeat-ethertype/broadcast', 'switch/relearns/arp-request', reserved],
  },
  'prunes-joined-link-local': {
    because: {
      'switch/heartbeat-link-local': /224\.0\.0\.18 from port a to port b and port monitor, from port b/,
    },
    passes: [vrrp, 'switch/heartbeat-link-local/all-routers', unreported, ...joined],
  },
  'snooping-with-querier': {
    because: {
      'switch/heartbeat-unregistered-group': /drops heartbeats to 233\.252\.0\.\d+ from port a to port b/,
    },
    passes: [vrrp, 'switch/heartbeat-link-local/vrrp-joined', 'switch/heartbeat-ipv6/all-nodes', ...joined],
  },
  'forgets-members': {
    because: {
      'switch/heartbeat-unregistered-group':
        /drops heartbeats to 233\.252\.0\.\d+ from port a to port b|stopped carrying .* [78]\.\d s after the nodes joined/,
    },
    passes: [vrrp, 'switch/heartbeat-joined-group/igmp-v2', 'switch/heartbeat-mismatch/unicast-mac'],
  },
  'group-stays-on-a': {
    because: {
      'switch/heartbeat-joined-group': /does not send 233\.252\.0\.\d+ to port b, though .* 3 times/,
    },
    passes: [vrrp, unreported],
  },
  'drops-ipv6-groups-on-b': {
    because: {
      'switch/heartbeat-ipv6': /from port b to port a and port world and port monitor, though it carries/,
    },
    passes: [vrrp, 'switch/relearns/ipv6'],
  },
  'drops-heartbeat-ethertype-on-b': {
    because: { 'switch/heartbeat-ethertype': /of EtherType 0x8890 from port b to port a/ },
    passes: ['switch/relearns/unknown-ethertype', vrrp],
  },
  'checks-address-kinds-on-b': {
    because: { 'switch/heartbeat-mismatch': /drops packets of .* MAC address from port b to port a/ },
    passes: [vrrp, unreported, 'switch/heartbeat-ethertype/multicast', 'switch/relearns/ipv4'],
  },
  'relays-reserved-groups': {
    because: { 'switch/reserved-group': /to 01:80:c2:00:00:0.* came out at port b/ },
    passes: [vrrp, 'switch/relearns/arp-request'],
  },
  'relays-bpdus': {
    because: { 'switch/reserved-group': /to 01:80:c2:00:00:0.* came out at port b/ },
    passes: ['switch/relearns/arp-request', 'switch/learns/rarp'],
  },
};
