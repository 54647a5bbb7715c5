import { crypto } from '../plugins.js';
import type { IRouterSnapshot } from '../../interfaces/snapshot.js';
import type { TChunks } from '../chunks.js';
import { gzipped } from '../compression.js';
import { jsonChunks } from './jsonchunks.js';

/** Different pages of one snapshot that are kept. */
const MOST = 32;

/** An answer as JSON, once for all who ask for it while its snapshot lasts. */
export interface IPage {
  readonly body: TChunks;
  /** Weak: the same answer may be compressed or not. */
  readonly etag: string;
  gzipped(): Promise<TChunks>;
}

/** What was made of the present snapshot: a dashboard of many viewers is rendered once. */
export class Pages {
  #snapshot: IRouterSnapshot | null = null;
  readonly #kept = new Map<string, Promise<IPage>>();

  /** The page of this key and snapshot; `answer` is asked where there is none. */
  get(snapshot: IRouterSnapshot, key: string, answer: () => Promise<unknown>): Promise<IPage> {
    if (snapshot !== this.#snapshot) {
      this.#snapshot = snapshot;
      this.#kept.clear();
    }
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const page = answer().then(pageOf);
    if (this.#kept.size < MOST) this.#kept.set(key, page);
    return page;
  }
}

export async function pageOf(answer: unknown): Promise<IPage> {
  const body = await jsonChunks(answer);
  const hash = crypto.createHash('sha256');
  for (const chunk of body) hash.update(chunk);
  let packed: Promise<TChunks> | null = null;
  return {
    body,
    etag: `W/"${hash.digest('base64url').slice(0, 22)}"`,
    gzipped: () => (packed ??= gzipped(body)),
  };
}
