import { invalidOption } from '../shared/errors.js';

/** Headers that let pages of the listed origins read the answer; none for others. */
export type TCorsHeaders = (origin: string | undefined) => Record<string, string>;

/** `allowedOrigins`: origins as browsers send them, such as `https://ops.example`. */
export function corsOption(allowedOrigins: readonly string[] | undefined): TCorsHeaders {
  if (allowedOrigins === undefined) return () => ({});
  const rule = 'a list of origins such as https://ops.example';
  if (!Array.isArray(allowedOrigins)) throw invalidOption('allowedOrigins', rule, allowedOrigins);
  const allowed = new Set<string>();
  for (const entry of allowedOrigins as readonly unknown[]) {
    const origin = typeof entry === 'string' && URL.canParse(entry) ? new URL(entry) : null;
    if (origin === null || !/^https?:$/.test(origin.protocol) || origin.origin !== entry) {
      throw invalidOption('allowedOrigins', rule, entry);
    }
    allowed.add(origin.origin);
  }
  if (allowed.size === 0) return () => ({});
  return (origin) => ({
    Vary: 'Origin',
    ...(origin !== undefined && allowed.has(origin)
      ? { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': 'ETag, Retry-After' }
      : {}),
  });
}

/** Answers a browser's question before a request of a listed origin that carries a token. */
export const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Methods': 'GET, HEAD',
  'Access-Control-Allow-Headers': 'Authorization, If-None-Match, Last-Event-ID',
  'Access-Control-Max-Age': '600',
} as const;
