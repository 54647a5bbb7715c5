import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';

const wrong: readonly [options: unknown, code: string, named: RegExp][] = [
  [{ privacy: 'some' }, 'ERR_OPTION_INVALID', /"privacy" must be one of full, mask, none, not "some"/],
  [{ limits: { routes: 0 } }, 'ERR_OPTION_INVALID', /"limits\.routes".*not 0/],
  [{ limits: { routes: '5' } }, 'ERR_OPTION_INVALID', /"limits\.routes"/],
  [{ limits: { dnsHandlers: 1.5 } }, 'ERR_OPTION_INVALID', /"limits\.dnsHandlers"/],
  [{ limits: { connections: 5 } }, 'ERR_OPTION_UNKNOWN', /limits has no option "connections"/],
  [{ limits: 5 }, 'ERR_OPTION_INVALID', /limits takes an object/],
  [{ topLists: { capacity: -1 } }, 'ERR_OPTION_INVALID', /"topLists\.capacity"/],
  [
    { topLists: { capacity: 5, shown: 6 } },
    'ERR_OPTION_INVALID',
    /"topLists\.shown" must be a whole number from 1 to 5/,
  ],
  [{ topLists: { top: 6 } }, 'ERR_OPTION_UNKNOWN', /"top"/],
  [{ clock: { now: 5, wall: () => 0 } }, 'ERR_OPTION_INVALID', /"clock\.now" must be a function/],
  [{ clock: { now: () => 0 } }, 'ERR_OPTION_INVALID', /"clock\.wall" must be a function/],
  [{ logger: {} }, 'ERR_OPTION_INVALID', /"logger\.warn"/],
  [{ smartMetrics: {} }, 'ERR_OPTION_INVALID', /"smartMetrics\.getMetrics"/],
  [{ instance: '' }, 'ERR_OPTION_INVALID', /"instance"/],
  [{ intervall: 1 }, 'ERR_OPTION_UNKNOWN', /MetricsManager has no option "intervall"; it knows/],
  [[], 'ERR_OPTION_INVALID', /takes an object/],
  [null, 'ERR_OPTION_INVALID', /takes an object/],
];

for (const [options, code, named] of wrong) {
  tap.test(`refused, with its name and rule: ${JSON.stringify(options)}`, async () => {
    assert.throws(
      () => new MetricsManager(options as never),
      (error) => {
        assert.equal((error as { code?: string }).code, code);
        assert.match((error as Error).message, named);
        return true;
      },
    );
  });
}

tap.test('undefined is as good as absent, everywhere', async () => {
  new MetricsManager({
    limits: { routes: undefined, dnsHandlers: undefined },
    topLists: { capacity: undefined, shown: undefined },
    privacy: undefined,
    clock: undefined,
    logger: undefined,
    smartMetrics: undefined,
    instance: undefined,
  });
  // A list smaller than what is shown by default is no mistake.
  new MetricsManager({ topLists: { capacity: 5 } });
});

export default tap.start({ throwOnError: true });
