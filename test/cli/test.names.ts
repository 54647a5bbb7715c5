import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { isHostname } from '../../ts/schema/configparts.js';
import { configSchema } from '../../ts/schema/config.js';

tap.test('host names and prefixes are of ASCII letters only, those that fold to ASCII left out', async () => {
  // U+017F and U+212A fold to s and k where a pattern ignores case by Unicode's rules.
  for (const letter of ['\u017f', '\u212a', '\u00e4']) {
    assert.equal(isHostname(`${letter}.test`), false, letter);
    const { success } = configSchema.safeParse({ proxy: { routes: [] }, metrics: { prefix: `a${letter}` } });
    assert.equal(success, false, letter);
  }
  for (const name of ['a.test', 'A.TEST.', '_dmarc.a-b.test', '1.2']) assert.equal(isHostname(name), true, name);
  assert.equal(configSchema.safeParse({ proxy: { routes: [] }, metrics: { prefix: 'Ab_1' } }).success, true);
});

export default tap.start({ throwOnError: true });
