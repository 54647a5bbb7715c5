import { promisify, zlib } from './plugins.js';

/** In the thread pool: compressing a large scrape must not hold the observed system. */
const gzip = promisify(zlib.gzip);

/** Below this a packet more or less is not worth the work. */
const SMALLEST = 1024;

/** The body as the client wants it, and the header that says so. */
export async function encoded(
  body: string,
  acceptEncoding: string | undefined,
): Promise<{ body: string | Uint8Array<ArrayBuffer>; headers: Record<string, string> }> {
  if (body.length < SMALLEST || !acceptsGzip(acceptEncoding)) return { body, headers: {} };
  return { body: new Uint8Array(await gzip(body)), headers: { 'Content-Encoding': 'gzip' } };
}

/** RFC 9110, 12.5.3: `gzip` by its own weight, else by that of `*`; a weight of 0 refuses. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  let any = false;
  for (const part of (acceptEncoding ?? '').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const wanted = weight === undefined || Number(weight.slice(2)) > 0;
    if (coding === 'gzip' || coding === 'x-gzip') return wanted;
    if (coding === '*') any = wanted;
  }
  return any;
}
