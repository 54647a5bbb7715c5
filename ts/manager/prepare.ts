import type { IClock } from '../interfaces/options.js';
import type { IHostCounters } from '../interfaces/source.js';
import { systemClock } from '../shared/clock.js';
import type { ProxyState } from './classes.proxystate.js';
import { noteHosts, routeMoment } from './proxysnapshot.js';
import { routeSnapshot } from './routesnapshot.js';

/** Milliseconds of work between two pauses, and routes between two looks at the clock. */
const SLICE_MS = 1;
const ROUTES_PER_LOOK = 64;
/** Rates change when a second ends; a pass is far shorter, so the second one is nearly always the last. */
const PASSES = 3;

/** Makes the snapshots of all routes ahead, in slices: those that still hold in the next snapshot are taken as they are. */
export async function prepareRoutes(proxy: ProxyState, hosts: readonly IHostCounters[], clock: IClock): Promise<void> {
  noteHosts(proxy, hosts);
  for (let pass = 0; pass < PASSES; pass++) {
    const { second } = routeMoment(proxy, hosts, clock.now());
    await onePass(proxy, hosts, clock);
    if (routeMoment(proxy, hosts, clock.now()).second === second) return;
  }
}

async function onePass(proxy: ProxyState, hosts: readonly IHostCounters[], clock: IClock): Promise<void> {
  let resumedAt = systemClock.now();
  let moment = routeMoment(proxy, hosts, clock.now());
  let routes = 0;
  for (const route of proxy.routes) {
    routeSnapshot(route, moment);
    if (++routes % ROUTES_PER_LOOK !== 0 || systemClock.now() - resumedAt < SLICE_MS) continue;
    await pause();
    resumedAt = systemClock.now();
    moment = routeMoment(proxy, hosts, clock.now());
  }
  // What is left of the slice is no part of the snapshot's turn.
  if (routes >= ROUTES_PER_LOOK) await pause();
}

const pause = (): Promise<void> => new Promise((resume) => setImmediate(resume));
