import { tap } from '@push.rocks/tapbundle';
import { testAppearance } from './appearance.js';

await testAppearance('dark');

export default tap.start({ throwOnError: true });
