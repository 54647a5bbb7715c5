import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { EventLog, KEPT } from '../../ts/ops/dashboard/classes.eventlog.js';
import type { IServerEvent } from '../../ts/ops/dashboard/classes.sseparser.js';

const event = (name: string, fields: unknown): IServerEvent => ({ event: name, data: JSON.stringify(fields), id: '' });
const names = (log: EventLog): string[] => log.shown.map(({ name }) => name);

tap.test('the newest comes first, with the time that the router told or else that of here', async () => {
  const log = new EventLog();
  log.add([event('a', { timestamp: 5 }), event('b', { x: 1 })], 99);
  log.add([event('c', {})], 100);
  assert.deepEqual(
    log.shown.map(({ name, at, number }) => [name, at, number]),
    [
      ['c', 100, 3],
      ['b', 99, 2],
      ['a', 5, 1],
    ],
  );
  assert.deepEqual(log.shown[1]?.fields, { x: 1 });
});

tap.test('it never holds more than its bound', async () => {
  const log = new EventLog();
  for (let round = 0; round < 10; round++) {
    log.add(
      Array.from({ length: KEPT / 2 + 7 }, (_, index) => event(`${round}-${index}`, {})),
      0,
    );
  }
  expect(log.shown.length).toEqual(KEPT);
  expect(log.received).toEqual(10 * (KEPT / 2 + 7));
  expect(log.shown[0]?.name).toEqual(`9-${KEPT / 2 + 6}`);
});

tap.test('while it is paused nothing moves, and what comes is counted and there afterwards', async () => {
  const log = new EventLog();
  log.add([event('a', {})], 0);
  log.pause();
  log.add([event('b', {}), event('c', {})], 0);
  assert.deepEqual(names(log), ['a']);
  expect(log.waiting).toEqual(2);
  log.resume();
  assert.deepEqual(names(log), ['c', 'b', 'a']);
  expect(log.waiting).toEqual(0);
});

tap.test('cleared, it is empty, paused or not', async () => {
  const log = new EventLog();
  log.add([event('a', {})], 0);
  log.clear();
  assert.deepEqual(names(log), []);
  log.add([event('b', {})], 0);
  log.pause();
  log.clear();
  assert.deepEqual(names(log), []);
  expect(log.paused).toBeTrue();
});

tap.test('what is no object is shown as it came', async () => {
  const log = new EventLog();
  for (const data of ['', 'no json', '[1]', '"x"', 'null']) log.add([{ event: 'x', data, id: '' }], 0);
  assert.deepEqual(
    log.shown.map(({ fields }) => fields),
    ['null', '"x"', '[1]', 'no json', ''].map((data) => ({ data })),
  );
});

export default tap.start({ throwOnError: true });
