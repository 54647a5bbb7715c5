/**
 * Sums the counts of entries that share a key. The result has own properties only, so that a key like `__proto__` is
 * a key like any other.
 */
export function keyedCounts<TEntry extends { readonly count: number }, TKey extends string>(
  entries: readonly TEntry[],
  keyOf: (entry: TEntry) => TKey,
): Record<TKey, number> {
  const sums = new Map<TKey, number>();
  for (const entry of entries) {
    const key = keyOf(entry);
    sums.set(key, (sums.get(key) ?? 0) + entry.count);
  }
  return Object.fromEntries(sums) as Record<TKey, number>;
}
