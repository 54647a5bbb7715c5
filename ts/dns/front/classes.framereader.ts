/** Takes messages out of a stream in which each has its length in two octets before it (RFC 1035 section 4.2.2). */
export class FrameReader {
  #prefix = 0;
  /** Octets of the prefix that came. */
  #prefixed = 0;
  #message: Buffer | null = null;
  #filled = 0;

  /** A message has begun and has not come whole. */
  get partial(): boolean {
    return this.#prefixed > 0;
  }

  /** Gives each whole message, in a buffer of its own; stops when `take` says false. */
  push(chunk: Buffer, take: (message: Buffer) => boolean): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#message === null) {
        this.#prefix = ((this.#prefix << 8) | (chunk[at++] ?? 0)) & 0xffff;
        if (++this.#prefixed < 2) continue;
        // The announced length costs nothing until its octets come.
        this.#message = Buffer.allocUnsafe(Math.min(this.#prefix, 512));
        this.#filled = 0;
      }
      const copied = Math.min(this.#prefix - this.#filled, chunk.length - at);
      this.#reserve(this.#filled + copied);
      chunk.copy(this.#message, this.#filled, at, at + copied);
      this.#filled += copied;
      at += copied;
      if (this.#filled < this.#prefix) continue;
      const message = this.#message.subarray(0, this.#filled);
      this.#message = null;
      this.#prefixed = 0;
      this.#prefix = 0;
      if (!take(message)) return;
    }
  }

  /** Doubles, so that a slow sender of a large announced length holds no more than twice what it sent. */
  #reserve(size: number): void {
    const message = this.#message;
    if (message === null || size <= message.length) return;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(size, message.length * 2), this.#prefix));
    message.copy(larger, 0, 0, this.#filled);
    this.#message = larger;
  }
}
