import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import {
  fingerprint,
  judgeHostKey,
  keyTypeOf,
  knownHostsName,
  linesFor,
  parseKnownHosts,
} from '../../src/host/known-hosts.js';

/** A public key's wire form: the type's name, then something. */
function key(fill: number, type = 'ssh-ed25519'): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.alloc(36, fill)]);
}

const line = (hosts: string, of: Buffer, marker = '') =>
  `${marker}${marker && ' '}${hosts} ${keyTypeOf(of)} ${of.toString('base64')} a comment\n`;

const judge = (text: string, host: string, shown: Buffer, port = 22) =>
  judgeHostKey(parseKnownHosts(text), { host, port }, shown);

function hashed(name: string): string {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

describe('known_hosts', () => {
  const ours = key(1);
  const other = key(2);

  it('knows a host by name, whatever the case, beside others on the line', () => {
    assert.deepEqual(judge(line('Rack7,10.0.0.5', ours), 'rack7', ours), { is: 'known' });
    assert.deepEqual(judge(line('rack7,10.0.0.5', ours), '10.0.0.5', ours), { is: 'known' });
  });

  it('names the port away from 22, and then only that', () => {
    assert.equal(knownHostsName({ host: '2001:DB8::1', port: 2222 }), '[2001:db8::1]:2222');
    assert.deepEqual(judge(line('[rack7]:2222', ours), 'rack7', ours, 2222), { is: 'known' });
    assert.deepEqual(judge(line('[rack7]:2222', ours), 'rack7', ours), { is: 'unknown' });
    assert.deepEqual(judge(line('rack7', ours), 'rack7', ours, 2222), { is: 'unknown' });
  });

  it('reads hashed names', () => {
    assert.deepEqual(judge(line(hashed('rack7'), ours), 'rack7', ours), { is: 'known' });
    assert.deepEqual(judge(line(hashed('[rack7]:2222'), ours), 'rack7', ours, 2222), { is: 'known' });
    assert.deepEqual(judge(line(hashed('rack7'), ours), 'rack8', ours), { is: 'unknown' });
  });

  it('reads wildcards and exceptions', () => {
    const text = line('*.lab,!bad.lab,10.0.0.?', ours);
    assert.deepEqual(judge(text, 'rack7.lab', ours), { is: 'known' });
    assert.deepEqual(judge(text, 'bad.lab', ours), { is: 'unknown' });
    assert.deepEqual(judge(text, '10.0.0.5', ours), { is: 'known' });
    assert.deepEqual(judge(text, '10.0.0.55', ours), { is: 'unknown' });
    // A dot is a dot.
    assert.deepEqual(judge(text, 'rack7xlab', ours), { is: 'unknown' });
  });

  it('tells a changed key from an unknown host, and says where the old one stands', () => {
    const text = `# ours\n\n${line('rack7', ours)}${line('rack7', key(3, 'ssh-rsa'))}`;
    assert.deepEqual(judge(text, 'rack7', other), { is: 'different', lines: [3, 4] });
    assert.deepEqual(judge(text, 'rack8', other), { is: 'unknown' });
  });

  it('lets a revocation win over any other line', () => {
    const text = line('rack7', ours) + line('*', ours, '@revoked');
    assert.deepEqual(judge(text, 'rack7', ours), { is: 'revoked', line: 2 });
    // A revoked key is no key to expect.
    assert.deepEqual(judge(line('rack7', ours, '@revoked'), 'rack7', other), { is: 'unknown' });
  });

  it('leaves certificate authorities out', () => {
    assert.deepEqual(
      linesFor(parseKnownHosts(line('*', ours, '@cert-authority')), { host: 'rack7', port: 22 }),
      [],
    );
  });

  it('skips a line whose key is none, or not of the type that the line says', () => {
    assert.deepEqual(parseKnownHosts('* ssh-ed25519 *'), []);
    assert.deepEqual(parseKnownHosts(`* ssh-rsa ${ours.toString('base64')}`), []);
    assert.deepEqual(judge('* @revoked *', 'rack7', Buffer.of()), { is: 'unknown' });
  });

  it('prints the fingerprint as ssh-keygen does', () => {
    const published = Buffer.from(
      'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
      'base64',
    );
    assert.equal(keyTypeOf(published), 'ssh-ed25519');
    // GitHub's published Ed25519 host key.
    assert.equal(fingerprint(published), 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
  });

  it('never throws, whatever the file and the key', () => {
    const field = fc.oneof(
      fc.string(),
      fc.constantFrom('@revoked', '|1|', '|1|a|b', '*', '!', '[', 'ssh-rsa', '\n', ' '),
    );
    fc.assert(
      fc.property(fc.array(field), fc.string(), fc.uint8Array(), (fields, host, shown) => {
        assert.notEqual(judge(fields.join(' '), host, Buffer.from(shown)).is, 'known');
      }),
    );
  });
});
