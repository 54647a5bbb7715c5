import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { patternMatcher } from '../../../../ts/dns/front/cache/pattern.js';
import { questionName } from '../../../../ts/dns/front/cache/reply.js';
import { message } from './message.js';

/** The very one that SmartDNS loads. */
const { minimatch } = createRequire(import.meta.resolve('@push.rocks/smartdns/server'))('minimatch') as {
  minimatch: (name: string, pattern: string) => boolean;
};

const CASES: [pattern: string, name: string, matches: boolean][] = [
  ['example.com', 'example.com', true],
  ['example.com', 'www.example.com', false],
  ['example.com', 'exampleXcom', false],
  ['Example.COM.', 'eXample.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*', 'a.b', true],
  ['*', '', true],
  ['**', 'a.b', true],
  ['a*b*c', 'a.b.b.c', true],
  ['a*b*c', 'a.c.b', false],
  ['*a', 'ba', true],
  ['*a', 'ab', false],
  ['?.com', 'a.com', true],
  ['?.com', 'aa.com', false],
  ['?.com', '.com', false],
  ['*', '.', true],
  ['', '.', true],
  ['', '', true],
  ['.', '.', true],
  ['a.*', 'a.', true],
  ['.', '', true],
  ['', 'a', false],
  ['Ä.com', 'Ä.com', true],
  ['a+b.com', 'a+b.com', true],
  ['a+b.com', 'aab.com', false],
  // More than this reads: every name.
  ['{a,b}.com', 'c.org', true],
  ['[ab].com', 'c.org', true],
  ['@(a).com', 'c.org', true],
  ['!a.com', 'a.com', true],
  ['#a.com', 'b.com', true],
  ['a/b', 'c', true],
  ['b', '0/25.a', true],
  ['a\\*', 'c', true],
];

tap.test('patterns match as SmartDNS matches, whatever the case', async () => {
  for (const [pattern, name, matches] of CASES) {
    assert.equal(patternMatcher(pattern)(name), matches, `${pattern} ${name}`);
  }
});

tap.test('what is no text stands for every name', async () => {
  assert.equal(patternMatcher(undefined as unknown as string)('a'), true);
});

/** Few letters, so that much matches. */
const patterns = fc
  .array(fc.constantFrom(...'aab..**?-!#{}[],()@+\\/ xÄ'), { maxLength: 10 })
  .map((signs) => signs.join(''));
const names = fc.array(fc.constantFrom(...'aaab..-! xÄ/'), { maxLength: 12 }).map((signs) => signs.join(''));

tap.test('whatever minimatch matches is matched', async () => {
  let matched = 0;
  fc.assert(
    fc.property(patterns, names, (pattern, name) => {
      if (!minimatch(name, pattern)) return;
      matched++;
      assert.equal(patternMatcher(pattern)(name), true);
    }),
    { seed: 7, numRuns: 50_000 },
  );
  assert.ok(matched > 500, `only ${matched} matched`);
});

const plain = fc.array(fc.constantFrom(...'aab.*-x'), { minLength: 1, maxLength: 8 }).map((signs) => signs.join(''));
const plainNames = fc.stringMatching(/^[abx-]{1,4}(\.[abx-]{1,3}){0,3}$/);

tap.test('a plain pattern matches what minimatch matches and no more', async () => {
  fc.assert(
    fc.property(plain, plainNames, (pattern, name) => {
      fc.pre(!pattern.endsWith('.'));
      assert.equal(patternMatcher(pattern)(name), minimatch(name, pattern), `${pattern} ${name}`);
    }),
    { seed: 7, numRuns: 20_000 },
  );
});

tap.test('a pattern of many stars costs little time', async () => {
  const matches = patternMatcher(`${'*a'.repeat(60)}b`);
  // The quickest of some: the machine may have been busy with something else.
  const took = Array.from({ length: 5 }, () => {
    const started = performance.now();
    assert.equal(matches('a'.repeat(253)), false);
    return performance.now() - started;
  });
  assert.ok(Math.min(...took) < 100, `${took.join(', ')} ms`);
});

tap.test('the name of a reply is what SmartDNS sees', async () => {
  const nameOf = (name: string | number[]): string => questionName(message({ name, answers: [{}] }));
  assert.equal(nameOf('www.Example.com'), 'www.Example.com');
  assert.equal(nameOf('bücher.example'), 'bücher.example');
  assert.equal(nameOf([0]), '.');
  assert.equal(nameOf([3, 0x61, 0x2e, 0x62, 1, 0x63, 0]), 'a.b.c');
  assert.equal(nameOf([46, ...new Array<number>(46).fill(0x2e), 0]), '.'.repeat(46));
});

export default tap.start({ throwOnError: true });
