import type { net } from '../plugins.js';
import type { TCloseReason } from '../interfaces/events.js';

/** On a socket: why its host is about to end it. Registered globally so that other hosts can tell, too. */
const REASON = Symbol.for('routemeter.closeReason');

interface IMarked {
  [REASON]?: TCloseReason;
}

/** A host that ends a socket for a reason that the socket itself cannot show says so before it does. The first word counts. */
export function markCloseReason(socket: net.Socket, reason: TCloseReason): void {
  (socket as IMarked)[REASON] ??= reason;
}

export function markedCloseReason(socket: net.Socket): TCloseReason | undefined {
  return (socket as IMarked)[REASON];
}
