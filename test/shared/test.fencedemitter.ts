import { expect, tap } from '@push.rocks/tapbundle';
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

export default tap.start({ throwOnError: true });
