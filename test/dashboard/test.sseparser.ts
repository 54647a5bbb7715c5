import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SseParser } from '../../ts/ops/dashboard/classes.sseparser.js';
import type { IServerEvent } from '../../ts/ops/dashboard/classes.sseparser.js';

function parse(...pieces: string[]): IServerEvent[] {
  const events: IServerEvent[] = [];
  const parser = new SseParser((event) => events.push(event));
  for (const piece of pieces) parser.push(piece);
  return events;
}

tap.test('an event has a name, data and an id', async () => {
  assert.deepEqual(parse('id: a-1\nevent: connection-open\ndata: {"a":1}\n\n'), [
    { id: 'a-1', event: 'connection-open', data: '{"a":1}' },
  ]);
});

tap.test('what the standard says of fields', async () => {
  assert.deepEqual(parse('data\n\n'), [{ id: '', event: 'message', data: '' }]);
  assert.deepEqual(parse('data:a\ndata: b\ndata:  c\n\n'), [{ id: '', event: 'message', data: 'a\nb\n c' }]);
  assert.deepEqual(parse(': a comment\n:\nretry: 1000\nother: x\ndata: d\n\n'), [
    { id: '', event: 'message', data: 'd' },
  ]);
  assert.deepEqual(parse('event: lost\n\ndata: d\n\n'), [{ id: '', event: 'message', data: 'd' }]);
  assert.deepEqual(parse('\uFEFFdata: d\n\n'), [{ id: '', event: 'message', data: 'd' }]);
  assert.deepEqual(parse('data: not ended yet\n'), []);
});

tap.test('an id stays until another one comes; one with NUL is none', async () => {
  const told = parse('id: 1\ndata: a\n\ndata: b\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\n').map(({ id }) => id);
  assert.deepEqual(told, ['1', '1', '1', '']);
});

tap.test('an id without an event is remembered, for a reader that comes back', async () => {
  const parser = new SseParser(() => assert.fail('there is no event'));
  parser.push('retry: 1000\nid: a-7\n\n');
  expect(parser.lastEventId).toEqual('a-7');
});

tap.test('lines end with LF, CR or CRLF, wherever the pieces are cut', async () => {
  const events: IServerEvent[] = [
    { id: 'x-1', event: 'traffic', data: '{"a":"\\n:"}\nsecond line' },
    { id: 'x-2', event: 'message', data: '' },
    { id: 'x-3', event: 'gap', data: 'ü🦊' },
  ];
  fc.assert(
    fc.property(fc.constantFrom('\n', '\r', '\r\n'), fc.array(fc.nat(200), { maxLength: 30 }), (end, cuts) => {
      const text = events
        .map(({ id, event, data }) => [
          `id: ${id}`,
          `event: ${event}`,
          ...data.split('\n').map((one) => `data: ${one}`),
        ])
        .flatMap((lines) => [':', ...lines, '', ''])
        .join(end);
      const at = [...new Set(cuts)].sort((a, b) => a - b);
      const pieces = [0, ...at].map((from, index) => text.slice(from, at[index]));
      // A final CR may still be the first half of CRLF; what comes next tells.
      assert.deepEqual(parse(...pieces, end), events);
    }),
  );
});

tap.test('a line or an event without an end is not kept for ever', async () => {
  assert.throws(() => parse('data: ', ...Array.from({ length: 20 }, () => 'x'.repeat(100_000))), /too long/);
  assert.throws(() => parse(...Array.from({ length: 20 }, () => `data: ${'x'.repeat(100_000)}\n`)), /too long/);
});

export default tap.start({ throwOnError: true });
