/**
 * Passes over open connections that have all moved, with a manager, under V8's profiler, and their hottest functions.
 *
 *   node --import tsx bench/scale/profile.ts [--functions N]
 */
import { parseArgs } from 'node:util';
import { profile } from '../harness/profile.js';
import { Child } from './child.js';
import type { IPass } from './orders.js';

const [CONNECTIONS, SECONDS] = [50_000, 4];

const { values } = parseArgs({ options: { functions: { type: 'string', default: '3' } } });
await profile(
  async (nodeArgs) => {
    const server = new Child(new URL('./server.ts', import.meta.url), nodeArgs);
    let passes = 0;
    try {
      await server.ask({ what: 'start', kind: 'observed', intervalMs: 60_000 });
      await server.ask({ what: 'grow', real: 0, synthetic: CONNECTIONS });
      for (const until = performance.now() + 1_000 * SECONDS; performance.now() < until; passes++) {
        await server.ask<IPass>({ what: 'pass', messages: 0 });
      }
    } finally {
      await server.stop();
    }
    return `${passes} passes over ${CONNECTIONS} connections under the profiler`;
  },
  SECONDS,
  Number(values.functions),
);
