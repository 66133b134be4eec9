/** Every frame that compose.ts builds, as Wireshark sees it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as frame from '../../src/frame/index.js';
import { composedFrames } from '../unit/frame-samples.js';

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

interface Dissection {
  readonly protocols: string[];
  /** Why it is not well-formed: malformed, a checksum that is not good, an expert item of level error. */
  readonly faults: string[];
}

function dissect(frames: readonly Uint8Array[]): Dissection[] {
  const folder = mkdtempSync(join(tmpdir(), 'takeover-frames-'));
  try {
    const file = join(folder, 'frames.pcap');
    writeFileSync(file, pcapOf(frames));
    const checks = ['ip', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
    const checksums = ['ip', 'udp', 'icmp', 'icmpv6'].map((protocol) => `${protocol}.checksum.status`);
    const fields = [
      'frame.protocols',
      '_ws.malformed',
      '_ws.expert.severity',
      '_ws.expert.message',
      ...checksums,
    ];
    const output = execFileSync(
      'tshark',
      ['-n', '-r', file, ...checks, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 },
    );
    return output
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => {
        const [protocols = '', malformed, severities = '', message, ...statuses] = line.split('\t');
        const faults = [];
        if (malformed !== '') faults.push(`malformed: ${malformed}`);
        if (severities.split(',').some((severity) => Number(severity) >= errorSeverity))
          faults.push(`${message}`);
        for (const [i, status] of statuses.entries()) {
          if (status !== '' && status !== '1') faults.push(`${checksums[i]} ${status}`);
        }
        return { protocols: protocols.split(':'), faults };
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('composed frames, dissected by tshark', function () {
  this.timeout(20_000);

  it('are all well-formed', () => {
    const samples = composedFrames();
    const dissections = dissect(samples.map((sample) => sample.bytes));
    assert.equal(dissections.length, samples.length);
    for (const [i, { name, protocol }] of samples.entries()) {
      assert.deepEqual(dissections[i]?.faults, [], name);
      assert.ok(dissections[i]?.protocols.includes(protocol), `${name}: ${dissections[i]?.protocols}`);
    }
  });

  it('would be found out: wrong checksums and cut frames are', () => {
    const link = { destination: '00:00:5e:00:53:02', source: '00:00:5e:00:53:01' };
    const v4 = { ipSource: '192.0.2.1', ipDestination: '192.0.2.2' };
    const v6 = { ipSource: '2001:db8::1', ipDestination: '2001:db8::2' };
    const payload = new Uint8Array(40).fill(0x55);
    const arp = { operation: 1, sha: link.source, spa: '192.0.2.9', tha: frame.zeroMac, tpa: '192.0.2.1' };
    const checksum = 0x0bad;
    const ip = { source: v4.ipSource, destination: v4.ipDestination, protocol: 253, payload, checksum };
    const na = { target: v6.ipSource, router: false, solicited: true, override: true, options: [], checksum };
    const wrong: Record<string, [Uint8Array, RegExp]> = {
      'IPv4 checksum': [frame.linkFrame(link, frame.etherTypes.ipv4, frame.encodeIpv4(ip)), /ip\.checksum/],
      'UDP checksum': [frame.udpFrame({ ...link, ...v4, payload, checksum }), /udp\.checksum/],
      'UDP over IPv6 checksum': [frame.udpFrame({ ...link, ...v6, payload, checksum }), /udp\.checksum/],
      'ICMP checksum': [
        frame.echoFrame({ ...link, ...v4, identifier: 1, sequence: 2, checksum }),
        /icmp\.checksum/,
      ],
      'ICMPv6 checksum': [frame.neighbourAdvertisementFrame({ ...link, ...v6, ...na }), /icmpv6\.checksum/],
      'cut ARP': [frame.arpFrame({ ...link, ...arp }).subarray(0, 34), /malformed/],
      'cut IPv4': [frame.udpFrame({ ...link, ...v4, payload }).subarray(0, 60), /IPv4 total length|length/i],
    };
    const dissections = dissect(Object.values(wrong).map(([bytes]) => bytes));
    for (const [i, [name, [, fault]]] of Object.entries(wrong).entries()) {
      assert.match(dissections[i]?.faults.join('; ') ?? '', fault, name);
    }
  });
});
