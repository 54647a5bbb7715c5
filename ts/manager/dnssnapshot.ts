import type { TDnsTransport } from '../interfaces/events.js';
import type { IDnsCacheSnapshot, IDnsSnapshot, IHistogramSnapshot } from '../interfaces/snapshot.js';
import type { IDnsHandlerReading, IDnsReadings } from '../interfaces/source.js';
import { OVERFLOW } from '../shared/labels.js';
import { DNS_COLUMN } from './classes.dnsstate.js';
import type { DnsState, DnsTransport } from './classes.dnsstate.js';
import type { Histogram } from './classes.histogram.js';
import type { LabelCounts } from './classes.labelcounts.js';
import type { ObservedDns } from './classes.observeddns.js';
import type { IMoment } from './moment.js';
import { sumOf } from './sumof.js';

export function dnsSnapshot(
  dns: DnsState,
  observed: readonly ObservedDns[],
  readings: readonly IDnsReadings[],
  { now, takenAt }: IMoment,
): IDnsSnapshot {
  const { history } = dns;
  return {
    queries: dns.queries,
    responses: dns.responses,
    unanswered: dns.unanswered,
    dropped: byReason(dns.dropped),
    rejected: byReason(dns.rejected),
    inFlight: observed.reduce((sum, { live }) => sum + live, 0),
    queriesByType: byTransport(dns, ({ types }, transport) =>
      Array.from(types, ([type, count]) => ({ transport, type, count })),
    ),
    responsesByCode: byTransport(dns, ({ codes }, transport) =>
      Array.from(codes, ([code, count]) => ({ transport, code, count })),
    ),
    handlers: boundedHandlers(dns, readings),
    unwrappedHandlers: sumOf(readings.map(({ unwrappedHandlers }) => unwrappedHandlers)),
    duration: byTransport(dns, ({ duration }, transport) => measured(transport, duration)),
    requestSize: byTransport(dns, ({ requestSize }, transport) => measured(transport, requestSize)),
    responseSize: byTransport(dns, ({ responseSize }, transport) => measured(transport, responseSize)),
    cache: dns.cacheSeen ? cacheSnapshot(dns, observed) : null,
    topDomains: dns.topDomains.byQueries.snapshot(),
    topDomainsByUnanswered: dns.topDomainsByUnanswered.snapshot(),
    topDomainsByTime: dns.topDomains.byTime?.snapshot() ?? null,
    topDomainsByCode: Array.from(dns.topDomainsByCode, ([code, list]) => ({ code, list: list.snapshot() })),
    topClients: dns.topClients?.snapshot() ?? null,
    queriesPerSecond: history.perSecond(DNS_COLUMN.queries, now),
    windowSeconds: history.windowSeconds(now),
    history: history.snapshot(now, takenAt),
  };
}

function byTransport<T>(dns: DnsState, read: (transport: DnsTransport, name: TDnsTransport) => T[]): T[] {
  return Array.from(dns.transports).flatMap(([name, transport]) => read(transport, name));
}

function measured(
  transport: TDnsTransport,
  histogram: Histogram | null,
): { transport: TDnsTransport; histogram: IHistogramSnapshot }[] {
  return histogram === null ? [] : [{ transport, histogram: histogram.snapshot() }];
}

function byReason(counts: LabelCounts): { reason: string; count: number }[] {
  return Array.from(counts, ([reason, count]) => ({ reason, count }));
}

function cacheSnapshot(dns: DnsState, observed: readonly ObservedDns[]): IDnsCacheSnapshot {
  const { hit, coalesced, miss, bypass } = dns.results;
  const asked = hit + coalesced + miss;
  const entries = sumOf(observed.map(({ cacheEntries }) => cacheEntries));
  return {
    hits: hit,
    coalesced,
    misses: miss,
    bypass,
    hitRate: asked === 0 ? null : hit / asked,
    entries,
    bytes: sumOf(observed.map(({ cacheBytes }) => cacheBytes)),
    evictions: dns.evictions,
  };
}

/** By pattern, the first `handlerLimit` of them; the rest together. */
function boundedHandlers(dns: DnsState, readings: readonly IDnsReadings[]): IDnsHandlerReading[] {
  const byPattern = new Map<string, { calls: number; errors: number }>();
  let past = 0;
  for (const { pattern, calls, errors } of readings.flatMap(({ handlers }) => handlers)) {
    let key = pattern.toWellFormed();
    if (!byPattern.has(key) && byPattern.size >= dns.handlerLimit) {
      past++;
      key = OVERFLOW;
    }
    const sum = byPattern.get(key) ?? { calls: 0, errors: 0 };
    byPattern.set(key, { calls: sum.calls + calls, errors: sum.errors + errors });
  }
  dns.handlersOverflowed = Math.max(dns.handlersOverflowed, past);
  return Array.from(byPattern, ([pattern, counts]) => ({ pattern, ...counts }));
}
