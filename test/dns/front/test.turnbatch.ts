import * as assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { TurnBatch } from '../../../ts/dns/front/classes.turnbatch.js';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { ADDRESS, FakeUpstream, FrontBench, replyTo, UdpClient } from './support.js';

const A = 1;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

tap.test('what comes in one turn is handed over at its end, in order and once', async () => {
  const handled: string[] = [];
  const batch = new TurnBatch<string>((item) => {
    handled.push(item);
    // What comes meanwhile waits for the next turn.
    if (item === 'a') batch.add('later');
  });
  assert.equal(batch.empty, true);
  batch.add('a');
  batch.add('b');
  assert.deepEqual([handled, batch.empty], [[], false]);
  await turn();
  assert.deepEqual([handled, batch.empty], [['a', 'b'], false]);
  await turn();
  assert.deepEqual([handled, batch.empty], [['a', 'b', 'later'], true]);
  await turn();
  assert.equal(handled.length, 3);
});

tap.test('flush hands over at once, and nothing is left for the end of the turn', async () => {
  const handled: number[] = [];
  const batch = new TurnBatch<number>((item) => void handled.push(item));
  batch.add(1);
  batch.flush();
  assert.deepEqual([handled, batch.empty], [[1], true]);
  batch.add(2);
  assert.deepEqual(handled, [1]);
  await turn();
  batch.flush();
  assert.deepEqual(handled, [1, 2]);
});

tap.test('a query that waits for others of its turn was there all the time', async () => {
  const bench = await FrontBench.open();
  const client = new UdpClient(bench.udp);
  // Both are there when the front looks: whoever is second waits for the listener that the first one holds up.
  bench.dns.once('query-received', () => {
    for (const end = performance.now() + 30; performance.now() < end;);
  });
  client.send(message(1, [['a.test', A]]));
  client.send(message(2, [['b.test', A]]));
  for (const end = performance.now() + 20; performance.now() < end;);
  await Promise.all([client.reply(1), client.reply(2)]);
  for (const { responseTime } of bench.seen.answered) assert.ok((responseTime ?? 0) >= 30, `${responseTime} ms`);
  client.close();
  await bench.settled();
  await bench.close();
});

tap.test('queries leave by several ports, which nobody can guess', async () => {
  const ports = new Map<string, number>();
  const upstream = new FakeUpstream((query, from, itself) => {
    ports.set(query.toString('latin1', 13, 15), from.port);
    itself.send(replyTo(query, [ADDRESS]), from);
  });
  const bench = await FrontBench.open({}, {}, upstream);
  const client = new UdpClient(bench.udp);
  for (let run = 0; run < 30; run++) {
    for (const name of ['x', 'y']) client.send(message(run, [[`${name}${run % 10}.test`, A]]));
    await until(() => bench.seen.answered.length === 2 * (run + 1), 'both answers');
  }
  assert.ok(new Set(ports.values()).size > 1, 'one port only');
  client.close();
  await bench.settled();
  await bench.close();
});

export default tap.start({ throwOnError: true });
