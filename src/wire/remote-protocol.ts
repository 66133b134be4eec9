/** The messages between a remote wire and its agent, as remote-agent.pl's head describes them. */

/** What the agent says. */
export type AgentMessage =
  | {
      readonly type: 'reply';
      readonly id: number;
      readonly failed: boolean;
      /** Frames sent, a time, or a count. */
      readonly number: bigint;
      readonly text: string;
    }
  | {
      readonly type: 'packet';
      readonly out: boolean;
      readonly remoteNs: bigint;
      readonly originalLength: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'failure'; readonly text: string };

/** What came is not what an agent says: a login banner on standard output, for one. */
export class AgentProtocolError extends Error {
  override readonly name = 'AgentProtocolError';
}

/** `clock`, `flush` and `total` (frames lost) carry nothing but their id. */
export type Question = 'clock' | 'flush' | 'total';
const letters: Readonly<Record<Question, string>> = { clock: 'C', flush: 'F', total: 'T' };

export function encodeQuestion(question: Question, id: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(id);
  return message(letters[question], body);
}

export function encodeBurst(id: number, frames: readonly Uint8Array[], spacingNs: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(id);
  head.writeBigUInt64BE(BigInt(Math.round(spacingNs)), 4);
  return message('B', head, ...frames.flatMap((frame) => [uint32(frame.length), frame]));
}

function message(letter: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.from(letter, 'latin1'), ...parts]);
  return Buffer.concat([uint32(body.length), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** No frame and no text is longer: what claims to be is no message. */
const longestBytes = 1 << 20;

/** Cuts the agent's output into messages, however the chunks fall. Throws an AgentProtocolError. */
export function messageReader(onMessage: (message: AgentMessage) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32BE(at);
      if (length < 1 || length > longestBytes) throw unknown(bytes.subarray(at));
      if (bytes.length - at < 4 + length) break;
      onMessage(decode(bytes.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
    rest = bytes.subarray(at);
  };
}

function decode(body: Buffer): AgentMessage {
  const letter = String.fromCharCode(body[0] ?? 0);
  if (letter === 'R' && body.length >= 14) {
    return {
      type: 'reply',
      id: body.readUInt32BE(1),
      failed: body[5] !== 0,
      number: body.readBigUInt64BE(6),
      text: body.toString('utf8', 14),
    };
  }
  if (letter === 'P' && body.length >= 14) {
    return {
      type: 'packet',
      out: body[1] !== 0,
      remoteNs: body.readBigUInt64BE(2),
      originalLength: body.readUInt32BE(10),
      // A copy: the chunk that it lies in is not the subscriber's.
      bytes: new Uint8Array(body.subarray(14)),
    };
  }
  if (letter === 'X') return { type: 'failure', text: body.toString('utf8', 1) };
  throw unknown(body);
}

function unknown(bytes: Buffer): AgentProtocolError {
  return new AgentProtocolError(
    `No message of the agent: ${JSON.stringify(bytes.toString('latin1', 0, 60))}.`,
  );
}
