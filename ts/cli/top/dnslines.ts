import type { TDnsFigures } from '../../schema/figures.js';
import { count, duration, NOT_MEASURED, percent, rate } from './numbers.js';
import { fit, printable } from './text.js';

/** The sums of DNS, the most telling line first. */
export function dnsLines(dns: TDnsFigures | null, width: number): string[] {
  if (dns === null) return ['DNS: no DNS server is observed'];
  return [
    [
      `DNS ${rate(dns.queriesPerSecond)} queries/s`,
      `${count(dns.totalQueries)} in all`,
      `${count(dns.totalResponses - dns.unanswered)} answered`,
      `${count(dns.unanswered)} unanswered`,
      `${count(dns.inFlight)} in flight`,
    ],
    [
      `cache hits ${percent(dns.cache?.hitRate)}`,
      `p50 ${duration(dns.duration?.p50)}`,
      `p99 ${duration(dns.duration?.p99)}`,
    ],
    ['types', ...tally(dns.queryTypes)],
    ['codes', ...tally(dns.responseCodes)],
  ].map((texts) => fit(texts, width).join('  '));
}

/** The most frequent first. */
function tally(counts: Readonly<Record<string, number>> | null): string[] {
  if (counts === null) return [NOT_MEASURED];
  const entries = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return entries.length === 0 ? ['none yet'] : entries.map(([name, value]) => `${printable(name)} ${count(value)}`);
}
