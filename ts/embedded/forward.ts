import type { IRouteTarget, TSocketHandler } from '../interfaces/smartproxy.js';
import { markCloseReason } from '../shared/closereason.js';
import { net, tls } from './plugins.js';

const CONNECT_TIMEOUT_MS = 5000;

/** What a forward tells its host. */
export interface IForwardHooks {
  opened(backend: net.Socket): void;
  connectFailed(): void;
  retried(): void;
}

/**
 * A socket handler that joins the client with a target: first the one the context names, then the others in turn.
 * Nothing is read from the client before a target has answered, so its bytes wait in the client's socket.
 */
export function forwardHandler(targets: readonly IRouteTarget[], hooks: IForwardHooks): TSocketHandler {
  return (client, context) => {
    const first = targets.findIndex(({ host, port }) => host === context.targetHost && port === context.targetPort);
    const attempt = (count: number): void => {
      const target = targets[(Math.max(0, first) + count) % targets.length];
      if (client.destroyed) return;
      if (target === undefined || count === targets.length) {
        markCloseReason(client, 'backend-error');
        return abort(client);
      }
      if (count > 0) hooks.retried();
      const options = { host: target.host, port: target.port, timeout: CONNECT_TIMEOUT_MS };
      const backend = net.connect({ ...options, allowHalfOpen: true, noDelay: true, keepAlive: true });
      hooks.opened(backend);
      const leave = (): void => void backend.destroy();
      const failed = (): void => {
        client.off('close', leave);
        hooks.connectFailed();
        attempt(count + 1);
      };
      client.once('close', leave);
      backend.once('timeout', () => backend.destroy(new Error('no answer')));
      backend.once('error', failed);
      backend.once('connect', () => {
        backend.setTimeout(0).off('error', failed);
        client.off('close', leave);
        splice(client, backend);
      });
    };
    attempt(0);
  };
}

/** Joins two half-open sockets: an end goes on as an end, an abort as an abort. */
function splice(client: net.Socket, backend: net.Socket): void {
  // What an error leads to is seen at 'close'.
  backend.on('error', () => undefined);
  backend.once('close', () => {
    if (client.destroyed || (backend.readableEnded && backend.writableFinished)) return;
    markCloseReason(client, 'backend-error');
    // A backend that has ended had said all it had to say: the client still gets that.
    if (backend.readableEnded) client.destroySoon();
    else abort(client);
  });
  client.once('close', () => {
    if (!client.readableEnded || !client.writableFinished) abort(backend);
  });
  client.pipe(backend);
  backend.pipe(client);
}

/**
 * A reset, so that the peer does not take what it has for the whole; a TLS peer misses the close_notify. Node's
 * `resetAndDestroy()` waits for what is queued and sends an end before the reset, which a peer may see alone.
 * Where a later Node does not know the field this becomes a plain close.
 */
function abort(socket: net.Socket): void {
  if (!(socket instanceof tls.TLSSocket)) (socket as { resetAndClosing?: boolean }).resetAndClosing = true;
  socket.destroy();
}
