import type { Problem } from './classes.problem.js';
import { lengthOf, streamOf } from './chunks.js';
import type { TChunks } from './chunks.js';

/** Figures are data: nothing of them is to run, to be framed, or to be embedded by another origin. */
export const FIXED_HEADERS = {
  // Figures are of one moment and belong to whoever asked.
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** A whole answer: its length is told, so that a `HEAD` tells it too. `headers` go before the fixed ones. */
export function reply(
  status: number,
  contentType: string,
  body: string | TChunks,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const chunks = typeof body === 'string' ? [Buffer.from(body)] : body;
  return new Response(chunks.length === 1 ? chunks[0] : streamOf(chunks), {
    status,
    headers: { ...FIXED_HEADERS, ...headers, 'Content-Type': contentType, 'Content-Length': String(lengthOf(chunks)) },
  });
}

/** An error as RFC 9457 has it. */
export function problemReply({ status, headers, body }: Problem): Response {
  return reply(status, 'application/problem+json', JSON.stringify(body), headers);
}
