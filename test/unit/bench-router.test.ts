/** What a bench file may say of a router and its far side. */
import assert from 'node:assert/strict';
import { parseBench } from '../../src/bench/file.js';
import { unseen } from '../../src/engine/bench-limits.js';

const text = (far: string, rest = '', ports = '{a: veth-a, b: veth-b, world: veth-w}') => `bench: rack 7
ports: ${ports}
devices:
  - kind: router
    vendor: Acme
    model: R1
    firmware: "1"
    ipv4: 192.0.2.1
    ipv6: "2001:db8::1"
${far === '' ? '' : `    far: ${far}\n`}${rest}`;

const read = (yaml: string) => parseBench(yaml, { file: 'bench.yaml', directory: '/' });
const far = '{port: world, ipv4: 198.51.100.1, ipv6: "2001:db8:ffff::1"}';

describe('a router in a bench file', () => {
  it('may have a far side', () => {
    const [router] = read(text(far)).devices;
    assert.deepEqual(router?.far, { port: 'world', ipv4: '198.51.100.1', ipv6: '2001:db8:ffff::1' });
  });

  it('says what is not seen without one', () => {
    for (const side of ['', far]) {
      const bench = read(text(side));
      const [router] = bench.devices;
      assert.ok(router);
      assert.equal(
        unseen(bench, router).some((sentence) => sentence.startsWith('No far side')),
        side === '',
      );
    }
  });

  const another = (kind: string) =>
    `  - kind: ${kind}\n    vendor: Acme\n    model: S\n    firmware: "1"\n${kind === 'host' ? `    ipv4: 192.0.2.50\n    far: ${far}\n` : ''}`;
  const mistakes: readonly (readonly [string, string, RegExp])[] = [
    ['another port', text(far.replace('world', 'b')), /far\.port is 'b'; use one of world, monitor/],
    [
      'a port that is none',
      text(far.replace('world', 'monitor')),
      /far\.port is monitor, which is not among `ports`/,
    ],
    ['one family', text('{port: world, ipv4: 198.51.100.1}'), /far has no ipv6 address, unlike the router/],
    [
      'the same network',
      text(far.replace('198.51.100.1', '192.0.2.9')),
      /far\.ipv4 is 192\.0\.2\.9, inside addresses\.ipv4/,
    ],
    ['a switch beside it', text(far, another('switch')), /takes port world off the switch in the same file/],
    ['a host’s', text('', another('host')), /far is for a router, not for a host/],
  ];
  for (const [what, yaml, message] of mistakes) {
    it(`tells of ${what}`, () => assert.throws(() => read(yaml), message));
  }
});
