/** A frame, field or address that can't be read or written; the message says what was short or wrong. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}
