import type { IRouteList } from '../shared/routelist.js';
import type { Exposition } from './classes.exposition.js';
import { escapeLabelValue } from './format.js';

/** Routes named between two looks at the clock. */
const ROUTES_PER_LOOK = 128;

/** The names of routes as they stand between quotes: that of the one at `index` from `ends[index - 1]` to `ends[index]`. */
export interface IRouteLabels {
  /** As they came. */
  readonly names: readonly string[];
  /** All in one: every family goes through them, and so they stay in the processor's cache. */
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
}

export const NO_LABELS: IRouteLabels = { names: [], bytes: new Uint8Array(0), ends: new Int32Array(0) };

/** `null` where two routes would have the same label. */
export async function routeLabels(routes: IRouteList, page: Exposition): Promise<IRouteLabels | null> {
  const names: string[] = [];
  const texts = new Set<string>();
  const ends = new Int32Array(routes.length);
  let bytes = Buffer.allocUnsafeSlow(32 * routes.length);
  let end = 0;
  for (let index = 0; index < routes.length; index++) {
    const name = routes.at(index)?.name ?? '';
    const text = escapeLabelValue(name);
    names.push(name);
    texts.add(text);
    if (end + text.length * 3 > bytes.length) bytes = Buffer.concat([bytes], 2 * (bytes.length + text.length * 3));
    end += bytes.write(text, end);
    ends[index] = end;
    if (index % ROUTES_PER_LOOK === 0 && page.due) await page.pause();
  }
  return texts.size === routes.length ? { names, bytes, ends } : null;
}

/** Whether they are of just these routes, in this order. */
export function areLabelsOf({ names }: IRouteLabels, routes: IRouteList): boolean {
  if (names.length !== routes.length) return false;
  for (let index = 0; index < names.length; index++) if (routes.at(index)?.name !== names[index]) return false;
  return true;
}
