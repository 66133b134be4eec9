/** The probes whose cases are one announcement each: here alone, for all that sort results by announcement. */
export const announcementProbes = {
  /** A switch hears one bare frame from a station that moved, or that was not known before. */
  moved: 'switch/relearns',
  learned: 'switch/learns',
  /** A switch hears what failover software sends. */
  programs: 'switch/follows',
  /** A host hears one ARP packet of the new owner's, or one neighbour advertisement; a router either. */
  arp: 'host/updates-on-announcement',
  ndp: 'host/na-forms',
  routed: 'router/follows-announcement',
  /** The new owner asks for the host, or for the router. */
  asksByArp: 'host/refresh-by-ping',
  asksByNdp: 'host/ns-updates',
  asksRouter: 'router/refresh-by-asking',
} as const;
