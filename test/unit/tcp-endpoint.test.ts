/** V's end of a TCP connection, against segments as a host sends them. */
import assert from 'node:assert/strict';
import { listen, open } from '../../probes/host/connection/tcp-endpoint.js';
import { type Tcp, tcpFlags } from '../../src/frame/index.js';

const { ack, fin, psh, rst, syn } = tcpFlags;
const ports = { sourcePort: 9, destinationPort: 40_000 };
const hello = new TextEncoder().encode('hello');

const from = (
  sequence: number,
  flags: number,
  acknowledgement = 0,
  payload: Uint8Array = new Uint8Array(),
): Tcp => ({
  sourcePort: ports.destinationPort,
  destinationPort: ports.sourcePort,
  sequence,
  acknowledgement,
  flags,
  payload,
});
const brief = (segments: readonly Tcp[]) =>
  segments.map(({ sequence, acknowledgement, flags }) => [sequence, acknowledgement, flags]);

/** A connection that the host opened at 100, ours at 1000. */
function accepted() {
  const end = listen(ports, 1000);
  assert.deepEqual(brief(end.receive(from(100, syn))), [[1000, 101, syn + ack]]);
  assert.deepEqual(end.receive(from(101, ack, 1001)), []);
  assert.equal(end.state, 'open');
  return end;
}

describe('the TCP endpoint', () => {
  it('accepts, also when the SYN comes again', () => {
    const end = listen(ports, 1000);
    assert.equal(end.state, 'listening');
    for (let n = 0; n < 2; n += 1)
      assert.deepEqual(brief(end.receive(from(100, syn))), [[1000, 101, syn + ack]]);
    end.receive(from(101, ack, 1001));
    assert.equal(end.state, 'open');
  });

  it('takes what comes in order, and acknowledges everything at once', () => {
    const end = accepted();
    assert.deepEqual(brief(end.receive(from(101, ack + psh, 1001, hello))), [[1001, 106, ack]]);
    assert.deepEqual(brief(end.receive(from(101, ack + psh, 1001, hello))), [[1001, 106, ack]], 'again');
    assert.deepEqual(brief(end.receive(from(111, ack + psh, 1001, hello))), [[1001, 106, ack]], 'too early');
    assert.deepEqual(end.receive(from(106, ack, 1001)), [], 'an acknowledgement alone');
  });

  it('opens, and has the host acknowledge what never fills a hole', () => {
    const { end, syn: first } = open(ports, 0xffffffff);
    assert.deepEqual([first.sequence, first.flags], [0xffffffff, syn]);
    assert.deepEqual(end.receive(from(7, syn + ack, 9)), [], 'not for this SYN');
    assert.deepEqual(brief(end.receive(from(7, syn + ack, 0))), [[0, 8, ack]], 'numbers wrap around');
    assert.equal(end.state, 'open');
    assert.deepEqual(brief([end.beyondHole(1), end.beyondHole(2)]), [
      [1, 8, ack + psh],
      [1, 8, ack + psh],
    ]);
    assert.notEqual(end.beyondHole(1).window, end.beyondHole(2).window);
  });

  it('is refused and reset', () => {
    const { end } = open(ports, 5);
    assert.deepEqual(end.receive(from(0, rst + ack, 6)), []);
    assert.deepEqual([end.state, end.wasReset], ['closed', true]);
    assert.deepEqual(end.receive(from(0, syn + ack, 6)), []);
  });

  it('closes first, answers the other end’s close, or aborts', () => {
    const first = accepted();
    assert.deepEqual(brief([first.close()]), [[1001, 101, ack + fin]]);
    assert.deepEqual(brief(first.receive(from(101, ack + fin, 1002))), [[1002, 102, ack]]);
    assert.equal(first.state, 'closed');

    const second = accepted();
    assert.deepEqual(brief(second.receive(from(101, ack + fin, 1001))), [[1001, 102, ack + fin]]);
    assert.equal(second.state, 'closed');

    const third = accepted();
    assert.deepEqual(brief([third.abort()]), [[1001, 101, rst + ack]]);
    assert.deepEqual(third.receive(from(101, ack, 1001, hello)), []);
  });
});
