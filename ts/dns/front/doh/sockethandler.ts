import type { IRouteContext, TSocketHandler } from '../../../interfaces/smartproxy.js';
import { normaliseIp } from '../../../shared/ip.js';
import { ConnectionLimit, type IConnectionLimits } from '../classes.connectionlimit.js';
import type { Ledger } from '../classes.ledger.js';
import type { DohService } from './classes.dohservice.js';

/** Serves sockets that a proxy has accepted, and whose TLS it has ended. The client is whom the proxy names. */
export function dohSocketHandler(service: DohService, ledger: Ledger, limits: IConnectionLimits): TSocketHandler {
  const limit = new ConnectionLimit(limits);
  return (socket, context: IRouteContext | undefined) => {
    const client = normaliseIp(context?.clientIp ?? socket.remoteAddress) ?? undefined;
    const reason = limit.enter(client ?? '');
    if (reason === null) return service.serve(socket, client, () => limit.leave(client ?? ''));
    ledger.rejected('https', reason);
    socket.on('error', () => undefined).destroy();
  };
}
