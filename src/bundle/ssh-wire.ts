/** The data types of SSH's messages, keys and signatures: RFC 4251 section 5. */

/** What is wrong with a key or a signature: a clause without its mend. */
export class SshFormatError extends Error {
  override readonly name = 'SshFormatError';
  /** @param code `signature-kind`: it is well-formed, and of a kind that is not accepted. */
  constructor(
    message: string,
    readonly code: 'signature' | 'signature-kind' = 'signature',
  ) {
    super(message);
  }
}

/** Reads one value after the other. What claims to be longer than the octets that are there is an SshFormatError. */
export class SshReader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  octets(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length) throw new SshFormatError('it is cut off');
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }
  uint32(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.octets(4);
    return a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  }
  string(): Uint8Array {
    return this.octets(this.uint32());
  }
  text(): string {
    return Buffer.from(this.string()).toString('latin1');
  }
  /** A positive integer, big-endian, without the zero that keeps it from being negative. */
  positive(): Uint8Array {
    const bytes = this.string();
    if ((bytes[0] ?? 0) & 0x80) throw new SshFormatError('it has a negative number');
    return bytes[0] === 0 ? bytes.subarray(1) : bytes;
  }
  end(): void {
    if (this.at !== this.bytes.length) throw new SshFormatError('something stands behind its end');
  }
}

export function sshString(value: Uint8Array | string): Buffer {
  const body = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}
