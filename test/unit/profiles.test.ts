/** Takeover profiles: the catalogue's data, their frames and times, and what is made of heard ones. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { probes, probesWith } from '../../probes/index.js';
import { parseBench } from '../../src/bench/file.js';
import { catalogueDigest } from '../../src/engine/catalogue.js';
import { decodeFrame } from '../../src/frame/index.js';
import { profiles } from '../../src/profiles/catalogue.js';
import { announces, frameOf, momentsOf, usesRole } from '../../src/profiles/frames.js';
import {
  type Announcement,
  type Profile,
  ProfilesSchema,
  readProfile,
  unconfirmed,
} from '../../src/profiles/profile.js';
import { type HeardFrame, recognise } from '../../src/profiles/recognise.js';
import { profileLines } from '../../src/profiles/text.js';
import { profilesYaml } from '../../src/profiles/yaml.js';
import { packageRoot } from '../../src/root.js';
import { castFor, found, named } from './profile-cast.js';

describe('the catalogue of takeover profiles', () => {
  it('keeps its schema, in valibot and in the JSON Schema that is handed out', () => {
    assert.ok(v.safeParse(ProfilesSchema, profiles).success);
    const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas/profiles.schema.json'), 'utf8'));
    const validate = new Ajv2020.default({ strict: false }).compile(schema);
    assert.ok(validate(profiles), JSON.stringify(validate.errors));
    assert.ok(!validate([{ name: 'Not so' }]));
  });

  it('names each once, with a source, and the address of a virtual router only once', () => {
    assert.equal(new Set(profiles.map(({ name }) => name)).size, profiles.length);
    const moved = profiles.map(({ moved: address }) => address).filter((address) => address !== 'station');
    assert.equal(new Set(moved).size, moved.length);
    for (const { name, source } of profiles) assert.ok(source.length > 10, name);
  });

  it('says what no source confirms', () => {
    const open = Object.fromEntries(profiles.map((each) => [each.name, unconfirmed(each)]));
    assert.deepEqual(open['vmware-notify'], ['announcements[0].atMs', 'announcements[0].octets']);
    assert.deepEqual(open.keepalived, []);
    for (const { announcements, name } of profiles)
      for (const entry of announcements)
        for (const field of entry.unconfirmed ?? [])
          assert.ok(field in entry || field === 'tha', `${name}: ${field}`);
  });

  it('is told in words', () => {
    assert.deepEqual(profileLines(named('keepalived')).slice(0, 2), [
      '0, 1004, 2004, 3004, 4004, 5004 ms: VRRP advertisement, of router 51',
      '3, 5003 ms: 5 × ARP request, THA broadcast, 5 µs apart',
    ]);
  });
});

describe('the frames of a profile', () => {
  for (const profile of profiles) {
    it(`${profile.name}: are well-formed and in order`, () => {
      const moments = momentsOf(profile);
      assert.deepEqual(
        moments.map(({ atNs }) => atNs),
        moments.map(({ atNs }) => atNs).sort((x, y) => x - y),
      );
      for (const { announcement, from, service } of moments) {
        const bytes = frameOf(profile, announcement, castFor(profile), from, service);
        const { error, ethernet, icmpv6, ipv4, arp } = decodeFrame(bytes);
        assert.equal(error, undefined);
        assert.ok(ethernet);
        assert.ok(icmpv6?.checksumOk ?? true);
        assert.ok(ipv4?.checksumOk ?? true);
        if (arp) assert.equal(bytes.length, announcement.octets ?? 42);
      }
    });
  }

  it('leave at the times of the profile, bursts to the microsecond', () => {
    const atUs = momentsOf(named('keepalived'))
      .filter(({ announcement }) => announces(announcement))
      .map(({ atNs }) => atNs / 1000);
    assert.deepEqual(
      atUs,
      [3000, 5_003_000].flatMap((us) => [0, 5, 10, 15, 20].map((gap) => us + gap)),
    );
  });

  it('name several service addresses in the order that is asked for', () => {
    const entry: Announcement = { frame: 'arp-request', atMs: [0], repeat: 2 };
    const two: Profile = { ...named('arping-u'), addresses: 2, announcements: [entry] };
    const order = (profile: Profile) => momentsOf(profile).map(({ service }) => service);
    assert.deepEqual(order(two), [0, 1, 0, 1]);
    assert.deepEqual(order({ ...two, order: 'addresses' }), [0, 0, 1, 1]);
  });

  it('carry a tag where the profile has one', () => {
    const entry: Announcement = { frame: 'arp-request', atMs: [0], vlan: { id: 20, priority: 5 } };
    const profile: Profile = { ...named('arping-u'), announcements: [entry] };
    const { ethernet } = decodeFrame(frameOf(profile, entry, castFor(profile), 'new'));
    assert.deepEqual(
      ethernet?.tags.map(({ vid, priority }) => [vid, priority]),
      [[20, 5]],
    );
  });
});

describe('a takeover that was heard', () => {
  /** Every frame of the profile, as a wire would have it. */
  const heard = (profile: Profile): HeardFrame[] =>
    momentsOf(profile).map(({ announcement, from, service, atNs }) => ({
      bytes: frameOf(profile, announcement, castFor(profile), from, service),
      timeNs: 1_700_000_000_000_000_000n + BigInt(atNs),
      direction: 'in',
    }));

  for (const profile of profiles) {
    if (profile.announcements.length === 0 || usesRole(profile, 'returning')) continue;
    it(`${profile.name}: gives the profile back`, () => {
      const [again, ...more] = recognise(heard(profile), { source: 'a test' });
      assert.ok(again);
      assert.deepEqual(more, []);
      assert.equal(again.moved, profile.moved);
      assert.deepEqual(found(again), found(profile, true));
      assert.ok(readProfile(again), JSON.stringify(again));
    });
  }

  it('is told apart by address and family, and chosen by a filter', () => {
    const all = [
      ...heard(named('arping-u')),
      ...heard(named('linux-bonding-ipv6')),
      ...heard(named('frr-vrrpd')),
    ];
    assert.equal(recognise(all, { source: 'x' }).length, 3);
    assert.equal(recognise(all, { source: 'x', mac: '00:00:5e:00:01:36' }).length, 1);
    assert.equal(recognise(all, { source: 'x', ip: '2001:db8::77' }).length, 1);
    assert.deepEqual(recognise(all, { source: 'x', ip: '192.0.2.1' }), []);
    assert.deepEqual(recognise([], { source: 'x' }), []);
  });

  it('is written as lines that a bench file takes', () => {
    for (const name of ['keepalived', 'ucarp', 'qemu-announce', 'metallb-ipv6']) {
      const [again] = recognise(heard(named(name)), { source: 'a test: of lines' });
      assert.ok(again);
      const text = `bench: x\nports: {a: eth1, b: eth2}\ndevices:\n  - {kind: switch, vendor: V, model: M, firmware: F}\n${profilesYaml([again])}`;
      assert.deepEqual(parseBench(text, { file: 'b', directory: '/' }).profiles, [again]);
    }
  });
});

describe('a bench file’s own profiles', () => {
  const parse = (lines: string) =>
    parseBench(
      `bench: x\nports: {a: eth1, b: eth2}\ndevices:\n  - {kind: switch, vendor: V, model: M, firmware: F}\nprofiles:\n${lines}`,
      { file: 'b.yaml', directory: '/' },
    );
  const good =
    '  - {name: mine, title: Mine, source: me, family: ipv4, announcements: [{frame: arp-reply, atMs: [0, 12.5]}]}\n';

  it('become cases of the run, beside the catalogue’s', () => {
    const { profiles: own = [] } = parse(good);
    assert.deepEqual(own[0]?.announcements, [{ frame: 'arp-reply', atMs: [0, 12.5] }]);
    const all = probesWith(own);
    const cases = all.flatMap(({ id, cases: each }) => each.map((c) => `${id}/${c.id}`));
    assert.ok(cases.includes('switch/follows/mine'));
    assert.equal(catalogueDigest(all), catalogueDigest(probes));
    assert.equal(probesWith([]), probes);
  });

  it('are refused with line, field and mend', () => {
    const mistakes: [string, RegExp][] = [
      [
        good.replace('arp-reply', 'arp-rply'),
        /b\.yaml:6: profiles\[0\]\.announcements\[0\]\.frame is 'arp-rply'; use one of arp-request/,
      ],
      [good.replace('atMs', 'atMss'), /announcements\[0\]\.atMss is not known here; did you mean atMs\?/],
      [good.replace('12.5', 'soon'), /atMs\[1\] is 'soon'; use milliseconds from 0 to 600000\./],
      [good.replace(', family: ipv4', ''), /profiles\[0\]\.family is missing; add it/],
      [good.replace('name: mine', 'name: keepalived'), /name is 'keepalived', which another profile has/],
      [good + good, /b\.yaml:7: profiles\[1\]\.name is 'mine', which another profile has/],
      [good.replace(/announcements: .*]}]/, 'announcements: []'), /announcements is an empty list/],
      ['  - silent\n', /profiles\[0\] is 'silent'; use a mapping/],
      [good.replace('name: mine', 'name: Mine!'), /name is 'Mine!'; use lower-case letters/],
    ];
    for (const [lines, message] of mistakes)
      assert.throws(() => parse(lines), { name: 'BenchError', message });
  });
});
