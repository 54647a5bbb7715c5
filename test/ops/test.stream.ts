import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { streamLoad, summary } from './streamload/load.js';

tap.test('20 readers for 5 s: all are served, the heap stays, those that do not read are let go', async () => {
  const load = await streamLoad({ readers: 20, stuck: 3, rounds: 5, ms: [1_000, 300] });
  console.log(summary(load));
  const { phases, streams, read, afterwards } = load;
  assert.ok(phases.every(({ connections }) => connections > 0));
  assert.equal(streams.readers + streams.readersDropped, 23);
  assert.ok(read.open >= 20 && read.bytes > 20 * 10_000, JSON.stringify(read));
  assert.ok(streams.eventsSent > 0);
  const heaps = phases.map(({ heapBytes }) => heapBytes / 1e6);
  assert.ok((heaps.at(-1) ?? NaN) < (heaps[0] ?? NaN) + 3, `MB: ${heaps.join(', ')}`);
  assert.deepEqual([afterwards.readers, afterwards.readersDropped], [0, 3]);
});

export default tap.start({ throwOnError: true });
