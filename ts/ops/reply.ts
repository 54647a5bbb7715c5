import { http } from './plugins.js';
import { describe } from '../shared/errors.js';
import { lengthOf, streamOf } from './chunks.js';
import type { TChunks } from './chunks.js';

/** Figures are of one moment, belong to whoever asked, and are never to be sniffed into markup. No CORS header, ever. */
const FIXED_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** A whole answer: its length is told, so that a `HEAD` tells it too. */
export function reply(
  status: number,
  contentType: string,
  body: string | TChunks,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const chunks = typeof body === 'string' ? [Buffer.from(body)] : body;
  return new Response(chunks.length === 1 ? chunks[0] : streamOf(chunks), {
    status,
    headers: { ...headers, ...FIXED_HEADERS, 'Content-Type': contentType, 'Content-Length': String(lengthOf(chunks)) },
  });
}

/** An error as RFC 9457 has it. */
export function problem(status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Response {
  const body = JSON.stringify({ type: 'about:blank', title: http.STATUS_CODES[status] ?? 'Error', status, detail });
  return reply(status, 'application/problem+json', body, headers);
}

/** 503: nothing true can be told now. A scraper takes it for a failed scrape, which it is. */
export function unavailable(what: string, error: unknown): Response {
  return problem(503, `${what}: ${error instanceof Error ? error.message : describe(error)}`);
}
