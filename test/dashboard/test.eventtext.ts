import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { detailsOf, EVENT_NAMES, USUAL } from '../../ts/ops/dashboard/views/eventtext.js';
import type { TRouterEventName } from '../../ts/interfaces/events.js';

/** The compiler asks for every event that there is. */
const ALL: Record<TRouterEventName, true> = {
  'connection-open': true,
  'connection-upgrade': true,
  'request-start': true,
  request: true,
  traffic: true,
  'connection-close': true,
  'handler-error': true,
  'query-received': true,
  'query-answered': true,
  'query-dropped': true,
  'packet-rejected': true,
  cache: true,
};

tap.test('one can choose from every event that there is', async () => {
  assert.deepEqual(EVENT_NAMES.toSorted(), Object.keys(ALL).toSorted());
  for (const name of USUAL) expect(EVENT_NAMES).toContain(name);
});

tap.test('details have units; what has a column of its own, is not told or is not so, is left out', async () => {
  const details = detailsOf({
    ...{
      hostConnectionId: 'h-1',
      connectionId: 1,
      routeName: 'web',
      clientIp: '192.0.2.1',
      timestamp: 5,
      bytesTransferred: 3000,
    },
    ...{
      type: 'tcp',
      duration: 1500,
      bytesIn: 1000,
      bytesOut: 2000,
      reason: 'client-end',
      reaped: false,
      domain: null,
    },
    ...{ durationMs: 0.5, halfOpen: true, port: 8080, other: { deep: [1] } },
  });
  assert.deepEqual(
    details.map(({ name, value }) => `${name} ${value}`),
    [
      ...['type tcp', 'duration 1.5 s', 'bytesIn 1 kB', 'bytesOut 2 kB', 'reason client-end'],
      ...['duration 500 µs', 'halfOpen yes', 'port 8080', 'other {"deep":[1]}', 'hostConnectionId h-1'],
    ],
  );
});

export default tap.start({ throwOnError: true });
