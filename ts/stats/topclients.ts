import type { ITopListSnapshot } from '../interfaces/snapshot.js';
import type { ITopClient } from '../interfaces/stats.js';

/** A top list of addresses under the stats' names. */
export function topClientsOf(list: ITopListSnapshot | null): readonly ITopClient[] | null {
  if (list === null) return null;
  return list.entries.map(({ key, count, maxError }) => ({ client: key, count, maxError }));
}
