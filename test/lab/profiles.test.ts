/**
 * The catalogue of takeover profiles against the software itself: keepalived, ucarp and arping take an address over in a
 * namespace of their own, and what they send is compared with their profiles frame for frame.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeFrame } from '../../src/frame/index.js';
import { profiles } from '../../src/profiles/catalogue.js';
import { announces, type Cast, frameOf, linkLocalOf, momentsOf } from '../../src/profiles/frames.js';
import type { Profile } from '../../src/profiles/profile.js';
import { type HeardFrame, recognise } from '../../src/profiles/recognise.js';
import { openLibpcap } from '../../src/wire/libpcap/wire.js';
import { skip } from '../skip.js';
import { named } from '../unit/profile-cast.js';
import { dissect } from './dissect.js';
import { ip, isInstalled, makeVethPair, removeLink, requirePrivateNamespace, run } from './namespace.js';

const services = { ipv4: ['192.0.2.77'], ipv6: ['2001:db8::77'] };
/** The software's own times: it waits for the kernel, and this machine may be busy. */
const toleranceMs = 150;

/** A takeover of the service addresses, by whatever runs on the NIC `own`. */
interface Takeover {
  /** The profiles that it should show. */
  readonly shows: readonly string[];
  readonly listenMs: number;
  /** Starts the software; `folder` is for its files. */
  start(own: string, folder: string): ChildProcess[];
}

/** An instance for each family; their routers are those of the profiles. */
const keepalivedConf = (own: string, globals: string, router: number, rest: string) =>
  `global_defs {\n script_user root\n ${globals}\n}\n${(['ipv4', 'ipv6'] as const)
    .map(
      (family) => `vrrp_instance ${family} {
  state MASTER
  interface ${own}
  virtual_router_id ${router}
  priority 255
  advert_int 1
  ${family === 'ipv6' ? 'version 3' : ''}
  ${rest}
  virtual_ipaddress { ${family === 'ipv6' ? 'fe80::77\n  ' : ''}${services[family][0]} }
}`,
    )
    .join('\n')}\n`;

const keepalived =
  (globals: string, router: number, rest: string) =>
  (own: string, folder: string): ChildProcess[] => {
    const file = join(folder, 'keepalived.conf');
    writeFileSync(file, keepalivedConf(own, globals, router, rest));
    const pids = ['-p', join(folder, 'a.pid'), '-r', join(folder, 'b.pid')];
    return [spawn('keepalived', ['-n', '-l', '-f', file, ...pids], { stdio: 'ignore' })];
  };

const takeovers: Readonly<Record<string, Takeover>> = {
  keepalived: {
    shows: ['keepalived', 'keepalived-ipv6'],
    listenMs: 7_500,
    start: keepalived('', 51, ''),
  },
  'keepalived with use_vmac': {
    shows: ['keepalived-vmac', 'keepalived-vmac-ipv6'],
    listenMs: 7_500,
    start: keepalived('', 52, 'use_vmac'),
  },
  'keepalived, announcing once': {
    shows: ['keepalived-min', 'keepalived-min-ipv6'],
    listenMs: 3_000,
    start: keepalived('vrrp_garp_master_repeat 1\n vrrp_garp_master_delay 0', 51, ''),
  },
  ucarp: {
    shows: ['ucarp'],
    listenMs: 7_000,
    start(own, folder) {
      const script = join(folder, 'nothing.sh');
      writeFileSync(script, '#!/bin/sh\n', { mode: 0o755 });
      const address = ['-s', '192.0.2.1', '-a', services.ipv4[0] ?? ''];
      const rest = ['-v', '7', '-p', 'secret', '-u', script, '-d', script, '-P'];
      return [spawn('ucarp', ['-i', own, ...address, ...rest], { stdio: 'ignore' })];
    },
  },
  'arping -U': {
    shows: ['arping-u'],
    listenMs: 3_000,
    start: (own) => [
      spawn('arping', ['-U', '-c', '3', '-I', own, services.ipv4[0] ?? ''], { stdio: 'ignore' }),
    ],
  },
  'arping -A': {
    shows: ['arping-a'],
    listenMs: 3_000,
    start: (own) => [
      spawn('arping', ['-A', '-c', '3', '-I', own, services.ipv4[0] ?? ''], { stdio: 'ignore' }),
    ],
  },
};

/** What an IP datagram says that differs at each run: identification, counters, digests. */
const comparable = (bytes: Uint8Array) => {
  const { ethernet, arp, neighbourAdvertisement: na, ipv4, ipv6 } = decodeFrame(bytes);
  if (arp || na) return Buffer.from(bytes).toString('hex');
  return [
    ethernet?.source,
    ethernet?.destination,
    (ipv4 ?? ipv6)?.destination,
    ipv4?.protocol ?? ipv6?.nextHeader,
  ];
};

/** The roles as the software on the NIC plays them. */
function castOf(profile: Profile, nic: string): Cast {
  const six = profile.family === 'ipv6';
  const owner = { nic, ip: six ? linkLocalOf(nic) : '192.0.2.1' };
  return {
    moved: profile.moved === 'station' ? nic : profile.moved,
    old: owner,
    new: owner,
    services: services[profile.family],
    peer: { mac: nic, ip: owner.ip },
  };
}

describe('the takeover profiles, against the software itself', () => {
  before(function () {
    requirePrivateNamespace();
    for (const program of ['keepalived', 'ucarp', 'arping']) {
      if (!isInstalled(program)) skip(this, `${program} is not installed`);
    }
  });

  const names = Object.keys(takeovers);
  /** All of them at once, each on a cable of its own. */
  const heard = new Map<string, { readonly nic: string; readonly frames: HeardFrame[] }>();
  before(async function () {
    this.timeout(30_000);
    const folders: string[] = [];
    await Promise.all(
      names.map(async (name, index) => {
        const takeover = takeovers[name];
        assert.ok(takeover);
        const [own, other] = [`profown${index}`, `profoth${index}`];
        makeVethPair(own, other);
        const nic = `00:00:5e:00:53:b${index}`;
        ip('link', 'set', own, 'address', nic);
        run('sysctl', '-qw', `net.ipv6.conf.${own}.disable_ipv6=0`, `net.ipv6.conf.${own}.accept_dad=0`);
        ip('link', 'set', own, 'down');
        ip('link', 'set', own, 'up');
        ip('address', 'add', '192.0.2.1/24', 'dev', own);
        if (name.startsWith('arping')) ip('address', 'add', `${services.ipv4[0]}/32`, 'dev', own);
        const wire = await openLibpcap({ port: 'other', nic: other });
        const frames: HeardFrame[] = [];
        wire.subscribe(({ bytes, timeNs, direction }) => frames.push({ bytes, timeNs, direction }));
        const folder = mkdtempSync(join(tmpdir(), 'takeover-profiles-'));
        folders.push(folder);
        const processes = takeover.start(own, folder);
        await new Promise((resolve) => setTimeout(resolve, takeover.listenMs));
        await wire.flush();
        heard.set(name, { nic, frames });
        for (const each of processes) {
          if (each.exitCode !== null) continue;
          each.kill('SIGTERM');
          await once(each, 'exit');
        }
        await wire.close();
        removeLink(own);
      }),
    );
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  for (const name of names) {
    for (const shown of takeovers[name]?.shows ?? []) {
      it(`${name} sends what the profile ${shown} says, frame for frame`, () => {
        const profile = named(shown);
        const { nic, frames } = heard.get(name) ?? assert.fail();
        const cast = castOf(profile, nic);
        const expected = momentsOf(profile).map((moment) => ({
          ...moment,
          bytes: frameOf(profile, moment.announcement, cast, moment.from, moment.service),
        }));
        const news = expected.filter(({ announcement }) => announces(announcement));
        const same = (bytes: Uint8Array) => {
          const key = JSON.stringify(comparable(bytes));
          return frames.filter((frame) => JSON.stringify(comparable(frame.bytes)) === key);
        };
        // Every announcement, octet for octet; none that the profile doesn't have.
        for (const { bytes } of news) {
          const count = news.filter((other) => Buffer.compare(other.bytes, bytes) === 0).length;
          assert.equal(same(bytes).length, count, `${count} × ${Buffer.from(bytes).toString('hex')}`);
        }
        const other = frames.filter(({ bytes }) => {
          const { arp, neighbourAdvertisement: na } = decodeFrame(bytes);
          const about = arp?.spa ?? na?.target;
          return about !== undefined && cast.services.includes(about);
        });
        assert.equal(other.length, news.length, 'announcements of the service address');
        // And their times, from the first.
        const arrived = [...new Set(news.map(({ bytes }) => bytes))].flatMap(same);
        const times = [...new Set(arrived)].map(({ timeNs }) => timeNs).sort((x, y) => Number(x - y));
        const [first = 0n] = times;
        for (const [index, { atNs }] of news.entries()) {
          const afterMs = Number((times[index] ?? 0n) - first) / 1e6;
          const dueMs = (atNs - (news[0]?.atNs ?? 0)) / 1e6;
          assert.ok(
            Math.abs(afterMs - dueMs) < toleranceMs,
            `frame ${index}: ${afterMs} ms instead of ${dueMs}`,
          );
        }
        // Heartbeats as often, from and to the same stations.
        for (const { bytes, announcement } of expected) {
          if (!announces(announcement))
            assert.ok(same(bytes).length >= announcement.atMs.length, 'heartbeats');
        }
      });
    }
  }

  for (const name of names) {
    it(`${name} is recognised by what it sends`, () => {
      const { frames } = heard.get(name) ?? assert.fail();
      for (const shown of takeovers[name]?.shows ?? []) {
        const profile = named(shown);
        // IPv6 instances of keepalived need a link-local address beside the service's.
        const [again] = recognise(frames, { source: 'a test', ip: services[profile.family][0] ?? '' });
        assert.ok(again, shown);
        assert.equal(again.family, profile.family);
        const news = (of: Profile) =>
          momentsOf(of)
            .filter(({ announcement }) => announces(announcement))
            .map(({ announcement: { frame, tha = 'zero', flags = 'O' } }) => `${frame} ${tha} ${flags}`);
        assert.deepEqual(news(again), news(profile));
      }
    });
  }
});

describe('the takeover profiles, dissected by tshark', function () {
  this.timeout(20_000);

  it('are well-formed', () => {
    // Wireshark knows CARP over IPv4 only, and reads the other as VRRP.
    const isKnown = (profile: Profile, frame: string) =>
      profile.family === 'ipv4' || !frame.startsWith('carp');
    const samples = profiles.flatMap((profile) =>
      momentsOf(profile)
        .filter(({ announcement: { frame } }) => isKnown(profile, frame))
        .map(({ announcement, from, service }) => ({
          name: `${profile.name}: ${announcement.frame}`,
          bytes: frameOf(
            profile,
            announcement,
            { ...castOf(profile, '00:00:5e:00:53:01'), returning: '00:00:5e:00:53:02' },
            from,
            service,
          ),
          protocol: { a: 'arp', r: 'arp', n: 'icmpv6', v: 'vrrp', c: 'vrrp', d: 'udp' }[
            announcement.frame[0] ?? ''
          ],
        })),
    );
    const dissections = dissect(samples.map(({ bytes }) => bytes));
    assert.equal(dissections.length, samples.length);
    for (const [index, { name, protocol }] of samples.entries()) {
      const seen = dissections[index];
      assert.deepEqual(seen?.faults, [], name);
      assert.ok(
        protocol && seen?.protocols.some((each) => each === protocol || each === 'carp'),
        `${name}: ${seen?.protocols}`,
      );
    }
  });
});
