import type { IDnsSnapshot, ISnapshotSource } from '../interfaces/snapshot.js';
import type { IDnsStats } from '../interfaces/stats.js';
import { invalidOption } from '../shared/errors.js';
import { functionOption } from '../shared/options.js';
import { keyedCounts } from './keyedcounts.js';

/**
 * The read side of the original proposal for DNS, over any snapshot source. Each call takes one snapshot and is pure.
 * Counts are 0 and lists empty where no DNS server is observed: `getStats()` tells 0 and "not measured" apart.
 */
export function dnsStats(source: ISnapshotSource): IDnsStats {
  functionOption('source.snapshot', (source as Partial<ISnapshotSource> | undefined)?.snapshot);
  const dns = (): IDnsSnapshot | null => source.snapshot().dns;
  return {
    getTotalQueries: () => dns()?.queries ?? 0,
    getQueriesPerSecond: () => dns()?.queriesPerSecond ?? 0,
    getCacheStats: () => cacheStatsOf(dns()),
    getTopDomains: (limit) => {
      if (!Number.isSafeInteger(limit) || limit < 1) throw invalidOption('limit', 'a whole number from 1', limit);
      const entries = dns()?.topDomains.entries ?? [];
      // At most as many as the list shows, whatever the limit.
      return entries.slice(0, limit).map(({ key, count }) => ({ domain: key, count }));
    },
    getQueryTypeBreakdown: () => keyedCounts(dns()?.queriesByType ?? [], (entry) => entry.type),
  };
}

/**
 * `null` also before the cache was first asked: there is no rate of nothing. A coalesced query did not find its answer
 * in the cache, so it is a miss here, and `hitRate` is `hits / (hits + misses)`.
 */
function cacheStatsOf(dns: IDnsSnapshot | null): { hits: number; misses: number; hitRate: number } | null {
  const cache = dns?.cache ?? null;
  if (cache === null || cache.hitRate === null) return null;
  return { hits: cache.hits, misses: cache.misses + cache.coalesced, hitRate: cache.hitRate };
}
