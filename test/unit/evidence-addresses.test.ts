import assert from 'node:assert/strict';
import { addressKey, bareFrame, forEachAddress } from '../../src/evidence/addresses.js';
import {
  arpFrame,
  neighbourAdvertisementFrame,
  neighbourSolicitationFrame,
  rarpFrame,
  udpFrame,
} from '../../src/frame/index.js';

const mac = (n: number): string => `00:00:5e:00:53:0${n}`;
const link = { destination: mac(1), source: mac(2) };
const arp = {
  operation: 1,
  sha: mac(3),
  spa: '192.0.2.3',
  tha: mac(4),
  tpa: '192.0.2.4',
};
const ofArp = [mac(1), mac(2), mac(3), '192.0.2.3', mac(4), '192.0.2.4'];
const ip6 = { ...link, ipSource: '2001:db8::1', ipDestination: 'ff02::1' };

const keysOf = (frame: Uint8Array): unknown[] => {
  const keys: unknown[] = [];
  forEachAddress(frame, (key) => keys.push(key));
  return keys;
};

const frames: [what: string, frame: Uint8Array, addresses: string[]][] = [
  ['ARP', arpFrame({ ...link, ...arp }), ofArp],
  ['ARP in a tag', arpFrame({ ...link, ...arp, tags: [{ vid: 7 }] }), ofArp],
  ['ARP in two tags', arpFrame({ ...link, ...arp, tags: [{ tpid: 0x88a8, vid: 7 }, { vid: 8 }] }), ofArp],
  ['ARP in LLC/SNAP', arpFrame({ ...link, ...arp, snap: true }), ofArp],
  ['ARP in LLC/SNAP in a tag', arpFrame({ ...link, ...arp, snap: true, tags: [{ vid: 7 }] }), ofArp],
  ['ARP that says wrong lengths', arpFrame({ ...link, ...arp, hardwareLength: 8, protocolLength: 0 }), ofArp],
  ['RARP', rarpFrame({ ...link, ...arp, operation: 3 }), ofArp],
  [
    'IPv4',
    udpFrame({ ...link, ipSource: '192.0.2.5', ipDestination: '198.51.100.255', payload: new Uint8Array(3) }),
    [mac(1), mac(2), '192.0.2.5', '198.51.100.255'],
  ],
  [
    'IPv6',
    udpFrame({ ...ip6, payload: new Uint8Array(3), tags: [{ vid: 1 }] }),
    [mac(1), mac(2), '2001:db8::1', 'ff02::1'],
  ],
  [
    'a neighbour advertisement',
    neighbourAdvertisementFrame({
      ...ip6,
      router: false,
      solicited: false,
      override: true,
      target: '2001:db8::77',
      options: [{ type: 'target-link-layer', mac: mac(7) }],
    }),
    [mac(1), mac(2), '2001:db8::1', 'ff02::1', '2001:db8::77', mac(7)],
  ],
  [
    'a neighbour solicitation',
    neighbourSolicitationFrame({
      ...ip6,
      target: '2001:db8::78',
      options: [{ type: 'source-link-layer', mac: mac(8) }],
    }),
    [mac(1), mac(2), '2001:db8::1', 'ff02::1', '2001:db8::78', mac(8)],
  ],
];

describe('evidence addresses', () => {
  for (const [what, frame, addresses] of frames) {
    it(`finds the addresses of ${what}`, () => {
      assert.deepEqual(keysOf(frame), addresses.map(addressKey));
    });
  }

  it('tells a MAC from an IPv4 address of the same digits', () => {
    assert.notEqual(addressKey('00:00:c0:00:02:01'), addressKey('192.0.2.1'));
    assert.throws(() => addressKey('192.0.2'), /192\.0\.2/);
  });

  it('reads no address beyond the end of a cut frame', () => {
    for (const [, frame, addresses] of frames) {
      const whole = addresses.map(addressKey);
      for (let length = 0; length < frame.length; length++) {
        const keys = keysOf(frame.subarray(0, length));
        assert.deepEqual(keys, whole.slice(0, keys.length), `cut to ${length}`);
      }
    }
  });

  it('takes off tags and padding', () => {
    const [plain, tagged, twice] = frames.map(([, frame]) => bareFrame(frame));
    assert.ok(plain && plain.length === 42);
    assert.deepEqual(Uint8Array.from(tagged ?? []), Uint8Array.from(plain));
    assert.deepEqual(Uint8Array.from(twice ?? []), Uint8Array.from(plain));
    assert.equal(bareFrame(new Uint8Array(60)).length, 0);
  });
});
