import assert from 'node:assert/strict';
import { queryObjects } from 'node:v8';
import { until } from '../helpers/wait.js';

export type TClass = new (...parameters: never[]) => object;

/** How many objects of a class the heap has after a full collection, as a heap snapshot would show them. */
export const inHeap = (one: TClass): number => queryObjects(one, { format: 'count' });

/** Waits until the heap holds so many of each class: what a turn of the event loop still has in hand goes with it. */
export async function heldAtMost(classes: readonly TClass[], most: number, what: string): Promise<void> {
  const counts = (): string => classes.map((one) => `${one.name}: ${inHeap(one)}`).join(', ');
  const gone = new Set<TClass>();
  const isGone = (one: TClass): boolean => gone.has(one) || (inHeap(one) <= most && gone.add(one).has(one));
  await until(() => classes.every(isGone), what, 60_000).catch(() => {
    assert.fail(`${what}: still held, where at most ${most} are expected of each: ${counts()}`);
  });
}
