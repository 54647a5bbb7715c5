import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { AnswerCache, type IAnswerCacheOptions } from '../../../../ts/dns/front/cache/classes.answercache.js';
import type { ICacheQuestion } from '../../../../ts/dns/front/cache/question.js';
import { readQuery } from '../../../../ts/dns/front/query.js';
import { message, question } from './message.js';

const NAME = 'www.example.com';
const A = { answers: [{ ttl: 60 }, { ttl: 90, data: [192, 0, 2, 2] }] };

const ask = (name = NAME, id = 1, flags = 0x0100): Buffer => message({ id, name, flags, counts: [1, 0, 0, 0] });

class Bench {
  readonly cache: AnswerCache;

  constructor(options: IAnswerCacheOptions = {}) {
    this.cache = new AnswerCache(options);
  }

  /** Kept, and sent to `packet` so often that it is recalled. */
  give(packet: Buffer, asked: ICacheQuestion, parts: Parameters<typeof message>[0] = A, nowMs = 0): void {
    this.cache.store(asked, message({ name: NAME, ...parts }), this.cache.generation, nowMs);
    this.send(packet, asked, nowMs);
    this.send(packet, asked, nowMs);
  }

  /** `told`: what is done by somebody who is told of the query before it is answered. */
  send(packet: Buffer, asked: ICacheQuestion, nowMs = 0, told: () => void = () => undefined): void {
    const query = readQuery(packet);
    assert.ok(typeof query === 'object' && query.question !== null);
    const kept = this.cache.find(asked);
    const reply = kept === null ? null : this.cache.copy(kept, nowMs);
    assert.ok(kept !== null && reply !== null);
    told();
    this.cache.remember(kept, { packet, question: query.question, code: 0, answered: true }, reply, nowMs);
  }

  /** What is sent again, but for the id. */
  again(packet: Buffer, nowMs = 0): Buffer | null {
    const recent = this.cache.recall(packet, nowMs);
    if (recent === null) return null;
    const reply = this.cache.repeat(recent, packet);
    assert.equal(reply.readUInt16BE(0), packet.readUInt16BE(0));
    return reply;
  }
}

const withId = (reply: Buffer | null, id: number): Buffer | null => {
  reply?.writeUInt16BE(id, 0);
  return reply;
};

tap.test('what is sent again is what a look-up gives, at any time, until it expires', async () => {
  // Around a power of two sums round in another way on each side.
  const rounding = Array.from({ length: 20 }, (_unused, index) => 2 ** 21 - 1_500 + index * 0.137);
  for (const storedAt of [0, 0.1, 1_234_567.891_234_5, ...rounding]) {
    const bench = new Bench();
    bench.give(ask(), question(), A, storedAt);
    // Steps of all sizes, some of them whole seconds.
    for (let ms = 0, step = 0; ms < 60_000; step = (step + 7) % 13, ms += step === 3 ? 1_000 : step * 97.3) {
      const reply = bench.again(ask(NAME, 0xbeef), storedAt + ms);
      assert.deepEqual(reply, withId(bench.cache.lookup(question(), storedAt + ms), 0xbeef), `${storedAt} and ${ms}`);
    }
    assert.notEqual(bench.again(ask(), storedAt + 59_990), null);
    assert.equal(bench.again(ask(), storedAt + 60_001), null);
    assert.equal(bench.cache.entries, 0);
  }
});

tap.test('what one asker does to his copy no other one sees', async () => {
  const bench = new Bench();
  bench.give(ask(), question());
  const first = bench.again(ask());
  const sent = Buffer.from(first ?? []);
  first?.fill(0);
  assert.deepEqual(bench.again(ask()), sent);
});

tap.test('another query is not recalled, however alike', async () => {
  const bench = new Bench();
  const packet = ask();
  bench.give(packet, question());
  for (let at = 2; at < packet.length; at++) {
    for (const change of [1, 0x20, 0x80]) {
      const other = Buffer.from(packet);
      other.writeUInt8((packet[at] ?? 0) ^ change, at);
      assert.equal(bench.again(other), null, `octet ${at}`);
    }
  }
  for (let length = 0; length < packet.length; length++) assert.equal(bench.again(packet.subarray(0, length)), null);
  assert.equal(bench.again(Buffer.concat([packet, Buffer.alloc(1)])), null);
  assert.notEqual(bench.again(packet), null);
});

tap.test('it goes with what is kept: stored anew, displaced, dropped, invalidated', async () => {
  const ends: [string, (bench: Bench) => void][] = [
    ['stored anew', ({ cache }) => cache.store(question(), message({ name: NAME, ...A }), cache.generation, 0)],
    [
      'displaced',
      ({ cache }) => cache.store(question('b.test'), message({ name: 'b.test', ...A }), cache.generation, 0),
    ],
    ['dropped', ({ cache }) => cache.clear()],
    ['invalidated', ({ cache }) => cache.invalidate('*.example.com')],
  ];
  for (const [what, end] of ends) {
    const bench = new Bench({ maxEntries: 1 });
    bench.give(ask(), question());
    assert.notEqual(bench.again(ask()), null);
    end(bench);
    assert.equal(bench.again(ask()), null, what);
  }
});

tap.test('what is declared untrue between its copy and its sending is sent once and not again', async () => {
  const ends: [string, (bench: Bench) => void][] = [
    ['dropped', ({ cache }) => cache.clear()],
    ['invalidated', ({ cache }) => cache.invalidate('*.example.com')],
    ['refused', ({ cache }) => cache.refuse(NAME)],
  ];
  for (const [what, end] of ends) {
    const bench = new Bench();
    bench.cache.store(question(), message({ name: NAME, ...A }), bench.cache.generation, 0);
    bench.send(ask(), question());
    bench.send(ask(), question(), 0, () => end(bench));
    assert.equal(bench.again(ask()), null, what);
    assert.equal(bench.cache.lookup(question(), 0), null, what);
  }
});

tap.test('it comes back where an invalidation was of others', async () => {
  const bench = new Bench();
  bench.give(ask(), question());
  bench.cache.invalidate('*.example.org');
  assert.equal(bench.again(ask()), null);
  bench.send(ask(), question());
  bench.send(ask(), question());
  assert.notEqual(bench.again(ask()), null);
});

tap.test('one form of a question at a time; what is not asked for makes room', async () => {
  const bench = new Bench();
  const [plain, shouted] = [ask(), ask('WWW.example.com')];
  bench.give(plain, question());
  bench.again(plain);
  bench.send(shouted, question());
  assert.equal(bench.again(shouted), null, 'the first one is in use');
  bench.send(shouted, question());
  assert.deepEqual([bench.again(plain), bench.again(shouted)], [null, null], 'it came once since there was room');
  bench.send(shouted, question());
  assert.deepEqual([bench.again(plain), bench.again(shouted) === null], [null, false], 'it was not asked for again');
  bench.cache.clear();
  assert.equal(bench.again(shouted), null);
});

tap.test('a query that is another one each time is never recalled, and displaces nothing', async () => {
  const bench = new Bench();
  bench.cache.store(question(), message({ name: NAME, ...A }), bench.cache.generation, 0);
  const forms = [ask(), ask('WWW.example.com'), ask('www.EXAMPLE.com')];
  for (let time = 0; time < 30; time++) {
    bench.send(forms[time % 3] ?? ask(), question());
    for (const form of forms) assert.equal(bench.again(form), null);
  }
  const [plain, shouted] = [ask(), ask('WWW.example.com')];
  bench.give(plain, question());
  for (let time = 0; time < 30; time++) {
    assert.notEqual(bench.again(plain), null);
    bench.send(shouted, question());
  }
});

tap.test('long queries and long answers are looked up each time', async () => {
  const bench = new Bench();
  const name = `${'a'.repeat(60)}.test`;
  bench.give(ask(name), question(name), { ...A, name });
  assert.equal(bench.again(ask(name)), null);
  const long = Array.from({ length: 12 }, () => ({}));
  bench.give(ask(), question(), { answers: long });
  assert.equal(bench.again(ask()), null);
  assert.notEqual(bench.cache.lookup(question(), 0), null);
});

tap.test('more questions than there is room for: each answer is its own', async () => {
  const bench = new Bench();
  const names = Array.from({ length: 40_000 }, (_unused, index) => `n${index}.test`);
  for (const name of names) bench.give(ask(name), question(name), { ...A, name });
  const found = (): string[] =>
    names.filter((name) => {
      const reply = bench.again(ask(name, 7));
      if (reply === null) return false;
      assert.deepEqual(reply, withId(message({ name, ...A }), 7));
      return true;
    });
  const before = found();
  assert.ok(before.length > 14_000 && before.length <= 32_768, `${before.length} were found`);
  // What is as long as it likes touches nobody else's.
  const data = [0, 12, 1000 >> 8, 1000 & 0xff, ...Array.from({ length: 1000 }, () => 0xff)];
  for (const name of names.slice(0, 20)) {
    const padded = message({ name, flags: 0x0100, additionals: [{ name: [0], type: 41, class: 1232, ttl: 0, data }] });
    bench.give(padded, question(name, { edns: true }), { ...A, name });
    assert.equal(bench.again(padded), null);
  }
  assert.deepEqual(found(), before);
  // Some of these meet the whole query where it has its place.
  for (const name of before) {
    const packet = ask(name);
    for (let length = 2; length < packet.length; length++) assert.equal(bench.again(packet.subarray(0, length)), null);
  }
});

export default tap.start({ throwOnError: true });
