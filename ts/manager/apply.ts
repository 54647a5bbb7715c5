import type { IConnectionCloseEvent, IDnsEvents, IProxyEvents } from '../interfaces/events.js';
import { protocolLabel } from '../shared/labels.js';
import { Connection } from './classes.connection.js';
import { DNS_COLUMN } from './classes.dnsstate.js';
import type { ObservedDns } from './classes.observeddns.js';
import type { ObservedProxy } from './classes.observedproxy.js';
import { PROXY_COLUMN } from './classes.proxystate.js';
import type { State } from './classes.state.js';

/**
 * Every event and all that it changes. The types make it exhaustive: an event without an entry does not compile.
 * Each event is applied whole, so that a read between two of them finds books that agree.
 */
export type TAppliers<TEvents> = { readonly [K in keyof TEvents]: (event: TEvents[K]) => void };

export function proxyAppliers(state: State, source: ObservedProxy): TAppliers<IProxyEvents> {
  const { events, proxy } = state;
  const { clock } = state.settings;
  return {
    'connection-open': (event) => {
      events['connection-open']++;
      const now = clock.now();
      const route = proxy.routes.resolve(event.routeName);
      const client = proxy.client(event.clientIp);
      const clientHash = client === null ? 0 : (proxy.topByBytes?.hash(client) ?? 0);
      source.insert(new Connection(event.connectionId, route, client, clientHash, now), now);
      proxy.opened++;
      route.open(event.timestamp, now);
      proxy.history.add(PROXY_COLUMN.opened, 1, now);
      if (client !== null) proxy.topByConnections?.add(client);
    },
    'connection-upgrade': (event) => {
      events['connection-upgrade']++;
      const connection = source.open(event.connectionId);
      if (connection === undefined) return;
      connection.route.upgrade(connection, protocolLabel(event.protocol));
    },
    'request-start': (event) => {
      events['request-start']++;
      const connection = source.open(event.connectionId);
      if (connection === undefined) return;
      proxy.requestsSeen = true;
      connection.route.countRequests().start();
      source.startRequest(connection);
    },
    request: (event) => {
      events.request++;
      const connection = source.endRequest(event.connectionId);
      if (connection === undefined) return;
      const now = clock.now();
      connection.route.countRequests().end(event.method, event.statusCode, event.durationMs);
      connection.route.rateRequest(now);
      proxy.history.add(PROXY_COLUMN.requests, 1, now);
    },
    traffic: (event) => {
      events.traffic++;
      const connection = source.open(event.connectionId);
      if (connection === undefined) return;
      const now = clock.now();
      const { route } = connection;
      // A counter never falls. What is refused here shows at the close, whose totals then differ.
      const bytesIn = event.bytesIn > 0 ? event.bytesIn : 0;
      const bytesOut = event.bytesOut > 0 ? event.bytesOut : 0;
      connection.bytesIn += bytesIn;
      connection.bytesOut += bytesOut;
      proxy.liveBytes.add(bytesIn, bytesOut);
      proxy.bytes.add(bytesIn, bytesOut);
      route.countTraffic(bytesIn, bytesOut, now);
      route.gauge(connection, event.sendQueue, event.halfOpen);
      proxy.history.add(PROXY_COLUMN.bytesIn, bytesIn, now);
      proxy.history.add(PROXY_COLUMN.bytesOut, bytesOut, now);
      const { client, clientHash } = connection;
      if (client !== null) proxy.topByBytes?.addHashed(client, clientHash, bytesIn + bytesOut);
    },
    'connection-close': (event) => {
      events['connection-close']++;
      const connection = source.open(event.connectionId);
      if (connection === undefined) {
        source.unseen--;
        return;
      }
      const now = clock.now();
      connection.route.noteEnd(connection, now);
      applyClose(state, source, connection, event, now);
    },
    'handler-error': (event) => {
      events['handler-error']++;
      if (event.routeName !== undefined) proxy.routes.resolve(event.routeName).failHandler();
    },
  };
}

type TClose = Pick<IConnectionCloseEvent, 'duration' | 'bytesIn' | 'bytesOut' | 'reason' | 'reaped' | 'timestamp'>;

/** Also for what ends in our books alone. `now`: monotonic, ms. */
export function applyClose(
  state: State,
  source: ObservedProxy,
  connection: Connection,
  close: TClose,
  now: number,
): void {
  const { proxy } = state;
  const { route } = connection;
  if (close.bytesIn !== connection.bytesIn || close.bytesOut !== connection.bytesOut) {
    proxy.mismatchedCloses++;
    proxy.lastMismatch =
      `route "${route.name}": the close told ${close.bytesIn} in, ${close.bytesOut} out; ` +
      `its traffic was ${connection.bytesIn} in, ${connection.bytesOut} out`;
  }
  source.remove(connection, now);
  proxy.closedBytes.add(close.bytesIn, close.bytesOut);
  proxy.closed++;
  route.close(close.reason, close.duration, close.reaped, close.timestamp);
  proxy.history.add(PROXY_COLUMN.closed, 1, now);
}

export function dnsAppliers(state: State, source: ObservedDns): TAppliers<IDnsEvents> {
  const { dns, events } = state;
  const { clock } = state.settings;
  return {
    'query-received': (event) => {
      events['query-received']++;
      const transport = dns.transport(event.source);
      source.receive(event.queryId);
      dns.queries++;
      transport.countType(event.type);
      transport.observeRequest(event.size);
      dns.history.add(DNS_COLUMN.queries, 1, clock.now());
      dns.topDomains.asked(event.domain);
      dns.countClient(event.clientIp);
    },
    'query-answered': (event) => {
      events['query-answered']++;
      if (!source.end(event.queryId)) return;
      const transport = dns.transport(event.source);
      dns.responses++;
      source.responses++;
      if (!event.answered) {
        dns.unanswered++;
        dns.topDomainsByUnanswered.add(event.domain);
      }
      const code = transport.countCode(event.responseCode);
      if (code !== 'NOERROR' && code !== 'unknown') dns.countError(event.domain, code);
      if (event.responseTime !== null) dns.topDomains.answered(event.domain, event.responseTime);
      transport.observeResponse(event.size, event.responseTime);
      if (event.result === null) return;
      dns.cacheSeen = true;
      dns.results[event.result]++;
      source.results++;
    },
    'query-dropped': (event) => {
      events['query-dropped']++;
      if (source.end(event.queryId)) dns.dropped.add(event.reason);
    },
    'packet-rejected': (event) => {
      events['packet-rejected']++;
      dns.rejected.add(event.reason);
    },
    cache: (event) => {
      events.cache++;
      dns.cacheSeen = true;
      dns.evictions += event.evictions;
      source.cacheEntries = event.entries;
      source.cacheBytes = event.bytes;
    },
    'handler-error': () => {
      // Errors of DNS handlers are read, not told: a reading has the calls beside them.
      events['handler-error']++;
    },
  };
}
