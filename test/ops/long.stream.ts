import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { ratio, streamLoad, summary } from './streamload/load.js';

tap.test('200 readers for 60 s cost less than 5 %; the heap stays, those that do not read are let go', async () => {
  const load = await streamLoad({ readers: 200, stuck: 5, rounds: 120, ms: [500, 500] });
  console.log(summary(load));
  const { phases, streams, read, afterwards } = load;
  assert.equal(streams.readers + streams.readersDropped, 205);
  assert.ok(read.open >= 200 && read.bytes > 200 * 60_000, JSON.stringify(read));
  const heaps = phases.map(({ heapBytes }) => heapBytes / 1e6);
  assert.ok(Math.max(...heaps.slice(-10)) < Math.max(...heaps.slice(0, 10)) + 3, `MB: ${heaps.join(', ')}`);
  assert.deepEqual([afterwards.readers, afterwards.readersDropped], [0, 5]);
  // What others do on the machine moves the first of the two; the second one is the process's own.
  const connections = ratio(phases, ({ perSecond }) => perSecond);
  const cpu = ratio(phases, ({ cpuMicros }) => cpuMicros);
  assert.ok(connections >= 0.95 || cpu <= 1.05, `${connections} of the connections, ${cpu} of the CPU for each`);
});

export default tap.start({ throwOnError: true });
