/** Every frame that compose.ts builds, as Wireshark sees it. */
import assert from 'node:assert/strict';
import * as frame from '../../src/frame/index.js';
import { composedFrames } from '../unit/frame-samples.js';
import { dissect } from './dissect.js';

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
    const segment = { sourcePort: 1, destinationPort: 2, sequence: 3, flags: frame.tcpFlags.ack, payload };
    const wrong: Record<string, [Uint8Array, RegExp]> = {
      'IPv4 checksum': [frame.linkFrame(link, frame.etherTypes.ipv4, frame.encodeIpv4(ip)), /ip\.checksum/],
      'UDP checksum': [frame.udpFrame({ ...link, ...v4, payload, checksum }), /udp\.checksum/],
      'UDP over IPv6 checksum': [frame.udpFrame({ ...link, ...v6, payload, checksum }), /udp\.checksum/],
      'TCP checksum': [frame.tcpFrame({ ...link, ...v4, ...segment, checksum }), /tcp\.checksum/],
      'TCP over IPv6 checksum': [frame.tcpFrame({ ...link, ...v6, ...segment, checksum }), /tcp\.checksum/],
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
