/** Signatures: compared with ssh-keygen's, which is asked the same. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllowedSigners } from '../../src/bundle/allowed-signers.js';
import { openBundle, readTrust } from '../../src/bundle/open.js';
import type { RefusalCode } from '../../src/bundle/refusals.js';
import { parseSignature, signatureHolds } from '../../src/bundle/signature.js';
import { fingerprintOf } from '../../src/bundle/ssh-key.js';
import { sshString } from '../../src/bundle/ssh-wire.js';
import {
  type BundleOptions,
  createKey,
  keyOf,
  signAgain,
  trustParties,
  withdrawBundle,
} from './bundle-fixtures.js';
import { openTrap, type Trap } from './bundle-trap.js';

const namespace = 'takeover-bundle';
const message = Buffer.from('{"schemaVersion": 1}\n');

describe('SSH signatures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'takeover-sshsig-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);

  function keygen(kind: string, bits?: number): string {
    const name = file(`${kind}${bits ?? ''}`);
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      kind,
      ...(bits ? ['-b', String(bits)] : []),
      '-N',
      '',
      '-C',
      '',
      '-f',
      name,
    ]);
    return name;
  }
  function signed(key: string, by = namespace, hash = 'sha512'): Buffer {
    writeFileSync(file('message'), message);
    execFileSync(
      'ssh-keygen',
      ['-Y', 'sign', '-q', '-f', key, '-n', by, '-O', `hashalg=${hash}`, file('message')],
      { stdio: 'ignore' },
    );
    const signature = readFileSync(file('message.sig'));
    unlinkSync(file('message.sig'));
    return signature;
  }
  /** What ssh-keygen says of it. */
  function accepts(signature: Uint8Array, allowed: string, of: Uint8Array = message, at?: string): boolean {
    writeFileSync(file('sig'), signature);
    writeFileSync(file('allowed'), allowed);
    const time = at === undefined ? [] : ['-O', `verify-time=${at}`];
    const args = [
      '-Y',
      'verify',
      '-f',
      file('allowed'),
      '-I',
      'me',
      '-n',
      namespace,
      '-s',
      file('sig'),
      ...time,
    ];
    return spawnSync('ssh-keygen', args, { input: of, env: { ...process.env, TZ: 'UTC' } }).status === 0;
  }

  for (const [kind, bits] of [
    ['ed25519'],
    ['rsa', 2048],
    ['rsa', 3072],
    ['ecdsa', 256],
    ['ecdsa', 384],
    ['ecdsa', 521],
  ] as const) {
    it(`verifies what ssh-keygen signed with ${kind} ${bits ?? ''}`, () => {
      const key = keygen(kind, bits);
      // An ECDSA signature's numbers differ in length from one to the next.
      for (const hash of ['sha512', 'sha256', 'sha512', 'sha512']) {
        const signature = parseSignature(signed(key, namespace, hash));
        assert.equal(signature.namespace, namespace);
        assert.equal(signatureHolds(signature, message), true);
        assert.equal(signatureHolds(signature, Buffer.concat([message, Buffer.from(' ')])), false);
        const broken = Uint8Array.from(signature.value);
        broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
        assert.equal(signatureHolds({ ...signature, value: broken }, message), false);
        assert.equal(signatureHolds({ ...signature, namespace: 'file' }, message), false);
      }
      const listed = execFileSync('ssh-keygen', ['-lf', `${key}.pub`], { encoding: 'utf8' });
      assert.equal(fingerprintOf(parseSignature(signed(key)).key), listed.split(' ')[1]);
    });
  }

  it('makes in tests what ssh-keygen takes', () => {
    const key = createKey();
    const signature = Buffer.from(key.sign(message));
    const allowed = `me namespaces="${namespace}" ${key.publicKey}\n`;
    assert.equal(accepts(signature, allowed), true);
    assert.equal(accepts(signature, allowed, Buffer.from('else')), false);
    assert.equal(accepts(Buffer.from(key.sign(message, 'file')), allowed), false);
  });

  it('verifies keys of FIDO authenticators, as ssh-keygen does', () => {
    const kind = 'sk-ssh-ed25519@openssh.com';
    const { publicKey: pub, privateKey } = generateKeyPairSync('ed25519');
    const raw = Buffer.from(pub.export({ format: 'jwk' }).x ?? '', 'base64url');
    const key = Buffer.concat([sshString(kind), sshString(raw), sshString('ssh:')]);
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
    const armored = (flags: number) => {
      const head = [sshString(namespace), sshString(''), sshString('sha512')];
      const hashed = createHash('sha512').update(message).digest();
      const asked = Buffer.concat([Buffer.from('SSHSIG'), ...head, sshString(hashed)]);
      const moment = Buffer.from([flags, 0, 0, 0, 7]);
      const value = sign(
        null,
        Buffer.concat([digest(Buffer.from('ssh:')), moment, digest(asked)]),
        privateKey,
      );
      const whole = Buffer.concat([sshString(kind), sshString(value), moment]);
      const blob = Buffer.concat([
        Buffer.from('SSHSIG\0\0\0\x01'),
        sshString(key),
        ...head,
        sshString(whole),
      ]);
      return Buffer.from(
        `-----BEGIN SSH SIGNATURE-----\n${blob.toString('base64')}\n-----END SSH SIGNATURE-----\n`,
      );
    };
    assert.equal(accepts(armored(1), `me ${kind} ${key.toString('base64')}\n`), true);
    assert.equal(signatureHolds(parseSignature(armored(1)), message), true);
    assert.equal(signatureHolds(parseSignature(armored(1)), Buffer.from('else')), false);
    assert.throws(() => signatureHolds(parseSignature(armored(0)), message), /nobody touched/);
  });

  it('refuses what is malformed, and keys that are too short, with a sentence', () => {
    const good = createKey().sign(message);
    const said = (text: string) => () => signatureHolds(parseSignature(Buffer.from(text)), message);
    assert.throws(said(''), /does not begin/);
    assert.throws(said(`x${good}`), /does not begin/);
    assert.throws(said(`${good}x`), /does not end/);
    assert.throws(said(good.replace(/\n[A-Z]/, '\n!')), /not base64/);
    assert.throws(said(good.replace(/\n.{70}\n/, '\n')), /cut off|behind its end|begin/);
    const short = keygen('rsa', 1024);
    assert.throws(said(signed(short).toString()), /1024 bits is not accepted/);
  });

  const key = createKey();
  const lines: readonly (readonly [line: string, at: string, valid: boolean])[] = [
    [`me ${key.publicKey}`, '20260601', true],
    [`me ${key.publicKey} a comment`, '20260601', true],
    [`me namespaces="file,${namespace}" ${key.publicKey}`, '20260601', true],
    [`me namespaces="file" ${key.publicKey}`, '20260601', false],
    [`me NAMESPACES="${namespace}",valid-after="20260101" ${key.publicKey}`, '20260101', true],
    [`me valid-after="20260101",valid-before="20261231" ${key.publicKey}`, '20251231', false],
    [`me valid-after="20260101",valid-before="20261231" ${key.publicKey}`, '20261231', true],
    [`me valid-before="202606011200" ${key.publicKey}`, '20260601120001', false],
    [`me valid-before="202606011200Z" ${key.publicKey}`, '20260601115959', true],
    [`me valid-before="20260601120001Z" ${key.publicKey}`, '20260601120001', true],
  ];
  for (const [line, at, valid] of lines) {
    it(`reads '${line.replace(/ ssh-.*/, '')}' at ${at} as ssh-keygen does`, () => {
      const { signers, refusals } = parseAllowedSigners(`# a comment\n\n${line}\n`);
      assert.deepEqual(refusals, []);
      const [signer] = signers;
      assert.ok(signer);
      const parts = at.padEnd(14, '0').match(/^(....)(..)(..)(..)(..)(..)$/) ?? [];
      const atMs = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`);
      const ours = signer.namespaces?.includes(namespace) ?? true;
      assert.equal(ours && signer.validAfterMs <= atMs && atMs <= signer.validBeforeMs, valid);
      assert.equal(accepts(Buffer.from(key.sign(message)), `${line}\n`, message, at), valid);
    });
  }

  const wrong: readonly (readonly [string, RegExp])[] = [
    [`*@example.com ${key.publicKey}`, /no single name/],
    [`a,b ${key.publicKey}`, /no single name/],
    [`me cert-authority ${key.publicKey}`, /cert-authority/],
    [`me no-touch-required ${key.publicKey}`, /not known/],
    [`me namespaces=${namespace} ${key.publicKey}`, /quotes/],
    [`me valid-before=20270101 ${key.publicKey}`, /quotes/],
    [`me namespaces="takeover-*" ${key.publicKey}`, /pattern/],
    [`me valid-before="soon" ${key.publicKey}`, /no time/],
    [`me valid-before="20260231" ${key.publicKey}`, /no time/],
    [`me valid-after="20270101",valid-before="20260101" ${key.publicKey}`, /before valid-after/],
    [`me valid-before="20270101",valid-before="20280101" ${key.publicKey}`, /twice/],
    ['me', /no key/],
    ['me ssh-ed25519', /no key/],
    ['me ssh-ed25519 !!!', /not base64/],
    ['me ssh-ed25519 AAAA', /cut off/],
    [`me ssh-rsa ${key.publicKey.split(' ')[1]}`, /no ssh-rsa/],
    [`me ${key.publicKey}\nyou ${key.publicKey}`, /me's too/],
  ];
  it('refuses lines of allowed_signers that could mean more than they seem to', () => {
    for (const [line, text] of wrong) {
      const { refusals } = parseAllowedSigners(line);
      assert.equal(refusals.length, 1, line);
      assert.match(refusals[0]?.text ?? '', text);
      assert.match(refusals[0]?.text ?? '', /^allowed_signers, line \d: .*; mend the line/);
    }
  });
});

describe('hostile bundles: signatures', () => {
  let trap: Trap;
  beforeEach(async () => {
    trap = await openTrap();
  });
  afterEach(async () => {
    await trap.untouched();
    await trap.close();
  });
  const lab = { organisation: 'Example Lab', relation: 'lab' } as const;
  const project = { organisation: 'The project', relation: 'project' } as const;
  const rival = { organisation: 'Rival', relation: 'vendor' } as const;
  const folderOf = (path: string) => join(trap.reports, path);

  const refused: readonly (readonly [string, RefusalCode, BundleOptions, string?])[] = [
    ['a key that nobody listed', 'unknown-key', { key: createKey() }],
    ['a key that had expired', 'key-date', {}, 'valid-before="20251231"'],
    ['a key that was not valid yet', 'key-date', {}, 'valid-after="20260601"'],
    ['a key for other things', 'unknown-key', {}, 'namespaces="git"'],
    [
      'a tester who is not the signer',
      'tester',
      { tester: { ...lab, organisation: 'Somebody Else' }, key: keyOf(lab.organisation) },
    ],
    ['a relation that is not the signer’s', 'tester', { tester: { ...lab, relation: 'project' } }],
  ];
  for (const [name, code, options, terms] of refused) {
    it(`refuses ${name}`, async () => {
      await trustParties(trap.reports, [{ ...lab, ...(terms !== undefined && { options: terms }) }]);
      await trap.refused(code, await trap.make(options));
    });
  }

  it('refuses a signature of another namespace, of another bundle, and none at all of what was changed', async () => {
    const path = await trap.make();
    await signAgain(folderOf(path), keyOf(lab.organisation), 'file');
    assert.match(await trap.refused('signature-namespace', path), /"file"/);
    const other = await trap.make({ startedAt: '2026-02-01T10:00:00.000Z' });
    writeFileSync(
      join(folderOf(path), 'manifest.json.sig'),
      readFileSync(join(folderOf(other), 'manifest.json.sig')),
    );
    await trap.refused('signature', path);
    writeFileSync(join(folderOf(path), 'manifest.json.sig'), 'trust me');
    await trap.refused('signature', path);
    writeFileSync(join(folderOf(path), 'manifest.json.sig'), Buffer.alloc(100_000, 'A'));
    await trap.refused('too-large', path);
  });

  it('holds a new submission to a key that is valid today', async () => {
    await trustParties(trap.reports, [{ ...lab, options: 'valid-before="20260201"' }]);
    const path = await trap.make();
    assert.equal((await trap.open(path)).signer?.principal, 'example-lab');
    await trap.refused('key-date', path, new Date('2026-06-01'));
  });

  it('refuses a signer without a party, and a party that was paid by another than it says', async () => {
    const path = await trap.make({ tester: { ...lab, contractedBy: 'Acme' } });
    // Nobody speaks with a vendor's voice of his own accord.
    await trap.refused('tester', path);
    await trustParties(trap.reports, [{ ...lab, contractedBy: 'Rival' }]);
    await trap.refused('tester', path);
    await trap.refused('tester', await trap.make());
    await trustParties(trap.reports, [{ ...lab, contractedBy: 'Acme' }]);
    assert.equal((await trap.open(path)).signer?.voice, 'Acme');
    await trustParties(trap.reports, [lab]);
    writeFileSync(join(trap.reports, 'parties.json'), '{"schemaVersion": 1, "parties": {}}');
    await trap.refused('party', path);
  });

  it('opens what is not signed, as nobody’s', async () => {
    assert.equal((await trap.open(await trap.make({ key: null }))).signer, null);
  });

  it('lets the submitter and the project withdraw a bundle, and nobody else', async () => {
    await trustParties(trap.reports, [lab, project, rival]);
    for (const by of [lab, project]) {
      const path = await trap.make();
      await withdrawBundle(folderOf(path), keyOf(by.organisation));
      assert.equal((await trap.open(path)).withdrawal?.reason, 'The cable was broken.');
    }
    const path = await trap.make();
    await withdrawBundle(folderOf(path), keyOf(rival.organisation));
    assert.match(await trap.refused('withdrawal', path), /rival, who signed/);
    await withdrawBundle(folderOf(path), createKey());
    await trap.refused('unknown-key', path);
    await withdrawBundle(folderOf(path), keyOf(lab.organisation), { manifestSha256: '0'.repeat(64) });
    assert.match(await trap.refused('withdrawal', path), /another bundle/);
    await withdrawBundle(folderOf(path), keyOf(lab.organisation), { at: '2020-01-01T00:00:00.000Z' });
    assert.match(await trap.refused('withdrawal', path), /older/);
    unlinkSync(join(folderOf(path), 'withdrawal.json.sig'));
    await trap.refused('missing', path);
  });

  it('lets no expired key withdraw anew, and lets what it signed be withdrawn by another', async () => {
    await trustParties(trap.reports, [{ ...lab, options: 'valid-before="20260201"' }, project]);
    const path = await trap.make();
    const open = async () =>
      openBundle(trap.reports, path, await readTrust(trap.reports), {
        evidence: 'listed',
        withdrawnNow: new Date('2026-06-02'),
      });
    await withdrawBundle(folderOf(path), keyOf(project.organisation));
    assert.equal((await open()).withdrawal?.reason, 'The cable was broken.');
    await withdrawBundle(folderOf(path), keyOf(lab.organisation), { at: '2026-01-15T00:00:00.000Z' });
    // Once it is merged, only its own date can be held against the key.
    assert.ok((await trap.open(path)).withdrawal);
    await assert.rejects(open, /was not valid at 2026-06-02/);
  });
});
