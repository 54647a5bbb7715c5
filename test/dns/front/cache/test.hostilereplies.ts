import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { AnswerCache } from '../../../../ts/dns/front/cache/classes.answercache.js';
import { message, parse, question, seeded, soaData, ttls, TYPES } from './message.js';
import type { IMessage, IRecord } from './message.js';

const REPLIES = 50_000;
const SEED = 20_251;
const OPT = { name: [0], type: TYPES.OPT, class: 1232, ttl: 0x8000, data: [] };

/** The cache's answers against those of a parser that was written another way. */
function assertFaithful(cache: AnswerCache, reply: Buffer, nowMs: number, ageMs: number): boolean {
  const asked = question();
  const before = Buffer.from(reply);
  cache.store(asked, reply, cache.generation, nowMs);
  assert.deepEqual(reply, before, 'the reply given is not written to');
  const served = cache.lookup(asked, nowMs + ageMs);
  cache.invalidate('*.example.com');
  cache.clear();
  assert.equal(cache.bytes, 0);
  if (served === null) return false;
  const seconds = Math.floor(ageMs / 1000);
  const wanted = Buffer.from(reply);
  for (const { type, ttl, ttlOffset } of parse(reply)) {
    if (type === TYPES.OPT) continue;
    assert.ok(ttl > seconds && ttl < 2 ** 31, 'at least 1 is left');
    wanted.writeUInt32BE(ttl - seconds, ttlOffset);
  }
  assert.deepEqual(served, wanted);
  assert.equal((served[2] ?? 0) & 0x82, 0x80, 'an answer, whole');
  return true;
}

const SEEDS = [
  message({ answers: [{}, { ttl: 60 }] }),
  message({ answers: [{ type: TYPES.SOA, ttl: 3600, data: soaData(300) }] }),
  message({ flags: 0x8403, authorities: [{ type: TYPES.SOA, ttl: 900, data: soaData(900) }], additionals: [OPT] }),
  message({
    answers: [{ data: [3, 119, 119, 119, 0xc0, 16], type: TYPES.CNAME }, { name: [0xc0, 45] }],
    authorities: [{ name: [0xc0, 16], type: TYPES.NS, data: [2, 110, 115, 0xc0, 16] }],
    additionals: [{ name: [0xc0, 91], ttl: 20 }, OPT],
  }),
];

/** One to four changes: an octet, a number at a place that means something, a cut, an insertion, a repetition. */
function mutate(seed: Buffer, random: (below: number) => number): Buffer {
  let octets = Buffer.from(seed);
  for (let left = 1 + random(4); left > 0; left--) {
    const at = random(octets.length);
    const change = random(7);
    if (change === 0) octets[at] = random(256);
    else if (change === 1) octets[at] = (octets[at] ?? 0) ^ (1 << random(8));
    else if (change === 2 && octets.length > 1)
      octets.writeUInt16BE(0xc000 | random(octets.length), random(octets.length - 1));
    else if (change === 3) octets = octets.subarray(0, at + 1);
    else if (change === 4)
      octets = Buffer.concat([octets.subarray(0, at), Buffer.from([random(64)]), octets.subarray(at)]);
    else if (change === 5) octets = Buffer.concat([octets, octets.subarray(at)]);
    else if (octets.length > 12) octets.writeUInt16BE(random(4), 4 + 2 * random(4));
  }
  return octets;
}

tap.test(`${REPLIES} mutated replies: nothing is thrown, and what is served parses and is what came`, async () => {
  const random = seeded(SEED);
  const cache = new AnswerCache({ maxEntries: 2 });
  let served = 0;
  for (let index = 0; index < REPLIES; index++) {
    const reply = mutate(SEEDS[random(SEEDS.length)] ?? assert.fail(), random);
    try {
      if (assertFaithful(cache, reply, index, random(40) * 500)) served++;
    } catch (error) {
      throw new Error(`reply ${index} of seed ${SEED}: ${reply.toString('hex')}`, { cause: error });
    }
  }
  assert.ok(
    served > REPLIES / 50 && served < REPLIES / 2,
    `${served} were served: the mutations are too wild or too tame`,
  );
});

tap.test('noise is never kept', async () => {
  const random = seeded(SEED);
  const cache = new AnswerCache({ maxEntries: 2 });
  for (let index = 0; index < 5000; index++) {
    const noise = Buffer.from(Array.from({ length: random(100) }, () => random(256)));
    assert.equal(assertFaithful(cache, noise, 0, 0), false);
  }
});

const record: fc.Arbitrary<IRecord> = fc.record({
  name: fc.constantFrom<string | number[]>('www.example.com', 'a.b', [0], [0xc0, 12], [1, 97, 0xc0, 16]),
  type: fc.constantFrom(TYPES.A, TYPES.NS, TYPES.TXT, TYPES.AAAA, TYPES.RRSIG, 0xff00),
  ttl: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  data: fc.array(fc.nat(255), { maxLength: 40 }),
});
const sections: fc.Arbitrary<IMessage> = fc.record({
  id: fc.nat(0xffff),
  answers: fc.array(record, { minLength: 1, maxLength: 6 }),
  authorities: fc.array(record, { maxLength: 3 }),
  additionals: fc
    .tuple(fc.array(record, { maxLength: 3 }), fc.boolean())
    .map(([some, opt]) => (opt ? [...some, OPT] : some)),
});

tap.test('a hit is the stored reply but for the TTLs, until the least of them is over', async () => {
  fc.assert(
    fc.property(sections, fc.double({ min: 0, max: 1.5, noNaN: true }), fc.nat(1e9), (parts, part, nowMs) => {
      const reply = message(parts);
      const life = Math.min(...ttls(reply), 86_400) * 1000;
      const ageMs = Math.floor(life * part);
      assert.equal(assertFaithful(new AnswerCache({ maxEntries: 2 }), reply, nowMs, ageMs), ageMs < life);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

export default tap.start({ throwOnError: true });
