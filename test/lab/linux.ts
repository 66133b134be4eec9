/**
 * What Linux, the lab's good host, is known to do otherwise than an info case has it. It fails these itself, and a
 * variant of it passes each.
 */
export const linuxFails: ReadonlySet<string> = new Set([
  // Any ARP packet's sender is noted, whatever its address (`arp_process` in net/ipv4/arp.c).
  'host/group-sha/broadcast-request',
  'host/group-sha/broadcast-reply',
  'host/group-sha/multicast-request',
  'host/group-sha/multicast-reply',
  // Nor does `ndisc_recv_na` in net/ipv6/ndisc.c ask whether an address is a group's.
  'host/unsolicited-na/group-option',
  'host/foreign-spa/off-subnet',
  // ARPHRD_IEEE802 counts as Ethernet, in the same function.
  'host/malformed/hrd-6',
  // No protocol of the kernel's listens for ARP in SNAP.
  'host/encapsulated/llc-snap',
]);
