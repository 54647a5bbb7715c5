import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { tap } from '@push.rocks/tapbundle';
import type { TPrivacy } from '../../ts/interfaces/options.js';
import { StreamBench as Bench } from './streambench.js';

mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
const tick = (ms: number): void => mock.timers.tick(ms);

tap.test('whatever comes from the network stays within its line, and what cannot be told is passed over', async () => {
  const bench = new Bench();
  const reader = bench.read();
  const hostile = ['a\nb', 'a\r\nevent: gap\r\n\r\n', '\u2028\u2029', '\ud800', '</script>', '\0\u0007\x7f', '\u202e'];
  for (const routeName of hostile) bench.proxy.open(routeName);
  bench.dns.emit('cache', { entries: 1n as never, bytes: 0, evictions: 0 });
  bench.proxy.open('web');
  tick(100);
  const names = reader.sink.events.map(({ data }) => data['routeName']);
  assert.deepEqual(names, [...hostile, 'web']);
});

tap.test('addresses are told as privacy has it, and errors as text', async () => {
  const error = Object.assign(new Error('connect ECONNREFUSED 192.0.2.99:80'), { code: 'ECONNREFUSED' });
  const table: [TPrivacy, unknown, string][] = [
    ['full', '192.0.2.7', error.message],
    ['mask', '192.0.2.0/24', 'ECONNREFUSED'],
    ['none', null, 'ECONNREFUSED'],
  ];
  for (const [privacy, clientIp, text] of table) {
    const bench = new Bench(privacy);
    const { sink } = bench.read();
    const id = bench.proxy.open('web', { clientIp: '192.0.2.7' });
    bench.proxy.traffic(id, 1, 1);
    bench.proxy.close(id);
    bench.dns.answer(bench.dns.ask('a.example', { clientIp: '192.0.2.7' }), { clientIp: '192.0.2.7' });
    bench.proxy.emit('handler-error', { routeName: 'web', error });
    bench.dns.emit('handler-error', { handler: '*.example', error: 'a text of 192.0.2.99' });
    tick(100);
    const all = sink.events.map(({ data }) => data);
    assert.deepEqual(
      all.slice(0, 5).map((data) => data['clientIp']),
      Array(5).fill(clientIp),
      privacy,
    );
    assert.deepEqual(all[5], { routeName: 'web', error: text });
    assert.deepEqual(all[6], { handler: '*.example', error: privacy === 'full' ? 'a text of 192.0.2.99' : 'string' });
    if (privacy !== 'full') assert.doesNotMatch(JSON.stringify(all), /192\.0\.2\.(7|99)/);
  }
});

export default tap.start({ throwOnError: true });
