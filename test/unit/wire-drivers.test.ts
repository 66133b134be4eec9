import assert from 'node:assert/strict';
import { openLedger } from '../../src/wire/cap/echoes.js';
import { pack, unpack } from '../../src/wire/cap/messages.js';
import { realtimeNs } from '../../src/wire/clock.js';
import { eachRecord } from '../../src/wire/libpcap/savefile.js';
import { availableDrivers } from '../../src/wire/open.js';
import { numberedFrame } from '../lab/wire-contract.js';

describe('wire drivers', () => {
  it('read the records that pcap_dump writes', () => {
    // Two records in the host's order: 3 of 60 octets, then 1 of 1; made by hand from pcap-savefile(5).
    const words = (...values: number[]) => [...new Uint8Array(Uint32Array.from(values).buffer)];
    const records = Uint8Array.from([...words(1, 5, 3, 60), 7, 8, 9, ...words(2, 999_999_999, 1, 1), 4]);
    for (const fractionNs of [1, 1_000]) {
      const seen: unknown[] = [];
      eachRecord(records, fractionNs, (timeNs, bytes, length) => seen.push([timeNs, [...bytes], length]));
      assert.deepEqual(seen, [
        [1_000_000_000n + BigInt(5 * fractionNs), [7, 8, 9], 60],
        [2_000_000_000n + BigInt(999_999_999 * fractionNs), [4], 1],
      ]);
    }
  });

  it('pack frames for another process', () => {
    const frames = [numberedFrame(1), numberedFrame(2, 1_514), new Uint8Array(14)];
    assert.deepEqual(unpack(pack(frames)), frames);
    assert.deepEqual(unpack(pack([])), []);
  });

  it('tell an echo from an arrival by counting', () => {
    const [sender, hearer, elsewhere] = [openLedger('nic'), openLedger('nic'), openLedger('other')];
    sender.announce([numberedFrame(1), numberedFrame(1), numberedFrame(2)]);
    assert.deepEqual(
      [1, 1, 1, 2, 2].map((seq) => hearer.claims(numberedFrame(seq))),
      [true, true, false, true, false],
    );
    assert.equal(elsewhere.claims(numberedFrame(1)), false);
    hearer.close();
    sender.announce([numberedFrame(3)]);
    assert.equal(hearer.claims(numberedFrame(3)), false);
    for (const ledger of [sender, elsewhere]) ledger.close();
  });

  it('stamp with a clock that agrees with Date.now() and never runs back', () => {
    let last = 0n;
    for (let n = 0; n < 2_000; n++) {
      const now = realtimeNs();
      assert.ok(now >= last);
      last = now;
    }
    const before = Date.now();
    const nowMs = Number(realtimeNs() / 1_000n) / 1_000;
    const after = Date.now();
    assert.ok(nowMs > before - 3 && nowMs < after + 3, `${nowMs} is not between ${before} and ${after}`);
  });

  it('say which of them this system has, and why not', async () => {
    const drivers = await availableDrivers();
    assert.deepEqual(
      drivers.map(({ driver }) => driver),
      ['libpcap', 'cap'],
    );
    for (const { available, detail } of drivers) {
      assert.match(detail, available ? /\d+\.\d+/ : /install/);
    }
  });
});
