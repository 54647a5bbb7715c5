/**
 * SmartDNS alone, observed by its handlers, behind the front, and behind the front with two kinds of cache; `echo` sends
 * back what it gets, as fast as Node can.
 */
export const KINDS = ['bare', 'handlers', 'front', 'cache', 'coalesce', 'echo'] as const;
export type TKind = (typeof KINDS)[number];
