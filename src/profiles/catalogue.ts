/**
 * How failover software announces a takeover, a profile for each and for each family of addresses. Where a field
 * is named in `unconfirmed`, no source was found for it. `seen` says that it was watched on a wire.
 */
import type { Announcement, Profile, ProfileFrame } from './profile.js';

const vrrp = (from: { source?: string; version?: 2 | 3; virtualRouter: number }) =>
  ({ frame: 'vrrp-advertisement', ...from }) as const;

/** keepalived's advertisements while it is master, their timer started anew by the first. */
const secondsOf = (count: number) => Array.from({ length: count }, (_, n) => (n === 0 ? 0 : n * 1000 + 4));
const everySecond = <const Frame extends object>(frame: Frame) => ({ ...frame, everyMs: 1000 });

const virtual = (last: number, six = false) =>
  `00:00:5e:00:0${six ? 2 : 1}:${last.toString(16).padStart(2, '0')}`;

const garp = (atMs: number[], rest: Partial<Announcement> = {}): Announcement => ({
  frame: 'arp-request',
  tha: 'broadcast',
  atMs,
  ...rest,
});
const una = (atMs: number[], rest: Partial<Announcement> = {}): Announcement => ({
  frame: 'neighbour-advertisement',
  atMs,
  ...rest,
});

const keepalivedSource =
  'keepalived vrrp_arp.c and vrrp_ndisc.c (github.com/acassen/keepalived, 055fcbf); keepalived 2.2.7 seen in the lab';

/** keepalived says five times what it says once in its minimal configuration, and again after vrrp_garp_master_delay. */
function keepalived(name: string, title: string, minimal: boolean, moved?: string): Profile[] {
  return (['ipv4', 'ipv6'] as const).map((family): Profile => {
    const six = family === 'ipv6';
    const last = Number.parseInt(moved?.slice(-2) ?? '33', 16);
    const advertisement = vrrp({ virtualRouter: last });
    const rounds = minimal ? { atMs: [3] } : { atMs: [3, 5003], repeat: 5, gapUs: 5 };
    return {
      name: six ? `${name}-ipv6` : name,
      title,
      source: keepalivedSource,
      family,
      moved: moved === undefined ? 'station' : virtual(last, six),
      announcements: [
        { ...advertisement, atMs: secondsOf(minimal ? 2 : 6) },
        six ? una(rounds.atMs, rounds) : garp(rounds.atMs, rounds),
      ],
      steady: everySecond(advertisement),
    };
  });
}

const arpingSource = 'arping of iputils 20221126 seen in the lab';
const carpSource = 'sys/netinet/ip_carp.c (github.com/openbsd/src, 0000d95)';
const frrSource = 'vrrpd/vrrp_arp.c, vrrp_ndisc.c and vrrp.c (github.com/FRRouting/frr, 1967e6e)';
const metallbSource =
  'internal/layer2/announcer.go, arp.go and ndp.go (github.com/metallb/metallb, 0055d72, 0ec90af)';
const kubeVipSource = 'pkg/arp/arp.go, pkg/vip/arp.go and ndp.go (github.com/kube-vip/kube-vip, 00e0282)';
const pacemakerSource =
  'tools/send_arp.linux.c and heartbeat/send_ua.c (github.com/ClusterLabs/resource-agents, 1a0256c)';
const linuxSource =
  'net/ipv6/ndisc.c of Linux; its gratuitous ARP seen in the lab (6.18); num_grat_arp is 1 by default';

const ucarpSource = 'src/garp.c (github.com/jedisct1/UCarp, 5483e3c); ucarp 1.5.2 seen in the lab';
const heartbeatSource =
  'tools/send_arp.libnet.c (github.com/ClusterLabs/resource-agents, 1eea8a6), at the 200 ms that IPaddr asks for';
const vipManagerSource =
  'ipmanager/basicConfigurer_linux.go (github.com/cybertec-postgresql/vip-manager, 0e94184)';
const qemuSource = 'net/announce.c (github.com/qemu/qemu, 0984a15), with its default of 5 rounds';
const vmwareSource = 'VMware knowledge base 90045: around 5 RARP packets, 8 at most';
const ovsSource = 'compose_rarp() in lib/packets.c (github.com/openvswitch/ovs, 0089421)';
const huaweiSource =
  'Huawei’s command references: `vrrp gratuitous-arp`, one packet for each virtual address, again every 120 s';
const asaSource =
  'Cisco ASA configuration guide, Active/Standby failover: both units swap MAC and IP addresses';

const everySpam = [0, 1100, 2200, 3300, 4400];
const selfAnnounce = [0, 50, 200, 450, 800];
const rarp = (atMs: number[], rest: Partial<Announcement> = {}): Announcement => ({
  frame: 'rarp-request',
  tha: 'moved',
  atMs,
  ...rest,
});

/** What announces the address of a NIC. */
const onNic = (name: string, title: string, source: string, announcements: Announcement[]): Profile => ({
  name,
  title,
  source,
  family: 'ipv4',
  moved: 'station',
  announcements,
});

const ucarpAdvertisement = {
  frame: 'carp-advertisement',
  source: '00:00:5e:00:00:07',
  virtualRouter: 7,
} as const satisfies ProfileFrame;
const carpAdvertisement = (router: number): ProfileFrame => ({
  frame: 'carp-advertisement',
  virtualRouter: router,
});
const frrAdvertisement = vrrp({ virtualRouter: 0x36, version: 3 });
const huaweiAdvertisement = vrrp({ virtualRouter: 0x37 });

const onNic6: typeof onNic = (...args) => ({ ...onNic(...args), family: 'ipv6' });

/** What shows itself by heartbeats every second, and moves a virtual router's address. */
const virtualRouter = (
  name: string,
  title: string,
  source: string,
  moved: string,
  heartbeat: ProfileFrame,
  announcements: Announcement[],
): Profile => ({
  name,
  title,
  source,
  family: moved.startsWith('00:00:5e:00:02') || name.endsWith('-ipv6') ? 'ipv6' : 'ipv4',
  moved,
  announcements,
  steady: everySecond(heartbeat),
});

export const profiles: readonly Profile[] = [
  ...keepalived('keepalived', 'keepalived', false),
  ...keepalived('keepalived-vmac', 'keepalived with use_vmac', false, virtual(0x34)),
  ...keepalived(
    'keepalived-min',
    'keepalived, announcing once (garp_master_repeat 1, garp_master_delay 0)',
    true,
  ),
  {
    ...onNic('ucarp', 'ucarp', ucarpSource, [
      { frame: 'arp-request', tha: 'moved', atMs: [0] },
      { ...ucarpAdvertisement, atMs: [0, 1000, 2000] },
      { frame: 'arp-request', tha: 'moved', atMs: [2000] },
    ]),
    steady: everySecond(ucarpAdvertisement),
  },
  virtualRouter('openbsd-carp', 'CARP of OpenBSD', carpSource, virtual(8), carpAdvertisement(8), [
    { ...carpAdvertisement(8), atMs: [0, 1000, 2000] },
    { frame: 'arp-request', atMs: [0, 2000], gapUs: 1000 },
  ]),
  virtualRouter('openbsd-carp-ipv6', 'CARP of OpenBSD', carpSource, virtual(9), carpAdvertisement(9), [
    { ...carpAdvertisement(9), atMs: [0, 1000, 2000] },
    una([0], { gapUs: 1000 }),
  ]),
  onNic('pacemaker-ipaddr2', 'Pacemaker’s IPaddr2, with send_arp', pacemakerSource, [
    garp([0, 1000, 2000, 3000, 4000]),
  ]),
  onNic6('pacemaker-ipaddr2-ipv6', 'Pacemaker’s IPaddr2, with send_ua', pacemakerSource, [
    una([0, 200, 400, 600, 800]),
  ]),
  onNic('heartbeat-send-arp', 'Heartbeat’s send_arp (libnet)', heartbeatSource, [
    { frame: 'arp-request', atMs: [0, 200, 400, 600, 800] },
    { frame: 'arp-reply', tha: 'moved', atMs: [100, 300, 500, 700, 900] },
  ]),
  onNic('arping-u', 'arping -U -c 3 of iputils', arpingSource, [garp([0, 1000, 2000])]),
  onNic('arping-a', 'arping -A -c 3 of iputils', arpingSource, [
    { frame: 'arp-reply', tha: 'moved', atMs: [0, 1000, 2000] },
  ]),
  virtualRouter('frr-vrrpd', 'vrrpd of FRR', frrSource, virtual(0x36), frrAdvertisement, [
    { ...frrAdvertisement, atMs: [0, 1000] },
    garp([0]),
  ]),
  virtualRouter('frr-vrrpd-ipv6', 'vrrpd of FRR', frrSource, virtual(0x36, true), frrAdvertisement, [
    { ...frrAdvertisement, atMs: [0, 1000] },
    una([0], { flags: 'RO' }),
  ]),
  onNic('metallb', 'MetalLB in layer 2 mode', metallbSource, [
    garp(everySpam),
    { frame: 'arp-reply', tha: 'broadcast', atMs: everySpam },
  ]),
  onNic6('metallb-ipv6', 'MetalLB in layer 2 mode', metallbSource, [
    una(everySpam, { sender: 'link-local' }),
  ]),
  {
    ...onNic('kube-vip', 'kube-vip in ARP mode', kubeVipSource, [
      { frame: 'arp-reply', tha: 'moved', atMs: [0] },
      garp([3000]),
    ]),
    refreshMs: 3000,
  },
  {
    ...onNic6('kube-vip-ipv6', 'kube-vip in ARP mode', kubeVipSource, [
      una([0, 3000], { sender: 'link-local' }),
    ]),
    refreshMs: 3000,
  },
  onNic('vip-manager', 'vip-manager of Patroni clusters', vipManagerSource, [
    { frame: 'arp-reply', tha: 'moved', atMs: [0] },
    { frame: 'arp-request', atMs: [0] },
  ]),
  onNic('linux-bonding', 'Linux bonding, active-backup', linuxSource, [{ frame: 'arp-request', atMs: [0] }]),
  onNic6('linux-bonding-ipv6', 'Linux bonding, active-backup', linuxSource, [una([0])]),
  onNic('qemu-announce', 'QEMU’s self-announcement after a migration', qemuSource, [
    rarp(selfAnnounce, { octets: 60 }),
  ]),
  onNic('vmware-notify', 'VMware’s Notify Switches', vmwareSource, [
    rarp([0, 1000, 2000, 3000, 4000], { octets: 60, unconfirmed: ['atMs', 'octets'] }),
  ]),
  onNic('ovs-bond', 'an Open vSwitch bond that changes its active port', ovsSource, [rarp([0])]),
  {
    ...virtualRouter(
      'huawei-vrrp',
      'VRRP of Huawei routers',
      huaweiSource,
      virtual(0x37),
      huaweiAdvertisement,
      [
        { ...huaweiAdvertisement, atMs: [0, 1000], unconfirmed: ['atMs'] },
        garp([0], { unconfirmed: ['frame', 'tha'] }),
      ],
    ),
    refreshMs: 120_000,
  },
  onNic('asa-swap', 'a Cisco ASA pair, whose units exchange their addresses', asaSource, [
    { frame: 'arp-request', atMs: [0], unconfirmed: ['frame', 'tha', 'atMs'] },
    {
      frame: 'arp-request',
      source: 'returning',
      from: 'old',
      atMs: [0],
      unconfirmed: ['frame', 'tha', 'atMs'],
    },
  ]),
  onNic('silent', 'nobody announces anything', 'the negative control of the others', []),
];
