import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { ForwardedPoller } from '../../ts/proxy/classes.forwardedpoller.js';

const clock = { at: 1_000, now: () => clock.at, wall: () => clock.at };

tap.test('a reading grows old from its last change on, not from the last time that somebody asked', async () => {
  const active = new Map([['away', 1]]);
  const poller = new ForwardedPoller(() => ({ connections: { byRoute: () => active } }), () => new Set(), clock); // prettier-ignore
  assert.deepEqual(poller.reading(), { routes: [], staleSeconds: null });
  await poller.poll();
  assert.equal(poller.reading().staleSeconds, 0);
  clock.at += 3_000;
  await poller.poll();
  assert.equal(poller.reading().staleSeconds, 3, 'nothing has changed');
  active.set('away', 2);
  await poller.poll();
  assert.equal(poller.reading().staleSeconds, 0);
  assert.equal(poller.reading().routes[0]?.active, 2);
});

tap.test('a first reading without a route is one, too', async () => {
  const poller = new ForwardedPoller(() => ({}), () => new Set(), clock); // prettier-ignore
  await poller.poll();
  clock.at += 2_000;
  await poller.poll();
  assert.deepEqual(poller.reading(), { routes: [], staleSeconds: 2 });
});

tap.test('a host that throws leaves the last reading to grow old', async () => {
  let broken = false;
  const metrics = (): unknown => {
    if (broken) throw new Error('no figures');
    return { connections: { byRoute: () => new Map([['away', 1]]) } };
  };
  const poller = new ForwardedPoller(metrics, () => new Set(), clock);
  await poller.poll();
  broken = true;
  clock.at += 5_000;
  await poller.poll();
  assert.equal(poller.reading().staleSeconds, 5);
  assert.equal(poller.reading().routes.length, 1);
});

export default tap.start({ throwOnError: true });
