import { tap } from '@push.rocks/tapbundle';
import { testAppearance } from './appearance.js';

await testAppearance('light');

export default tap.start({ throwOnError: true });
