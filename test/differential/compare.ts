import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { embeddedHost } from '../helpers/hosts/embeddedhost.js';
import type { ITestHost } from '../helpers/hosts/host.js';
import { plainHost } from '../helpers/hosts/plainhost.js';
import { proxiedSmartProxy, rustProxy, smartProxy } from '../helpers/hosts/shapedhosts.js';
import { play } from './play.js';
import type { IFigures } from './play.js';
import { scenarios } from './scenario.js';
import type { IScenario } from './scenario.js';

const HOSTS: readonly ITestHost[] = [plainHost, embeddedHost, smartProxy, proxiedSmartProxy, rustProxy];

/** Plays random scenarios bare and wrapped: the peers must see the same, and the figures must be what the peers counted. */
export async function compare(runs: number, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(scenarios(HOSTS.length), async (scenario) => {
      const host = HOSTS[scenario.host] ?? plainHost;
      const bare = await play(host, scenario, false);
      const wrapped = await play(host, scenario, true);
      assert.deepEqual(wrapped.transcript, bare.transcript, host.name);
      assert.ok(wrapped.figures !== null);
      check(scenario, host, wrapped.figures);
    }),
    { seed, numRuns: runs, endOnFailure: true },
  );
}

function check({ serve }: IScenario, host: ITestHost, figures: IFigures): void {
  const { opened, closed, active, bytesIn, bytesOut, breaches, sent, received, written } = figures;
  const told = `${host.name}: ${JSON.stringify(figures)}`;
  assert.deepEqual([opened, closed, active], [1, 1, 0], told);
  assert.deepEqual(breaches, [], told);
  assert.ok(bytesIn <= sent && received <= bytesOut && bytesOut <= Math.max(written, received), told);
  // Where both sides came to their end, there is nothing between what was sent and what was received.
  if (serve.startsWith('echo') && received === sent) assert.deepEqual([bytesIn, bytesOut], [sent, received], told);
}
