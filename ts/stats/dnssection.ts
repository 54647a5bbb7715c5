import type { IDnsSnapshot, ITopListSnapshot } from '../interfaces/snapshot.js';
import type { IDnsSection, ITopDomain } from '../interfaces/stats.js';
import { durationOf, mergedHistogram } from './duration.js';
import { keyedCounts } from './keyedcounts.js';
import { topClientsOf } from './topclients.js';

/** The `dns` section of `getStats()`: sums over the transports of the snapshot. */
export function dnsSectionOf(dns: IDnsSnapshot): IDnsSection {
  return {
    totalQueries: dns.queries,
    totalResponses: dns.responses,
    unanswered: dns.unanswered,
    inFlight: dns.inFlight,
    dropped: keyedCounts(dns.dropped, (entry) => entry.reason),
    rejected: keyedCounts(dns.rejected, (entry) => entry.reason),
    queriesPerSecond: dns.queriesPerSecond,
    windowSeconds: dns.windowSeconds,
    queryTypes: keyedCounts(dns.queriesByType, (entry) => entry.type),
    transports: keyedCounts(dns.queriesByType, (entry) => entry.transport),
    responseCodes: responseCodesOf(dns),
    cache: dns.cache,
    duration: durationOf(mergedHistogram(dns.duration.map((entry) => entry.histogram))),
    topDomains: topDomainsOf(dns.topDomains),
    topDomainsByUnanswered: topDomainsOf(dns.topDomainsByUnanswered),
    topDomainsByTime: dns.topDomainsByTime === null ? null : topDomainsOf(dns.topDomainsByTime),
    topDomainsByCode: Object.fromEntries(dns.topDomainsByCode.map(({ code, list }) => [code, topDomainsOf(list)])),
    topClients: topClientsOf(dns.topClients),
    handlers: dns.handlers,
    unwrappedHandlers: dns.unwrappedHandlers,
    history: dns.history,
  };
}

function topDomainsOf(list: ITopListSnapshot): ITopDomain[] {
  return list.entries.map(({ key, count, maxError }) => ({ domain: key, count, maxError }));
}

/** `unknown` alone means that the host tells no codes. Beside known ones it stays, so that the sum is the responses'. */
function responseCodesOf(dns: IDnsSnapshot): Record<string, number> | null {
  if (dns.responsesByCode.every((entry) => entry.code === 'unknown')) return null;
  return keyedCounts(dns.responsesByCode, (entry) => entry.code);
}
