import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type AgentMessage,
  AgentProtocolError,
  encodeBurst,
  encodeQuestion,
  messageReader,
} from '../../src/wire/remote-protocol.js';

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

/** Reads a stream that arrives in chunks of the given sizes, and then the rest. */
function read(stream: Buffer, sizes: readonly number[] = []): AgentMessage[] {
  const messages: AgentMessage[] = [];
  const take = messageReader((message) => messages.push(message));
  let at = 0;
  for (const size of [...sizes, stream.length]) {
    take(stream.subarray(at, at + size));
    at += size;
  }
  return messages;
}

const reply = bytes('00000012 52 00000007 01 0000000000000003 646f776e');
const packet = bytes('00000012 50 01 18e1b0000000002a 000005ea 0102ff00');
const failure = bytes('00000005 58 676f6e65');
const messages = [
  { type: 'reply', id: 7, failed: true, number: 3n, text: 'down' },
  {
    type: 'packet',
    out: true,
    remoteNs: 0x18e1b0000000002an,
    originalLength: 1514,
    bytes: new Uint8Array([1, 2, 255, 0]),
  },
  { type: 'failure', text: 'gone' },
];

describe("the remote agent's protocol", () => {
  it('encodes what the agent is asked', () => {
    assert.deepEqual(encodeQuestion('clock', 0x01020304), bytes('00000005 43 01020304'));
    assert.deepEqual(encodeQuestion('flush', 1), bytes('00000005 46 00000001'));
    assert.deepEqual(encodeQuestion('total', 1), bytes('00000005 54 00000001'));
    const frames = [new Uint8Array([1, 2]), new Uint8Array([3])];
    assert.deepEqual(
      encodeBurst(5, frames, 1000),
      bytes('00000018 42 00000005 00000000000003e8 00000002 0102 00000001 03'),
    );
  });

  it('decodes what the agent says, however the chunks fall', () => {
    const stream = Buffer.concat([reply, packet, failure]);
    assert.deepEqual(read(stream), messages);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (sizes) =>
        assert.deepEqual(read(stream, sizes), messages),
      ),
    );
  });

  it("gives a frame's bytes away for good", () => {
    const chunk = Buffer.from(packet);
    const [message] = read(chunk);
    chunk.fill(0);
    assert.deepEqual(message, messages[1]);
  });

  it('names what is no message, like a login banner', () => {
    assert.throws(() => read(Buffer.from('Welcome to rack 7!\n')), /Welcome to rack 7/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
        try {
          read(Buffer.from(noise));
        } catch (error) {
          assert.ok(error instanceof AgentProtocolError);
        }
      }),
    );
  });
});
