import { once, zlib } from './plugins.js';
import { lengthOf } from './chunks.js';
import type { TChunks } from './chunks.js';

/** Below this a packet more or less is not worth the work. */
const SMALLEST = 1024;

/** Whether a body is to be compressed for this client. */
export const isWorthGzip = (body: TChunks, acceptEncoding: string | undefined): boolean =>
  lengthOf(body) >= SMALLEST && acceptsGzip(acceptEncoding);

/** In the thread pool, and lightly: compressing a large scrape must not hold the observed system. */
export async function gzipped(chunks: TChunks, level: number = zlib.constants.Z_BEST_SPEED): Promise<TChunks> {
  const gzip = zlib.createGzip({ level });
  const packed: Uint8Array<ArrayBuffer>[] = [];
  gzip.on('data', (chunk: Buffer<ArrayBuffer>) => packed.push(chunk));
  const ended = once(gzip, 'end');
  for (const chunk of chunks) if (!gzip.write(chunk)) await once(gzip, 'drain');
  gzip.end();
  await ended;
  return packed;
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
