import type { IHostCounters } from '../interfaces/source.js';
import { systemClock } from '../shared/clock.js';
import type { ProxyState } from './classes.proxystate.js';
import { noteHosts } from './proxysnapshot.js';

/** Milliseconds of work between two pauses, and blocks of routes between two looks at the clock. */
const SLICE_MS = 1;
const BLOCKS_PER_LOOK = 4;

/** Copies the routes ahead, in slices: blocks in which nothing happens until the next snapshot are taken as they are. */
export async function prepareRoutes(proxy: ProxyState, hosts: readonly IHostCounters[]): Promise<void> {
  let resumedAt = systemClock.now();
  noteHosts(proxy, hosts);
  const { blocks } = proxy.routes.store;
  for (const [index, block] of blocks.entries()) {
    block.copied();
    if (index % BLOCKS_PER_LOOK !== 0 || systemClock.now() - resumedAt < SLICE_MS) continue;
    await pause();
    resumedAt = systemClock.now();
  }
  // What is left of the slice is no part of the snapshot's turn.
  if (blocks.length > 1) await pause();
}

const pause = (): Promise<void> => new Promise((resume) => setImmediate(resume));
