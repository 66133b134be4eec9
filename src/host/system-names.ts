/** The systems whose neighbour cache can be read, by the names that a bench file gives them. */
export const systemNames = [
  'linux',
  'freebsd',
  'macos',
  'openbsd',
  'netbsd',
  'windows',
  'ios',
  'nx-os',
  'junos',
  'eos',
  'routeros',
  'vyos',
  'frr',
] as const;

export type SystemName = (typeof systemNames)[number];
