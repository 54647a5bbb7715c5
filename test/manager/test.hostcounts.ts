import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import type { IHostCounters } from '../../ts/interfaces/source.js';
import { HostCounts } from '../../ts/manager/classes.hostcounts.js';

const host = (errors: Readonly<Record<string, number>>, retries = {}): IHostCounters => ({
  backendConnectErrors: new Map(Object.entries(errors)),
  backendRetries: new Map(Object.entries(retries)),
  tlsHandshakeErrors: 0,
  certificates: [],
});

/** What is told as changed, by one step after the other. */
function changes(...steps: readonly (readonly IHostCounters[])[]): string[][] {
  const counts = new HostCounts();
  return steps.map((hosts) => {
    const names = new Set<string>();
    counts.compare(hosts, (name) => names.add(name));
    return [...names].sort();
  });
}

tap.test('what is told anew is a change, what is told again is none', async () => {
  const all = host({ a: 1, b: 1, c: 1 }, { b: 2 });
  assert.deepEqual(changes([all], [all], [host({ a: 1, b: 2, c: 1 }, { b: 2 })]), [['a', 'b', 'c'], [], ['b']]);
});

tap.test('a route that is told no more is a change, wherever it stood', async () => {
  for (const gone of ['a', 'b', 'c']) {
    const rest = Object.fromEntries(['a', 'b', 'c'].filter((name) => name !== gone).map((name) => [name, 1]));
    const [, changed = []] = changes([host({ a: 1, b: 1, c: 1 })], [host(rest)]);
    assert.ok(changed.includes(gone), `${gone}: ${changed.join(' ')}`);
  }
});

tap.test('a host that has gone takes all that it told with it', async () => {
  assert.deepEqual(changes([host({ a: 1 }), host({ b: 1 }, { c: 1 })], [host({ a: 1 })])[1], ['b', 'c']);
});

export default tap.start({ throwOnError: true });
