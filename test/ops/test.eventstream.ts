import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { tap } from '@push.rocks/tapbundle';
import type { Problem } from '../../ts/ops/classes.problem.js';
import { EventStream } from '../../ts/ops/stream/classes.eventstream.js';
import { FakeClock } from '../helpers/fakesource.js';
import { StreamBench as Bench } from './streambench.js';
import type { IBenchReader } from './streambench.js';

mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
const tick = (ms: number): void => mock.timers.tick(ms);

const told = ({ sink }: IBenchReader): unknown[] =>
  sink.events.map(({ event, data }) => `${event} ${String(data['connectionId'] ?? data['domain'] ?? data['missed'])}`);

tap.test('events are written every 100 ms, each once, in one buffer for all who ask for the same', async () => {
  const bench = new Bench();
  const [one, two] = [bench.read(), bench.read({})];
  const greeting = one.sink.writes.length;
  const id = bench.proxy.open('web');
  bench.proxy.traffic(id, 3, 4);
  bench.dns.ask('a.example');
  tick(99);
  assert.equal(one.sink.writes.length, greeting);
  tick(1);
  assert.equal(one.sink.writes.length, greeting + 1);
  assert.equal(one.sink.writes.at(-1), two.sink.writes.at(-1), 'the same buffer');
  assert.deepEqual(told(one), ['connection-open 1', 'traffic 1', 'query-received a.example']);
  assert.deepEqual(one.sink.events[1]?.data, { connectionId: 1, routeName: 'web', clientIp: '192.0.2.1', bytesIn: 3, bytesOut: 4, sendQueue: 0, halfOpen: false }); // prettier-ignore
  tick(1000);
  assert.equal(one.sink.writes.length, greeting + 1, 'nothing where nothing happened');
  assert.deepEqual(bench.stream.reading, { readers: 2, readersDropped: 0, eventsSent: 6, eventsLeftOut: 0 });
});

tap.test('a reader has the events that it asked for, of the route that it asked for', async () => {
  const bench = new Bench();
  const opens = bench.read({ event: ['connection-open'] });
  const both = bench.read({ event: ['connection-close', 'connection-open', 'connection-open'] });
  const api = bench.read({ route: 'api' });
  const one = bench.read({ route: 'api', event: ['connection-close'] });
  const nobody = bench.read({ route: 'constructor' });
  const [first, second] = [bench.proxy.open('web'), bench.proxy.open('api')];
  bench.dns.ask('a.example');
  bench.proxy.close(first);
  bench.proxy.close(second);
  tick(100);
  assert.deepEqual(told(opens), ['connection-open 1', 'connection-open 2']);
  assert.deepEqual(told(both), ['connection-open 1', 'connection-open 2', 'connection-close 1', 'connection-close 2']);
  assert.deepEqual(told(api), ['connection-open 2', 'connection-close 2']);
  assert.deepEqual(told(one), ['connection-close 2']);
  assert.deepEqual(told(nobody), []);
  const alike = bench.read({ event: ['connection-open', 'connection-close'] });
  bench.proxy.open('web');
  tick(100);
  assert.equal(alike.sink.writes.at(-1), both.sink.writes.at(-1), 'the same buffer');
});

tap.test('a steady stream has every event, however many there were', async () => {
  const bench = new Bench();
  const reader = bench.read();
  for (let batch = 0; batch < 100; batch++) {
    for (let count = 0; count < 100; count++) bench.proxy.open('web');
    tick(100);
  }
  const seen = reader.sink.events.map(({ data }) => data['connectionId']);
  assert.deepEqual(
    seen,
    Array.from({ length: 10_000 }, (_, index) => index + 1),
  );
});

tap.test('who comes back has what came since, once', async () => {
  const bench = new Bench();
  const stays = bench.read();
  const first = bench.read();
  bench.proxy.open('web');
  bench.proxy.open('web');
  tick(100);
  first.close();
  bench.proxy.open('web');
  tick(100);
  // This one is not written yet when the reader is back.
  bench.proxy.open('api');
  const back = bench.read({}, first.sink.parser.lastId ?? '');
  assert.deepEqual(told(back), ['connection-open 3']);
  tick(100);
  assert.deepEqual(told(back), ['connection-open 3', 'connection-open 4']);
  assert.deepEqual([...told(first), ...told(back)], told(stays));
  const ids = stays.sink.events.map(({ id }) => Number(id?.split('-')[1]));
  assert.deepEqual(ids, [1, 2, 3, 4]);
  // By another filter: what it lets pass of what came since.
  const other = bench.read({ route: 'api' }, first.sink.parser.lastId ?? '');
  assert.deepEqual(told(other), ['connection-open 4']);
  // One that comes and goes between two writes has not had what came in between.
  bench.proxy.open('web');
  const brief = bench.read();
  brief.close();
  tick(100);
  assert.deepEqual(told(bench.read({}, brief.sink.parser.lastId ?? '')), ['connection-open 5']);
  // Before the first event there is a place, too.
  const early = new Bench();
  const quiet = early.read();
  assert.ok(quiet.sink.parser.lastId !== null && quiet.sink.parser.retry === 1000);
  quiet.close();
  early.proxy.open('web');
  assert.deepEqual(told(early.read({}, quiet.sink.parser.lastId)), ['connection-open 1']);
});

tap.test('what is gone, of another life, or nonsense is told as a gap', async () => {
  const bench = new Bench();
  bench.read();
  bench.proxy.open('web');
  tick(100);
  const [prefix = ''] = bench.read().sink.parser.lastId?.split('-') ?? [];
  for (const id of ['0badcafe-1', `${prefix}-2`, `${prefix}-`, `${prefix}-x`, 'nonsense', '', '-1', `${prefix}-1e9`]) {
    const { sink } = bench.read({}, id);
    assert.deepEqual(sink.events.map(({ event, data }) => [event, data]), [['gap', { reason: 'restart', missed: null }]], id); // prettier-ignore
    assert.equal(sink.parser.lastId, `${prefix}-1`);
  }
  for (let count = 0; count < 9_000; count++) bench.dns.ask('a.example');
  tick(100);
  const late = bench.read({ event: ['query-received'], route: 'nowhere' }, `${prefix}-1`);
  assert.deepEqual(
    late.sink.events.map(({ data }) => data),
    [{ reason: 'expired', missed: 9_000 - 8_192 }],
  );
});

tap.test('a flood is told in part: what is left out is counted, and what is written is bounded', async () => {
  for (const readers of [1, 16, 200]) {
    const bench = new Bench();
    const all = Array.from({ length: readers }, () => bench.read());
    const narrow = bench.read({ route: 'api' });
    for (let count = 0; count < 5_000; count++) bench.proxy.open('web');
    bench.proxy.open('api');
    tick(100);
    const [reader] = all;
    assert.ok(reader !== undefined);
    const { events, writes } = reader.sink;
    const gap = events.at(-1);
    assert.deepEqual([gap?.event, gap?.data['reason']], ['gap', 'flood']);
    assert.equal(events.length - 1 + Number(gap?.data['missed']), 5_001);
    const bytes = writes.at(-1)?.byteLength ?? 0;
    assert.ok(bytes > 3_000 && bytes <= 65 * 1024 && bytes * readers < 1.1 * 1024 * 1024, `${bytes} of ${readers}`);
    // Others are not taken along.
    assert.deepEqual(told(narrow), ['connection-open 5001']);
    assert.equal(bench.stream.reading?.eventsLeftOut, Number(gap?.data['missed']) * readers);
    // It goes on after the gap, also for one that comes back.
    bench.proxy.open('web');
    tick(100);
    assert.equal(reader.sink.events.at(-1)?.data['connectionId'], 5_002);
    assert.deepEqual(told(bench.read({}, gap?.id ?? '')), ['connection-open 5002']);
  }
  // More at once than the ring has.
  const bench = new Bench();
  const reader = bench.read();
  for (let count = 0; count < 20_000; count++) bench.proxy.open('web');
  tick(100);
  const missed = Number(reader.sink.events.at(-1)?.data['missed']);
  assert.equal(reader.sink.events.length - 1 + missed, 20_000);
  assert.ok(reader.sink.events.length > 100);
});

tap.test('a reader that does not take what it is sent is let go and counted; the others read on', async () => {
  const bench = new Bench();
  const [slow, quick] = [bench.read(), bench.read()];
  slow.sink.backlog = 256 * 1024;
  bench.proxy.open('web');
  tick(100);
  assert.deepEqual([slow.sink.dropped, told(slow).length], [false, 1]);
  slow.sink.backlog++;
  bench.proxy.open('web');
  tick(100);
  assert.deepEqual([slow.sink.dropped, quick.sink.dropped], [true, false]);
  assert.deepEqual([told(slow).length, told(quick).length], [1, 2]);
  assert.deepEqual(bench.stream.reading, { readers: 1, readersDropped: 1, eventsSent: 3, eventsLeftOut: 0 });
  // Its connection ends by that, too.
  slow.close();
  assert.equal(bench.stream.reading?.readers, 1);
  // One whose response is out of order is no reason to fail.
  const broken = bench.read();
  broken.sink.fails = true;
  bench.proxy.open('web');
  tick(100);
  assert.deepEqual([broken.sink.dropped, told(quick).length], [true, 3]);
  // Also where nothing happens.
  const silent = bench.read();
  silent.sink.backlog = 1e9;
  tick(15_000);
  assert.equal(silent.sink.dropped, true);
});

tap.test('where a flush takes long, the next one comes later, and never more than 500 ms later', async () => {
  const bench = new Bench();
  const { sink } = bench.read();
  let cost = 0;
  const write = sink.write.bind(sink);
  sink.write = (chunk) => {
    bench.clock.advance(cost);
    write(chunk);
  };
  const delay = async (): Promise<number> => {
    const writes = sink.writes.length;
    bench.proxy.open('web');
    let waited = 0;
    for (; sink.writes.length === writes && waited < 2_000; waited++) tick(1);
    await new Promise((resolve) => setImmediate(resolve));
    return waited;
  };
  assert.equal(await delay(), 100);
  for (const [took, wanted] of [
    [1, 100],
    [2, 100],
    [4, 200],
    [9, 450],
    [1_000, 500],
    [0, 100],
  ] as const) {
    cost = took;
    await delay();
    assert.equal(await delay(), wanted, `${took} ms`);
  }
});

tap.test('a comment every 15 s shows that the stream lives', async () => {
  const bench = new Bench();
  const { sink } = bench.read();
  tick(14_999);
  assert.equal(sink.parser.comments, 0);
  tick(1);
  assert.equal(sink.parser.comments, 1);
  tick(45_000);
  assert.equal(sink.parser.comments, 4);
  assert.deepEqual(sink.events, []);
});

tap.test('sources are listened to while somebody reads, and 30 s more', async () => {
  const bench = new Bench();
  assert.deepEqual(bench.listens, [false, false, false]);
  const one = bench.read();
  const two = bench.read({ route: 'web' });
  assert.deepEqual(bench.listens, [true, true, true]);
  one.close();
  one.close();
  tick(60_000);
  assert.deepEqual(bench.listens, [true, true, true]);
  two.close();
  tick(29_999);
  bench.proxy.open('web');
  assert.deepEqual(bench.listens, [true, true, true]);
  // Somebody who is back in time has not missed anything, and keeps it going.
  const back = bench.read({}, two.sink.parser.lastId ?? '');
  assert.deepEqual(told(back), ['connection-open 1']);
  tick(60_000);
  assert.deepEqual(bench.listens, [true, true, true]);
  back.close();
  tick(30_000);
  assert.deepEqual(bench.listens, [false, false, false]);
  // What came meanwhile is not known, which is told.
  bench.proxy.open('web');
  const late = bench.read({}, back.sink.parser.lastId ?? '');
  assert.deepEqual(late.sink.events[0]?.data, { reason: 'expired', missed: null });
  bench.proxy.open('web');
  tick(100);
  assert.deepEqual(told(late).slice(1), ['connection-open 3']);
  assert.deepEqual(told(bench.read({}, late.sink.events[0]?.id ?? '')), ['connection-open 3']);
});

tap.test('stop ends every reader at once and gives the listeners back; it may be started again', async () => {
  const bench = new Bench();
  const [one, slow] = [bench.read(), bench.read({ route: 'web' })];
  slow.sink.backlog = 1;
  bench.stream.stop();
  assert.deepEqual([one.sink.ended, slow.sink.ended, slow.sink.dropped], [true, false, true]);
  assert.deepEqual(bench.listens, [false, false, false]);
  assert.equal(bench.stream.reading?.readers, 0);
  bench.stream.stop();
  assert.throws(
    () => bench.read(),
    (error: Problem) => error.status === 503,
  );
  bench.stream.start();
  const again = bench.read();
  bench.proxy.open('web');
  tick(100);
  assert.deepEqual(told(again), ['connection-open 1']);
});

tap.test('readers and filters have a number', async () => {
  const bench = new Bench();
  const readers = Array.from({ length: 224 }, () => bench.read());
  const refused = (error: Problem): boolean => error.status === 503 && error.headers['Retry-After'] === '5';
  assert.throws(() => bench.read(), refused);
  readers[0]?.close();
  bench.read();
  const filters = new Bench();
  const own = Array.from({ length: 32 }, (_, index) => filters.read({ route: `route-${index}` }));
  assert.throws(() => filters.read({ route: 'one more' }), refused);
  filters.read({ route: 'route-31' });
  own[0]?.close();
  filters.read({ route: 'one more' });
  assert.throws(
    () => new EventStream([], 'full', new FakeClock()).admit({}),
    (error: Problem) => error.status === 404,
  );
  assert.equal(new EventStream([], 'full', new FakeClock()).reading, null);
});

export default tap.start({ throwOnError: true });
