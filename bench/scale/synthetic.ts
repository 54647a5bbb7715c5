import net from 'node:net';

const bytesRead = Object.getOwnPropertyDescriptor(net.Socket.prototype, 'bytesRead')?.get;

/**
 * A socket with a handle of Node's own, but no file descriptor: it waits for a name to be resolved that never is. It
 * weighs what a connected one does, and is read in the same way.
 */
export class SyntheticSocket extends net.Socket {
  /** Bytes that it says it has received. */
  moved = 0;

  static {
    Object.defineProperty(this.prototype, 'bytesRead', {
      get(this: SyntheticSocket): number {
        return Number(bytesRead?.call(this)) + this.moved;
      },
    });
  }

  constructor() {
    super();
    this.connect({ host: 'example.test', port: 1, lookup: () => undefined });
  }
}
