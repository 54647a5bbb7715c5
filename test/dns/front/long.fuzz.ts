import { tap } from '@push.rocks/tapbundle';
import { fuzz } from './fuzz.js';

// Another seed each day; a failure names it.
const seed = Math.floor(Date.now() / 86_400_000);

for (let part = 0; part < 10; part++) {
  tap.test(`100,000 packets of seed ${seed + part}`, async () => {
    await fuzz(seed + part, 100_000, part % 2 === 0 ? {} : { cache: { coalesce: true, maxEntries: 200 } });
  });
}

export default tap.start({ throwOnError: true });
