/** Frames as Wireshark sees them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A classic pcap file of Ethernet frames: what pcap-savefile(5) describes. */
function pcapOf(frames: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0x40000, 16);
  header.writeUInt32LE(1, 20);
  const records = frames.flatMap((bytes) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return [record, bytes];
  });
  return Buffer.concat([header, ...records]);
}

/** PI_ERROR of Wireshark's proto.h. */
const errorSeverity = 0x800000;

/** Fields of Wireshark's that hold an address. */
const addressFields = [
  ...['eth.addr', 'ip.addr', 'ipv6.addr', 'stp.root.hw', 'stp.bridge.hw', 'vrrp.ip_addr'],
  ...['arp.src.hw_mac', 'arp.dst.hw_mac', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4'],
  ...['icmpv6.nd.ns.target_address', 'icmpv6.nd.na.target_address'],
  ...['icmpv6.opt.linkaddr', 'icmpv6.opt.prefix', 'igmp.maddr', 'icmpv6.mldr.mar.multicast_address'],
];

export interface Dissection {
  readonly protocols: string[];
  /** Why it is not well-formed: malformed, a checksum that is not good, an expert item of level error. */
  readonly faults: string[];
  /** Every address that it shows. */
  readonly addresses: string[];
}

/** Frames as Wireshark sees them, checksums checked. */
export function dissect(frames: readonly Uint8Array[]): Dissection[] {
  const folder = mkdtempSync(join(tmpdir(), 'takeover-frames-'));
  try {
    const file = join(folder, 'frames.pcap');
    writeFileSync(file, pcapOf(frames));
    // Each frame is looked at by itself: segments of different frames are no one connection.
    const preferences = [
      ...['ip', 'udp', 'tcp'].map((protocol) => `${protocol}.check_checksum:TRUE`),
      'tcp.analyze_sequence_numbers:FALSE',
      'tcp.desegment_tcp_streams:FALSE',
    ].flatMap((preference) => ['-o', preference]);
    const checksums = ['ip', 'udp', 'tcp', 'icmp', 'igmp', 'icmpv6'].map(
      (protocol) => `${protocol}.checksum.status`,
    );
    const fields = [
      'frame.protocols',
      '_ws.malformed',
      '_ws.expert.severity',
      '_ws.expert.message',
      ...checksums,
      ...addressFields,
    ];
    const output = execFileSync(
      'tshark',
      ['-n', '-r', file, ...preferences, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 },
    );
    return output
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => {
        const [protocols = '', malformed, severities = '', message, ...rest] = line.split('\t');
        const statuses = rest.slice(0, checksums.length);
        const faults = [];
        if (malformed !== '') faults.push(`malformed: ${malformed}`);
        if (severities.split(',').some((severity) => Number(severity) >= errorSeverity))
          faults.push(`${message}`);
        for (const [i, status] of statuses.entries()) {
          if (status !== '' && status !== '1') faults.push(`${checksums[i]} ${status}`);
        }
        const addresses = rest.slice(checksums.length).flatMap((field) => field.split(',').filter(Boolean));
        return { protocols: protocols.split(':'), faults, addresses };
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
