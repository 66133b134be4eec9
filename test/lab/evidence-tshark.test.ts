import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readPcapng } from '../../src/evidence/pcapng-read.js';
import type { RecordedFrame, Recording } from '../../src/evidence/recording.js';
import { writeEvidence } from '../../src/evidence/store.js';
import { arpFrame } from '../../src/frame/index.js';
import { skip } from '../skip.js';

const abilities = { kernelTimestamps: true, timestampErrorNs: 1_000, dropCounter: true };

const garp = (n: number): Uint8Array =>
  arpFrame({
    destination: 'ff:ff:ff:ff:ff:ff',
    source: '00:00:5e:00:53:01',
    operation: 1,
    sha: '00:00:5e:00:53:01',
    spa: `192.0.2.${n}`,
    tha: '00:00:00:00:00:00',
    tpa: `192.0.2.${n}`,
  });

const frame = (number: number, of: Partial<RecordedFrame>): RecordedFrame => {
  const bytes = garp(number);
  return { number, port: 'a', direction: 'in', atNs: number, bytes, originalLength: bytes.length, ...of };
};

const recording: Recording = {
  caseId: 'switch/relearns/garp-request',
  startNs: 1_795_385_847_000_000_000n,
  endNs: 1_000_000_000,
  plan: { params: null, addresses: {}, limits: { relearnMs: 1000 }, declared: {} },
  ports: [
    { name: 'a', nic: 'veth-a', driver: 'libpcap', abilities, dropped: 4, unrelated: 3 },
    { name: 'world', nic: 'veth-w', driver: 'cap', abilities, dropped: null, unrelated: 0 },
  ],
  frames: [
    frame(1, { direction: 'out', label: 'garp', seq: 1, atNs: 7 }),
    frame(2, { port: 'world', label: 'garp — “moved”', seq: 1, atNs: 123_456_789 }),
    frame(3, { originalLength: 1500, atNs: 999_999_999 }),
  ],
  events: [],
  streams: [],
};

/** Runs a tool; its complaints fail the test, save the one about running as root. */
function run(tool: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8' });
  if (error) throw error;
  const complaints = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Running as user'));
  assert.deepEqual({ status, complaints }, { status: 0, complaints: [] }, `${tool} ${args.join(' ')}`);
  return stdout;
}

const fields = (path: string, ...names: string[]): string[][] =>
  run('tshark', '-r', path, '-T', 'fields', ...names.flatMap((name) => ['-e', name]))
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));

describe('evidence and the tools of Wireshark', function () {
  this.timeout(20_000);
  let folder: string;
  let capture: string;

  before(async function () {
    if (process.getuid?.() !== 0) skip(this, 'needs root');
    folder = mkdtempSync(join(tmpdir(), 'takeover-tshark-'));
    capture = join(folder, (await writeEvidence(recording, folder)).capture.path);
  });
  after(() => folder && rmSync(folder, { recursive: true, force: true }));

  it('tshark sees ports, nanoseconds, directions, labels and lengths', () => {
    assert.deepEqual(
      fields(
        capture,
        'frame.number',
        'frame.interface_name',
        'frame.time_epoch',
        'frame.packet_flags_direction',
        'frame.comment',
        'frame.len',
        'frame.cap_len',
        'arp.src.proto_ipv4',
      ),
      [
        ['1', 'a (veth-a)', '1795385847.000000007', '0x00000002', 'garp #1', '60', '60', '192.0.2.1'],
        [
          '2',
          'world (veth-w)',
          '1795385847.123456789',
          '0x00000001',
          'garp — “moved” #1',
          '60',
          '60',
          '192.0.2.2',
        ],
        ['3', 'a (veth-a)', '1795385847.999999999', '0x00000001', '', '1500', '60', '192.0.2.3'],
      ],
    );
    assert.deepEqual(fields(capture, 'frame.interface_description')[0], [
      'port a, captured through libpcap, stamped by the kernel within 1000 ns',
    ]);
  });

  it('capinfos sees the application, the interfaces and the resolution', () => {
    const text = run('capinfos', capture);
    assert.match(text, /Capture application: +takeover \d/);
    assert.match(text, /Number of packets: +3\n/);
    assert.match(text, /Name = a \(veth-a\)/);
    assert.match(text, /Time precision = nanoseconds \(9\)/);
    assert.match(text, /Number of stat entries = 1/);
  });

  it('tshark reads what was gzipped', async () => {
    const frames = Array.from({ length: 1_000 }, (_, index) => ({ ...frame(1, {}), number: index + 1 }));
    const stored = await writeEvidence({ ...recording, frames }, join(folder, 'large'));
    assert.equal(stored.capture.path, 'capture.pcapng.gz');
    assert.equal(fields(join(folder, 'large', stored.capture.path), 'frame.number').length, 1_000);
  });

  for (const [tool, copy] of [
    ['editcap', (to: string) => run('editcap', '-F', 'pcapng', capture, to)],
    ['tshark', (to: string) => run('tshark', '-r', capture, '-w', to)],
    ['mergecap', (to: string) => run('mergecap', '-F', 'pcapng', '-w', to, capture)],
  ] as const) {
    it(`reads the copy that ${tool} makes`, () => {
      const path = join(folder, `${tool}.pcapng`);
      copy(path);
      const ours = readPcapng(readFileSync(capture));
      const theirs = readPcapng(readFileSync(path));
      assert.deepEqual(theirs.packets, ours.packets);
      assert.deepEqual(
        theirs.interfaces.map(({ name }) => name),
        ours.interfaces.map(({ name }) => name),
      );
    });
  }

  it('reads what dumpcap captures, and agrees with tshark about it', () => {
    const path = join(folder, 'dumpcap.pcapng');
    const script = `
      ip link set lo up
      dumpcap -q -i lo -c 4 -w "$0" 2> "$0.log" &
      capturing=$!
      for _ in $(seq 500); do grep -q ^File: "$0.log" && break; sleep 0.01; done
      ping -q -c 50 -i 0.01 127.0.0.1 > "$0.ping"
      wait $capturing`;
    execFileSync('unshare', ['-n', '--pid', '--fork', '--kill-child', 'sh', '-c', script, path]);
    const { packets, interfaces, statistics, section } = readPcapng(readFileSync(path));
    assert.equal(packets.length, 4);
    assert.equal(interfaces[0]?.name, 'lo');
    assert.equal(statistics[0]?.dropped, 0n);
    assert.match(section.application ?? '', /Dumpcap/);
    const seconds = ({ timeNs }: { timeNs: bigint | null }): string =>
      `${(timeNs ?? 0n) / 1_000_000_000n}.${String((timeNs ?? 0n) % 1_000_000_000n).padStart(9, '0')}`;
    assert.deepEqual(
      packets.map((packet) => [seconds(packet), String(packet.bytes.length)]),
      fields(path, 'frame.time_epoch', 'frame.cap_len'),
    );
  });

  it('says in a sentence that the disk is full, and leaves nothing half-written', () => {
    const script = join(folder, 'fill.mjs');
    const store = pathToFileURL(join(import.meta.dirname, '../../src/evidence/store.js')).href;
    const data = join(folder, 'recording.json');
    const bytes = Array.from({ length: 50_000 }, (_, n) => (n * 2_654_435_761) % 251);
    writeFileSync(
      data,
      JSON.stringify({ ...recording, startNs: 0, frames: [frame(1, { bytes: bytes as never })] }),
    );
    writeFileSync(
      script,
      `import { readdirSync, readFileSync } from 'node:fs';
      import { writeEvidence } from ${JSON.stringify(store)};
      const recording = JSON.parse(readFileSync(${JSON.stringify(data)}, 'utf8'));
      recording.startNs = 0n;
      recording.frames[0].bytes = Uint8Array.from(recording.frames[0].bytes);
      await writeEvidence(recording, process.argv[2]).catch((error) => console.log(error.name, error.message));
      console.log(readdirSync(process.argv[2]).join());`,
    );
    const inTmpfs = 'mount -t tmpfs -o size=16k none "$1" && exec "$2" "$3" "$1"';
    const mount = mkdtempSync(join(folder, 'full-'));
    const printed = execFileSync('unshare', [
      '-m',
      'sh',
      '-c',
      inTmpfs,
      'sh',
      mount,
      process.execPath,
      script,
    ]);
    assert.deepEqual(printed.toString().split('\n'), [
      `EvidenceError The evidence can't be stored in ${mount}: the disk is full. Free some space, or choose another folder with --out.`,
      '',
      '',
    ]);
  });
});
