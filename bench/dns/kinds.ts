/** SmartDNS alone, observed by its handlers, behind the front, and behind the front with two kinds of cache. */
export const KINDS = ['bare', 'handlers', 'front', 'cache', 'coalesce'] as const;
export type TKind = (typeof KINDS)[number];
