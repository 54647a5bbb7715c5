import { crypto } from '../plugins.js';
import type { IRouterSnapshot } from '../../interfaces/snapshot.js';
import { lengthOf } from '../chunks.js';
import type { TChunks } from '../chunks.js';
import { gzipped } from '../compression.js';
import { jsonChunks } from './jsonchunks.js';

/** Different pages of one snapshot that are kept. */
const MOST = 32;
/** And their bytes: with ten thousand routes one page has more than ten million. */
const MOST_BYTES = 32 * 1024 * 1024;

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
  #bytes = 0;

  /** The page of this key and snapshot; `answer` is asked where there is none. */
  get(snapshot: IRouterSnapshot, key: string, answer: () => Promise<unknown>): Promise<IPage> {
    if (snapshot !== this.#snapshot) {
      this.#snapshot = snapshot;
      this.#kept.clear();
      this.#bytes = 0;
    }
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const page = answer().then(pageOf);
    if (this.#kept.size < MOST) {
      this.#kept.set(key, page);
      page.then(
        ({ body }) => this.#weigh(snapshot, key, lengthOf(body)),
        () => undefined,
      );
    }
    return page;
  }

  /** One that is too much is only for those who wait for it already. */
  #weigh(snapshot: IRouterSnapshot, key: string, bytes: number): void {
    if (snapshot !== this.#snapshot) return;
    if (this.#bytes + bytes > MOST_BYTES) this.#kept.delete(key);
    else this.#bytes += bytes;
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
