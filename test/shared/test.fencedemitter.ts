import { expect, tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { FencedEmitter } from '../../ts/shared/fencedemitter.js';

interface IEvents {
  tick: { readonly n: number };
}

tap.test('a listener that throws or rejects is counted, told once with its name, and stops nobody', async () => {
  const lines: string[] = [];
  const emitter = new FencedEmitter<IEvents>({ warn: (line) => lines.push(line) });
  const heard: number[] = [];
  emitter.on('tick', function brokenListener() {
    throw new Error('boom');
  });
  emitter.on('tick', async function rejecting() {
    throw new Error('late');
  });
  emitter.on('tick', (event) => void heard.push(event.n));
  emitter.emit('tick', { n: 1 });
  emitter.emit('tick', { n: 2 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([1, 2]);
  expect(emitter.listenerErrors).toEqual(4);
  expect(lines.length).toEqual(2);
  expect(lines[0]?.includes('brokenListener')).toBeTrue();
  expect(lines[1]?.includes('rejecting')).toBeTrue();
});

tap.test('a logger that throws stays inside, too', async () => {
  const emitter = new FencedEmitter<IEvents>({
    warn: () => {
      throw new Error('logger');
    },
  });
  emitter.on('tick', () => {
    throw new Error('boom');
  });
  emitter.emit('tick', { n: 1 });
  expect(emitter.listenerErrors).toEqual(1);
});

tap.test('those that ask to be first are, whenever they subscribe', async () => {
  const emitter = new FencedEmitter<IEvents>();
  const order: string[] = [];
  emitter.on('tick', () => void order.push('user'));
  emitter.on('tick', () => void order.push('manager'), { first: true });
  emitter.emit('tick', { n: 1 });
  expect(order).toEqual(['manager', 'user']);
});

tap.test('once fires once, off removes one subscription, of first ones and once ones as well', async () => {
  const emitter = new FencedEmitter<IEvents>();
  let count = 0;
  const listener = (): void => void count++;
  emitter.once('tick', listener);
  emitter.emit('tick', { n: 1 });
  emitter.emit('tick', { n: 2 });
  expect(count).toEqual(1);
  emitter.on('tick', listener);
  emitter.on('tick', listener, { first: true });
  emitter.once('tick', listener);
  emitter.off('tick', listener);
  emitter.emit('tick', { n: 3 });
  expect(count).toEqual(3);
  emitter.off('tick', listener);
  emitter.off('tick', listener);
  emitter.off('tick', listener);
  emitter.emit('tick', { n: 4 });
  expect(count).toEqual(3);
});

tap.test('who comes or goes while an event is told does so from the next one on', async () => {
  const emitter = new FencedEmitter<{ some: number }>();
  const told: string[] = [];
  const late = (value: number): void => void told.push(`late ${value}`);
  const leaving = (value: number): void => {
    told.push(`leaving ${value}`);
    emitter.off('some', leaving);
    emitter.off('some', last);
    emitter.on('some', late);
  };
  const last = (value: number): void => void told.push(`last ${value}`);
  emitter.on('some', leaving);
  emitter.on('some', last);
  emitter.emit('some', 1);
  emitter.emit('some', 2);
  assert.deepEqual(told, ['leaving 1', 'last 1', 'late 2']);
  emitter.off('some', late);
  assert.equal(emitter.has('some'), false);
  emitter.emit('some', 3);
  assert.equal(told.length, 3);
});

export default tap.start({ throwOnError: true });
