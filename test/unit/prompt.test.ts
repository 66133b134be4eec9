/** What has a host send something: prompts by echo and by TCP, and the answers that are known by them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  answeredNumber,
  decodeFrame,
  echoFrame,
  hangUpFrame,
  isHalfOpen,
  type Prompt,
  promptFrame,
  promptNumber,
  type Tcp,
  tcpFlags,
  tcpFrame,
} from '../../src/frame/index.js';

const { ack, fin, rst, syn } = tcpFlags;
const link = { destination: '02:00:00:00:00:50', source: '00:00:5e:00:53:f8' };
const families = [
  { ipSource: '192.0.2.100', ipDestination: '192.0.2.50' },
  { ipSource: '2001:db8::100', ipDestination: '2001:db8::50' },
] as const;

const prompts = fc.record({
  family: fc.constantFrom(...families),
  number: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  port: fc.integer({ min: 1, max: 65_535 }),
});

/** What the host says to a SYN, as RFC 9293 section 3.10.7 has it; fields of `but` are otherwise. */
function answerTo(prompt: Prompt, flags: number, but: Partial<Tcp> = {}): Uint8Array {
  const { tcp } = decodeFrame(promptFrame(prompt));
  assert.ok(tcp);
  return tcpFrame({
    destination: prompt.source,
    source: prompt.destination,
    ipSource: prompt.ipDestination,
    ipDestination: prompt.ipSource,
    sourcePort: tcp.destinationPort,
    destinationPort: tcp.sourcePort,
    sequence: flags & rst ? 0 : 4_000_000_000,
    acknowledgement: (tcp.sequence + 1) >>> 0,
    flags,
    payload: new Uint8Array(),
    ...but,
  });
}

describe('prompts', () => {
  it('are echo requests of the same number, or a SYN', () => {
    fc.assert(
      fc.property(prompts, ({ family, number, port }) => {
        const echo = promptFrame({ ...link, ...family, number });
        const [identifier, sequence] = [number >>> 16, number & 0xffff];
        assert.deepEqual(echo, echoFrame({ ...link, ...family, identifier, sequence }));
        assert.equal(promptNumber(decodeFrame(echo)), number);
        const decoded = decodeFrame(promptFrame({ ...link, ...family, number, tcpPort: port }));
        assert.deepEqual([decoded.tcp?.destinationPort, decoded.tcp?.flags], [port, syn]);
        assert.equal(promptNumber(decoded), number);
        assert.equal(answeredNumber(decoded), undefined);
      }),
    );
  });

  it('are known by their answers, of an open port and of a closed one', () => {
    fc.assert(
      fc.property(prompts, ({ family, number, port }) => {
        const prompt = { ...link, ...family, number, tcpPort: port };
        const opened = decodeFrame(answerTo(prompt, syn + ack));
        assert.deepEqual([answeredNumber(opened), isHalfOpen(opened)], [number, true]);
        const refused = decodeFrame(answerTo(prompt, rst + ack));
        assert.deepEqual([answeredNumber(refused), isHalfOpen(refused)], [number, false]);
        for (const answer of [opened, refused]) assert.equal(promptNumber(answer), undefined);
      }),
    );
  });

  it('by echo are known by the reply, not by a request', () => {
    const echo = { ...link, ...families[0], identifier: 0xffff, sequence: 7 };
    assert.equal(answeredNumber(decodeFrame(echoFrame({ ...echo, reply: true }))), 0xffff0007);
    assert.equal(answeredNumber(decodeFrame(echoFrame(echo))), undefined);
  });

  it('take no other segment for an answer', () => {
    const prompt = { ...link, ...families[0], number: 12_345, tcpPort: 22 };
    const others: Uint8Array[] = [
      // An ACK alone is a challenge (RFC 5961), FIN an established connection's, and without ACK it acknowledges nothing.
      answerTo(prompt, ack),
      answerTo(prompt, fin + ack),
      answerTo(prompt, rst),
      answerTo(prompt, syn + ack, { acknowledgement: 12_347 }),
      answerTo(prompt, syn + ack, { destinationPort: 50_000 }),
    ];
    for (const other of others) assert.equal(answeredNumber(decodeFrame(other)), undefined);
  });

  it('are ended by a RST that an open port accepts: of the number it waits for, without ACK', () => {
    const prompt = { ...link, ...families[1], number: 2 ** 32 - 1, tcpPort: 22 };
    const { tcp } = decodeFrame(hangUpFrame(prompt));
    const begun = decodeFrame(promptFrame(prompt)).tcp;
    assert.deepEqual([tcp?.sequence, tcp?.flags], [0, rst]);
    assert.deepEqual([tcp?.sourcePort, tcp?.destinationPort], [begun?.sourcePort, begun?.destinationPort]);
    assert.equal(promptNumber(decodeFrame(hangUpFrame(prompt))), undefined);
  });
});
