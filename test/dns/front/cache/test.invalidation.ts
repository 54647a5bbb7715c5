import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { AnswerCache } from '../../../../ts/dns/front/cache/classes.answercache.js';
import { message, question } from './message.js';

tap.test('invalidate drops what the pattern matches, in every variant, and nothing else', async () => {
  const cache = new AnswerCache();
  const names = ['example.com', 'www.example.com', 'a.b.Example.com', 'example.org', 'xample.com'];
  const store = (): void => {
    for (const name of names) {
      for (const type of [1, 28]) {
        const asked = question(name.toLowerCase(), { type });
        cache.store(asked, message({ name, type, answers: [{}] }), cache.generation, 0);
      }
    }
  };
  const left = (pattern: string): string[] => {
    store();
    assert.equal(cache.entries, 10);
    cache.invalidate(pattern);
    const there = (type: number) => (name: string) => cache.lookup(question(name.toLowerCase(), { type }), 0) !== null;
    assert.deepEqual(names.filter(there(28)), names.filter(there(1)));
    return names.filter(there(1));
  };
  assert.deepEqual(left('*.example.com'), ['example.com', 'example.org', 'xample.com']);
  assert.deepEqual(left('WWW.example.COM'), ['example.com', 'a.b.Example.com', 'example.org', 'xample.com']);
  assert.deepEqual(left('?xample.com'), ['www.example.com', 'a.b.Example.com', 'example.org', 'xample.com']);
  assert.deepEqual(left('nothing'), names);
  assert.deepEqual(left('*'), []);
  assert.deepEqual([cache.bytes, cache.evictions], [0, 0]);
});

tap.test('invalidate reads names of any length', async () => {
  const name = `${'a23456789.'.repeat(24)}example.com`;
  const cache = new AnswerCache();
  const store = (): void => cache.store(question(name), message({ name, answers: [{}] }), cache.generation, 0);
  store();
  cache.invalidate('*.example.org');
  assert.notEqual(cache.lookup(question(name), 0), null);
  cache.invalidate('a23456789.*.example.com');
  assert.equal(cache.lookup(question(name), 0), null);
  assert.equal(cache.entries, 0);
});

tap.test('what is asked for between them outlives any number of invalidations of other names', async () => {
  const cache = new AnswerCache();
  const asked = question('a.test');
  cache.store(asked, message({ name: 'a.test', answers: [{}] }), cache.generation, 0);
  for (let index = 0; index < 2_000; index++) {
    cache.invalidate(`n${index}.test`);
    assert.notEqual(cache.lookup(asked, 0), null, `after ${index + 1}`);
  }
});

tap.test('what is asked for between them outlives any number of invalidations of other names', async () => {
  const cache = new AnswerCache();
  const asked = question('a.test');
  cache.store(asked, message({ name: 'a.test', answers: [{}] }), cache.generation, 0);
  for (let index = 0; index < 2_000; index++) {
    cache.invalidate(`n${index}.test`);
    assert.notEqual(cache.lookup(asked, 0), null, `after ${index + 1}`);
  }
});

tap.test('of many invalidations each counts, however seldom a name is asked for', async () => {
  const cache = new AnswerCache();
  const names = ['a.test', 'b.test', 'c.test'];
  for (const name of names) cache.store(question(name), message({ name, answers: [{}] }), cache.generation, 0);
  const there = (name: string): boolean => cache.lookup(question(name), 0) !== null;
  cache.invalidate('b.test');
  cache.invalidate('other.test');
  assert.deepEqual(['a.test', 'b.test'].filter(there), ['a.test']);
  cache.invalidate('a.test');
  cache.invalidate('other.test');
  assert.deepEqual(names.filter(there), ['c.test']);
  cache.store(question('b.test'), message({ name: 'b.test', answers: [{}] }), cache.generation, 0);
  assert.deepEqual(names.filter(there), ['b.test', 'c.test'], 'asked again, it is new');
  for (let index = 0; index < 300; index++) cache.invalidate('other.test');
  assert.deepEqual(names.filter(there), [], 'of so many some are forgotten: what they may have matched goes');
  assert.deepEqual([cache.entries, cache.bytes, cache.evictions], [0, 0, 0]);
});

tap.test('an answer under way is not stored if its name was invalidated meanwhile', async () => {
  const cache = new AnswerCache();
  const reply = message({ answers: [{}] });
  const stored = (generation: number): boolean => {
    cache.store(question(), reply, generation, 0);
    const hit = cache.lookup(question(), 0) !== null;
    cache.invalidate('www.example.com');
    return hit;
  };
  const left = cache.generation;
  assert.equal(stored(left), true);
  assert.equal(stored(left), false, 'by name');
  assert.equal(stored(cache.generation), true, 'asked after it');
  const between = cache.generation;
  cache.invalidate('*.example.org');
  assert.equal(stored(between), true, 'another name');
  const both = cache.generation;
  cache.invalidate('*.COM');
  cache.invalidate('*.example.org');
  assert.equal(stored(both), false, 'the first of two');
  const cleared = cache.generation;
  cache.clear();
  assert.equal(stored(cleared), false, 'clear');
  assert.equal(stored(cache.generation), true);
});

tap.test('so many invalidations that they are forgotten refuse every answer from before', async () => {
  const cache = new AnswerCache();
  const left = cache.generation;
  cache.invalidate('www.example.com');
  const after = cache.generation;
  const reply = message({ answers: [{}] });
  for (let index = 0; index < 256; index++) cache.invalidate('*.org');
  cache.store(question(), reply, left, 0);
  assert.equal(cache.entries, 0);
  cache.store(question(), reply, after, 0);
  assert.equal(cache.entries, 1);
  cache.clear();
  const other = cache.generation;
  for (let index = 0; index < 256; index++) cache.invalidate('*.org');
  cache.store(question(), reply, other, 0);
  assert.equal(cache.entries, 1);
  cache.invalidate('*.org');
  cache.store(question('a.b'), message({ name: 'a.b', answers: [{}] }), other, 0);
  assert.equal(cache.entries, 1, 'only 256 are remembered');
  cache.clear();
  cache.store(question(), reply, Number.NaN, 0);
  assert.equal(cache.entries, 0);
});

export default tap.start({ throwOnError: true });
