import type { TCloseReason } from '../interfaces/events.js';
import { markedCloseReason } from '../shared/closereason.js';
import type { Connection } from './classes.connection.js';

const RESET_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * Why a connection ended, from what its socket shows. Most telling first: what the host said, our handler's failure,
 * the socket's error, a time-out after which nothing arrived, then who ended first.
 */
export function closeReason(connection: Connection, reaped: boolean): TCloseReason {
  const { socket } = connection;
  const marked = markedCloseReason(socket);
  if (marked !== undefined) return marked;
  if (connection.handlerFailed) return 'handler-error';
  if (socket.errored) return reasonOfError(socket.errored);
  if (connection.timedOut) return 'idle-timeout';
  if (connection.serverEndedFirst) return 'server-end';
  // Without listeners it is not known who ended first.
  if (reaped && socket.readableEnded && socket.writableFinished) return 'unknown';
  if (socket.readableEnded) return 'client-end';
  return socket.writableFinished ? 'server-end' : 'server-destroy';
}

function reasonOfError(error: Error): TCloseReason {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (RESET_CODES.has(code)) return 'client-reset';
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') return 'tls-error';
  // The handler destroyed the socket with an error of its own.
  return 'server-destroy';
}
