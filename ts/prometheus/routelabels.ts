import type { IRouteSnapshot } from '../interfaces/snapshot.js';
import type { Exposition } from './classes.exposition.js';
import { escapeLabelValue } from './format.js';

/** Routes named between two looks at the clock. */
const ROUTES_PER_LOOK = 128;

/** The names of routes as they stand between quotes: that of the one at `index` from `ends[index - 1]` to `ends[index]`. */
export interface IRouteLabels {
  /** All in one: every family goes through them, and so they stay in the processor's cache. */
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
}

export const NO_LABELS: IRouteLabels = { bytes: new Uint8Array(0), ends: new Int32Array(0) };

/** `null` where two routes would have the same label. */
export async function routeLabels(routes: readonly IRouteSnapshot[], page: Exposition): Promise<IRouteLabels | null> {
  const texts = new Set<string>();
  const ends = new Int32Array(routes.length);
  let bytes = Buffer.allocUnsafeSlow(32 * routes.length);
  let end = 0;
  for (const [index, { name }] of routes.entries()) {
    const text = escapeLabelValue(name);
    texts.add(text);
    if (end + text.length * 3 > bytes.length) bytes = Buffer.concat([bytes], 2 * (bytes.length + text.length * 3));
    end += bytes.write(text, end);
    ends[index] = end;
    if (index % ROUTES_PER_LOOK === 0 && page.due) await page.pause();
  }
  return texts.size === routes.length ? { bytes, ends } : null;
}
