/* A process of its own with the readers: so many that read, and so many that never do. */
import * as net from 'node:net';

export interface IReaders {
  readonly url: string;
  readonly reading: number;
  readonly stuck: number;
}

export interface IRead {
  readonly bytes: number;
  /** Readers that are still connected. */
  readonly open: number;
}

let bytes = 0;
const sockets = new Set<net.Socket>();
const REQUEST = 'GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n';

function join({ hostname, port }: URL, reads: boolean): Promise<void> {
  return new Promise((resolve) => {
    // One buffer for what nobody looks at: reading is to cost as little as it can.
    const callback = (size: number): boolean => {
      bytes += size;
      resolve();
      return true;
    };
    const socket = net.connect({
      host: hostname,
      port: Number(port),
      ...(reads ? { onread: { buffer: Buffer.alloc(64 * 1024), callback } } : {}),
    });
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('connect', () => {
      socket.write(REQUEST, () => {
        if (!reads) resolve();
      });
    });
    if (!reads) socket.pause();
  });
}

process.on('message', (order: IReaders | 'told' | 'leave') => {
  if (order === 'told') process.send?.({ bytes, open: sockets.size } satisfies IRead);
  else if (order === 'leave') {
    for (const socket of sockets) if (!socket.isPaused()) socket.destroy();
    process.send?.(null);
  } else {
    const url = new URL(order.url);
    const all = [
      ...Array.from({ length: order.reading }, () => join(url, true)),
      ...Array.from({ length: order.stuck }, () => join(url, false)),
    ];
    void Promise.all(all).then(() => process.send?.(null));
  }
});
process.on('disconnect', () => process.exit());
