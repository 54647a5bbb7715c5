import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { AnswerCache, ENTRY_OVERHEAD } from '../../../../ts/dns/front/cache/classes.answercache.js';
import type { IAnswerCacheOptions } from '../../../../ts/dns/front/cache/classes.answercache.js';
import type { ICacheQuestion } from '../../../../ts/dns/front/cache/question.js';
import { questionKey } from '../../../../ts/dns/front/cache/question.js';
import { message, question, soaData, ttls, TYPES } from './message.js';
import type { IMessage, IRecord } from './message.js';

const NO = { type: TYPES.SOA, ttl: 3600, data: soaData(86_400) };
const OPT = { name: [0], type: TYPES.OPT, class: 1232, ttl: 0x8000, data: [] };

/** What `store` keeps of it, a moment later. */
function kept(parts: IMessage, asked = question(), options: IAnswerCacheOptions = {}): Buffer | null {
  const cache = new AnswerCache(options);
  cache.store(asked, message(parts), cache.generation, 0);
  assert.equal(cache.entries, cache.lookup(asked, 0) === null ? 0 : 1);
  return cache.lookup(asked, 0);
}

/** Full seconds for which it is served. */
function lifetime(parts: IMessage, asked = question(), options: IAnswerCacheOptions = {}): number {
  const cache = new AnswerCache(options);
  cache.store(asked, message(parts), cache.generation, 0);
  let [served, gone] = [0, 2 ** 32];
  while (gone - served > 1) {
    const middle = Math.floor((served + gone) / 2);
    cache.store(asked, message(parts), cache.generation, 0);
    if (cache.lookup(asked, middle * 1000 - 1) === null) gone = middle;
    else served = middle;
  }
  return served;
}

const KEPT: Record<string, IMessage> = {
  'one record': { answers: [{}] },
  'records in all sections': {
    answers: [{}, { ttl: 60 }, { type: TYPES.RRSIG, data: [1, 2, 3] }],
    authorities: [{ name: 'example.com', type: TYPES.NS, data: [0] }],
    additionals: [{ name: 'ns.example.com', ttl: 50 }, OPT],
  },
  'a name by a pointer to a pointer': {
    answers: [{ data: [0xc0, 12] }, { name: [0xc0, 45] }],
  },
  'NXDOMAIN with a SOA': { flags: 0x8403, authorities: [NO] },
  'a CNAME to what does not exist': { flags: 0x8403, answers: [{ type: TYPES.CNAME, data: [0] }], authorities: [NO] },
  'no data, with a SOA': { authorities: [NO] },
  "SmartDNS's no": { answers: [NO] },
  'a referral': { authorities: [{ type: TYPES.NS, data: [0] }] },
  'OPT alone beside the answer': { answers: [{}], additionals: [OPT] },
  'a name of 255 octets': { name: [...Array.from({ length: 127 }, () => [1, 0xff]).flat(), 0], answers: [{}] },
  'the root': { name: [0], answers: [{ name: [0] }] },
};

const REFUSED: Record<string, IMessage> = {
  'a query': { flags: 0x0100, answers: [{}] },
  'another opcode': { flags: 0xac00, answers: [{}] },
  truncated: { flags: 0x8600, answers: [{}] },
  SERVFAIL: { flags: 0x8402, answers: [{}] },
  REFUSED: { flags: 0x8405, answers: [{}] },
  FORMERR: { flags: 0x8401, answers: [{}] },
  'NXDOMAIN without a SOA': { flags: 0x8403, answers: [{ type: TYPES.CNAME, data: [0] }] },
  'an answer of nothing': {},
  'only additional records': { additionals: [{}] },
  'a TTL of 0': { answers: [{ ttl: 0 }] },
  'a TTL of 0 in authority': { answers: [{}], authorities: [{ ttl: 0 }] },
  'a TTL of 0 in the additional section': { answers: [{}], additionals: [{ ttl: 0 }] },
  'a TTL of 2^31': { answers: [{ ttl: 2 ** 31 }] },
  'a SOA whose last field is 0': { authorities: [{ ...NO, data: soaData(0) }] },
  'a SOA without its numbers': { authorities: [{ ...NO, data: [0, 0] }] },
  'an OPT option': { answers: [{}], additionals: [{ ...OPT, data: [0, 10, 0, 0] }] },
  'an extended response code': { answers: [{}], additionals: [{ ...OPT, ttl: 0x0100_0000 }] },
  'two OPTs': { answers: [{}], additionals: [OPT, OPT] },
  'an OPT with a name': { answers: [{}], additionals: [{ ...OPT, name: 'a' }] },
  'an OPT by a pointer': { name: [0], answers: [{}], additionals: [{ ...OPT, name: [0xc0, 12] }] },
  'an OPT as an answer': { answers: [{}, OPT] },
  'no question': { counts: [0, 1, 0, 0], answers: [{}] },
  'two questions': { counts: [2, 1, 0, 0], answers: [{}] },
  'another type': { type: TYPES.AAAA, answers: [{}] },
  'another class': { class: 3, answers: [{}] },
  'more records than are there': { counts: [1, 2, 0, 0], answers: [{}] },
  '65,535 records each': { counts: [1, 0xffff, 0xffff, 0xffff], answers: [{}] },
  'fewer records than are there': { counts: [1, 1, 0, 0], answers: [{}, {}] },
  'octets after the end': { answers: [{}], trailing: [0] },
  'data beyond the end': { answers: [{ size: 5 }] },
  'data that ends too soon': { answers: [{ size: 3 }] },
  'a pointer in the question': { name: [0xc0, 12], answers: [{}] },
  'a pointer into the header': { answers: [{ name: [0xc0, 10] }] },
  'a pointer to itself': { answers: [{ name: [0xc0, 33] }] },
  'a pointer ahead': { answers: [{ name: [0xc0, 45], data: [0] }] },
  'a pointer to a pointer ahead': { answers: [{ data: [0xc0, 47, 0] }, { name: [0xc0, 45] }] },
  'a loop by a label': { answers: [{}, { name: [1, 0x61, 0xc0, 49] }] },
  'a name that a pointer makes endless': {
    name: [1, 0x61, 0],
    answers: [{ data: [1, 0x61, 0xc0, 31] }, { name: [0xc0, 31] }],
  },
  'a label of a reserved kind': { answers: [{ name: [0x40, ...new Array<number>(64).fill(97), 0] }] },
  'a name of 256 octets': { name: [...Array.from({ length: 126 }, () => [1, 97]).flat(), 2, 97, 97, 0], answers: [{}] },
  'a name that pointers make too long': {
    name: [...Array.from({ length: 126 }, () => [1, 97]).flat(), 0],
    answers: [{ name: [2, 97, 97, 0xc0, 12] }],
  },
};

for (const [what, parts] of Object.entries(KEPT)) {
  tap.test(`keeps ${what}, octet for octet`, async () => {
    assert.deepEqual(kept(parts), message(parts));
  });
}

for (const [what, parts] of Object.entries(REFUSED)) {
  tap.test(`does not keep ${what}`, async () => {
    assert.equal(kept(parts), null);
  });
}

tap.test('does not keep what is cut anywhere, or is too long for a message', async () => {
  const whole = message(KEPT['records in all sections'] ?? {});
  const cache = new AnswerCache();
  for (let length = 0; length < whole.length; length++) cache.store(question(), whole.subarray(0, length), 0, 0);
  expect(cache.entries).toEqual(0);
  const data = new Array<number>(65_000).fill(0);
  cache.store(question(), message({ answers: [{ data }, { data: data.slice(0, 478) }] }), 0, 0);
  expect(cache.entries).toEqual(1);
  cache.clear();
  cache.store(question(), message({ answers: [{ data }, { data: data.slice(0, 479) }] }), 1, 0);
  expect(cache.entries).toEqual(0);
});

tap.test('does not keep transfers and transactions', async () => {
  for (const type of [249, 250, 251, 252])
    assert.equal(kept({ type, answers: [{}] }, question(undefined, { type })), null);
  assert.notEqual(kept({ type: 248, answers: [{}] }, question(undefined, { type: 248 })), null);
});

tap.test('a reply made to keep its reader busy is refused in little time', async () => {
  // Pointers, each to the one before it, and many records whose names start at the last.
  const answers = (pointers: number, records: number): IRecord[] => {
    const to = (place: number): number[] => [0xc0 | (place >> 8), place & 0xff];
    const chain = Array.from({ length: pointers }, (_, index) => to(45 + 2 * index));
    const name = to(45 + 2 * pointers);
    return [{ data: [0, 0, ...chain.flat()] }, ...Array.from({ length: records }, () => ({ name, data: [] }))];
  };
  assert.notEqual(kept({ answers: answers(126, 3900) }), null);
  assert.equal(kept({ answers: answers(127, 1) }), null);
  const reply = message({ answers: answers(8000, 3900) });
  // The quickest of some: the machine may have been busy with something else.
  const took = Array.from({ length: 5 }, () => {
    const started = performance.now();
    new AnswerCache().store(question(), reply, 0, 0);
    return performance.now() - started;
  });
  assert.ok(Math.min(...took) < 100, `${took.join(', ')} ms`);
});

tap.test('TTLs count down by whole seconds in answer, authority and additional section, OPT does not', async () => {
  const cache = new AnswerCache();
  const parts = KEPT['records in all sections'] ?? {};
  cache.store(question(), message(parts), cache.generation, 10_000);
  const at = (ms: number): number[] => ttls(cache.lookup(question(), ms) ?? assert.fail('no hit'));
  assert.deepEqual(at(10_000), [300, 60, 300, 300, 50]);
  assert.deepEqual(at(10_999.9), [300, 60, 300, 300, 50]);
  assert.deepEqual(at(11_000), [299, 59, 299, 299, 49]);
  assert.deepEqual(at(59_999), [251, 11, 251, 251, 1]);
  assert.deepEqual(at(12_500), [298, 58, 298, 298, 48]);
  const served = cache.lookup(question(), 59_999) ?? assert.fail('no hit');
  const fresh = message(parts);
  assert.deepEqual(served.subarray(-11), fresh.subarray(-11));
  served.fill(0);
  assert.deepEqual(cache.lookup(question(), 10_000), fresh);
});

tap.test('what is stored is a copy', async () => {
  const cache = new AnswerCache();
  const reply = message({ answers: [{}] });
  cache.store(question(), reply, 0, 0);
  reply.fill(0);
  assert.deepEqual(cache.lookup(question(), 0), message({ answers: [{}] }));
});

tap.test('a reply is gone exactly when its least TTL is over, and its place is given back', async () => {
  const cache = new AnswerCache();
  cache.store(question(), message({ answers: [{ ttl: 300 }, { ttl: 7 }] }), 0, 500);
  assert.deepEqual(ttls(cache.lookup(question(), 7499.99) ?? assert.fail('no hit')), [294, 1]);
  assert.equal(cache.lookup(question(), 7500), null);
  assert.deepEqual([cache.entries, cache.bytes, cache.evictions], [0, 0, 0]);
});

tap.test('a time that goes back adds nothing to a TTL, and no time at all is no hit', async () => {
  const cache = new AnswerCache();
  cache.store(question(), message({ answers: [{}] }), 0, 50_000);
  assert.deepEqual(ttls(cache.lookup(question(), 0) ?? assert.fail('no hit')), [300]);
  assert.equal(cache.lookup(question(), Number.NaN), null);
});

tap.test('lifetimes: least TTL, maxTtl, negativeTtl, the SOA', async () => {
  const long = { answers: [{ ttl: 2 ** 31 - 1 }] };
  const soa = (ttl: number, minimum: number) => ({ type: TYPES.SOA, ttl, data: soaData(minimum) });
  const any = (type: number): [IMessage, ICacheQuestion] => [{ type, answers: [NO] }, question(undefined, { type })];
  assert.equal(lifetime(long), 86_400);
  assert.equal(lifetime(long, question(), { maxTtl: 2 ** 31 - 1 }), 2 ** 31 - 1);
  assert.equal(lifetime({ answers: [{}] }, question(), { maxTtl: 5 }), 5);
  assert.equal(lifetime({ answers: [{ ttl: 90 }], additionals: [{ ttl: 80 }, OPT] }), 80);
  assert.equal(lifetime({ answers: [NO] }), 30);
  assert.equal(lifetime({ answers: [NO] }, question(), { negativeTtl: 40 }), 40);
  assert.equal(lifetime({ answers: [NO] }, question(), { negativeTtl: 0 }), 0);
  assert.equal(lifetime({ answers: [NO] }, question(), { negativeTtl: 40, maxTtl: 10 }), 10);
  assert.equal(lifetime({ answers: [soa(20, 86_400)] }), 20);
  assert.equal(lifetime({ answers: [soa(3600, 10)] }), 10);
  assert.equal(lifetime({ answers: [NO, { type: TYPES.RRSIG }] }), 30);
  assert.equal(lifetime(...any(TYPES.SOA)), 3600);
  assert.equal(lifetime(...any(TYPES.ANY)), 3600);
  assert.equal(lifetime({ flags: 0x8403, authorities: [NO] }), 30);
  assert.equal(kept({ flags: 0x8403, authorities: [NO] }, question(), { negativeTtl: 0 }), null);
  assert.equal(lifetime({ authorities: [soa(3600, 10)] }), 10);
  assert.equal(lifetime({ answers: [{}], additionals: [soa(3600, 10)] }), 300);
});

tap.test('every part of the question has answers of its own', async () => {
  const cache = new AnswerCache();
  const variants = [
    question(),
    question('www.example.co'),
    question(undefined, { rd: false }),
    question(undefined, { cd: true }),
    question(undefined, { edns: true }),
    question(undefined, { do: true, edns: true }),
    question(undefined, { do: true }),
    question(undefined, { type: 28 }),
    question(undefined, { type: 0x100 }),
    question(undefined, { type: 0x101 }),
    question(undefined, { class: 3 }),
    question(undefined, { class: 0x100 }),
    question(undefined, { class: 0x101 }),
  ];
  const replyTo = (asked: ICacheQuestion, index: number): Buffer =>
    message({ id: index, type: asked.type, class: asked.class, answers: [{}] });
  variants.forEach((asked, index) => {
    assert.equal(cache.lookup(asked, 0), null);
    cache.store(asked, replyTo(asked, index), 0, 0);
  });
  variants.forEach((asked, index) => assert.deepEqual(cache.lookup({ ...asked }, 0), replyTo(asked, index)));
  expect(cache.entries).toEqual(variants.length);
  expect(new Set(variants.map(questionKey)).size).toEqual(variants.length);
});

tap.test('a query that bypasses is neither looked up nor stored', async () => {
  const cache = new AnswerCache();
  const bypass = question(undefined, { bypass: true });
  cache.store(bypass, message({ answers: [{}] }), 0, 0);
  expect(cache.entries).toEqual(0);
  cache.store(question(), message({ answers: [{}] }), 0, 0);
  assert.equal(cache.lookup(bypass, 0), null);
  assert.notEqual(cache.lookup(question(), 0), null);
});

const fill = (cache: AnswerCache, count: number): void => {
  for (let index = 0; index < count; index++) {
    cache.store(question(`h${index}`), message({ name: `h${index}`, answers: [{}] }), cache.generation, 0);
  }
};
const there = (cache: AnswerCache, count: number): number[] =>
  Array.from({ length: count }, (_, index) => index).filter((index) => cache.lookup(question(`h${index}`), 0) !== null);

tap.test('the least recently used goes first when there are too many', async () => {
  const cache = new AnswerCache({ maxEntries: 3 });
  fill(cache, 3);
  assert.notEqual(cache.lookup(question('h0'), 1_000), null);
  cache.store(question('h9'), message({ name: 'h9', answers: [{}] }), 0, 0);
  assert.deepEqual(there(cache, 10), [0, 2, 9]);
  assert.deepEqual([cache.entries, cache.evictions], [3, 1]);
  cache.store(question('h9'), message({ name: 'h9', answers: [{}] }), 0, 0);
  assert.deepEqual([cache.entries, cache.evictions], [3, 1]);
});

tap.test('bytes are those of reply, key, offsets and overhead of each entry, and bound the whole', async () => {
  const reply = message({ name: 'h0', answers: [{}, {}] });
  const asked = question('h0');
  const each = ENTRY_OVERHEAD + reply.length + questionKey(asked).length + 2 * 8;
  assert.equal(questionKey(asked).length, 4 + 5);
  const store = (cache: AnswerCache, index: number, answers = [{}, {}]): void =>
    cache.store(question(`h${index}`), message({ name: `h${index}`, answers }), 0, 0);
  const cache = new AnswerCache({ maxBytes: 4 * each - 1 });
  for (let index = 0; index < 3; index++) {
    store(cache, index);
    assert.equal(cache.bytes, (index + 1) * each);
  }
  store(cache, 2);
  assert.equal(cache.bytes, 3 * each);
  assert.notEqual(cache.lookup(asked, 1_000), null);
  store(cache, 3);
  assert.deepEqual([there(cache, 9), cache.bytes, cache.evictions], [[0, 2, 3], 3 * each, 1]);
  store(cache, 0, [{}]);
  assert.equal(cache.bytes, 3 * each - 16 - 8);
  store(
    cache,
    4,
    Array.from({ length: 200 }, () => ({})),
  );
  assert.deepEqual([there(cache, 9), cache.evictions], [[0, 2, 3], 1], 'what never fits displaces nothing');
  cache.clear();
  assert.deepEqual([cache.entries, cache.bytes, cache.evictions], [0, 0, 1]);
});

tap.test('options are checked', async () => {
  const bad: unknown[] = [
    { maxTtl: 0 },
    { maxTtl: 2 ** 31 },
    { negativeTtl: -1 },
    { maxEntries: 0 },
    { maxEntries: 1.5 },
  ];
  for (const options of [...bad, { maxBytes: 0 }, { maxBytes: '1' }, { maxSize: 1 }, [], 7]) {
    assert.throws(
      () => new AnswerCache(options as IAnswerCacheOptions),
      /maxTtl|negativeTtl|maxEntries|maxBytes|object/,
    );
  }
  for (const key of ['maxTtl', 'negativeTtl', 'maxEntries', 'maxBytes']) new AnswerCache({ [key]: undefined });
});

export default tap.start({ throwOnError: true });
