import { tap } from '@push.rocks/tapbundle';
import { fuzz } from './fuzz.js';

tap.test(
  '30,000 packets of a grammar, with something wrong in most: each answered or counted, none stuck',
  async () => {
    await fuzz(20_260_101, 30_000, {});
  },
);

tap.test('20,000 more with a cache that coalesces', async () => {
  await fuzz(20_260_102, 20_000, { cache: { coalesce: true, maxEntries: 200 } });
});

export default tap.start({ throwOnError: true });
