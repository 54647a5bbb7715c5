import { tap } from '@push.rocks/tapbundle';
import { churn } from './churn.js';

const SECONDS = 20;

tap.test(`${SECONDS} s of churn: no client, name or route comes twice, and the heap stays flat`, async () => {
  await churn(SECONDS * 1_000);
});

export default tap.start({ throwOnError: true });
