import type { Socket } from 'node:net';

/** What every HTTP/2 connection begins with (RFC 9113 section 3.4), and no request of HTTP/1. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const NONE = Buffer.alloc(0);

/**
 * Tells once what the client speaks, and leaves the socket as if nobody had read it. A host that has read the first
 * bytes itself may have put them back or may emit them again: here both come as 'data', and both are put back.
 */
export function sniff(socket: Socket, told: (isHttp2: boolean) => void): void {
  let head: Buffer = NONE;
  let known = false;
  let isHttp2 = false;
  const take = (chunk: Buffer): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (known) return;
    const length = Math.min(head.length, PREFACE.length);
    isHttp2 = PREFACE.compare(head, 0, length, 0, length) === 0;
    if (isHttp2 && length < PREFACE.length) return;
    known = true;
    // Not before the host is done: a `resume()` of its own, one tick after its call, would let what is put back flow past.
    setImmediate(handOver);
  };
  const handOver = (): void => {
    socket.off('data', take);
    if (socket.destroyed || socket.readableEnded) return;
    // `pause()` would leave a socket that a later 'data' listener does not start.
    (socket as { readableFlowing: boolean | null }).readableFlowing = null;
    socket.unshift(head);
    told(isHttp2);
  };
  socket.on('data', take);
  // A host may hand it over paused.
  socket.resume();
}
