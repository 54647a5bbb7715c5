import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import type { IAsker } from '../../../ts/dns/front/asker.js';
import { AnswerCache, type IAnswerCacheOptions } from '../../../ts/dns/front/cache/classes.answercache.js';
import { Ledger } from '../../../ts/dns/front/classes.ledger.js';
import { Resolver } from '../../../ts/dns/front/classes.resolver.js';
import { Upstream } from '../../../ts/dns/front/classes.upstream.js';
import { readQuery } from '../../../ts/dns/front/query.js';
import type { IDnsEvents } from '../../../ts/interfaces/events.js';
import { FencedEmitter } from '../../../ts/shared/fencedemitter.js';
import { message, seeded, soaData, TYPES } from './cache/message.js';
import { LOOPBACK, opt, withOpt } from './support.js';

class Clock {
  ms = 1_000;
  now = (): number => this.ms;
  wall = (): number => 1_700_000_000_000 + this.ms;
}

/** Reads and looks up each query. */
class Forgetful extends AnswerCache {
  override recall(): null {
    return null;
  }
}

/** Answers out of the cache alone, and logs all that is told and sent. */
class Side {
  readonly log: unknown[] = [];
  readonly cache: AnswerCache;
  readonly resolver: Resolver;
  /** What a listener does when it is told next. */
  told: ((cache: AnswerCache) => void) | null = null;

  constructor(cache: AnswerCache, clock: Clock) {
    this.cache = cache;
    const emitter = new FencedEmitter<IDnsEvents>();
    // Never asked: nothing may be in flight.
    const upstream = new Upstream({ address: { host: LOOPBACK, port: 9 }, now: clock.now, stray: () => undefined });
    const settings = { timeoutMs: 1_000, maxInFlight: 0, cache, coalesce: false };
    this.resolver = new Resolver(new Ledger(emitter, clock), upstream, settings);
    for (const event of ['query-received', 'query-answered', 'query-dropped', 'packet-rejected'] as const) {
      emitter.on(event, (value) => {
        this.log.push({ ...value, event, queryId: null, active: this.resolver.active });
        const told = this.told;
        this.told = null;
        told?.(this.cache);
      });
    }
  }

  ask(packet: Buffer, source: IAsker['source']): void {
    const answer: IAsker['answer'] = (reply, sent) => {
      this.log.push(reply.toString('hex'));
      sent(null);
      reply.fill(0xee);
    };
    const giveUp: IAsker['giveUp'] = (reason) => void this.log.push(reason);
    this.resolver.resolve(packet, { source, clientIp: undefined, datagrams: source === 'udp', answer, giveUp });
  }
}

const OPTS = [
  null,
  opt(1232),
  opt(512, { dnssec: true }),
  opt(1232, { version: 1 }),
  opt(1232, { options: Buffer.from([0, 10, 0, 2, 1, 2]) }),
  opt(1232, { options: Buffer.from([0, 8, 0, 4, 0, 1, 0, 0]) }),
];
const FLAGS = [0x0100, 0x0100, 0, 0x0110, 0x0120, 0x0300, 0x8100, 0x2900];
const CHANGES: readonly ((cache: AnswerCache) => void)[] = [
  (cache) => cache.invalidate('*.test'),
  (cache) => cache.invalidate('*.other'),
  (cache) => cache.refuse('n1.test'),
  (cache) => cache.clear(),
];

function play(seed: number, steps: number, options: IAnswerCacheOptions, names: number): number {
  const below = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const clock = new Clock();
  let recalled = 0;
  const quick = new AnswerCache(options);
  const recall = quick.recall.bind(quick);
  quick.recall = (packet, nowMs) => {
    const recent = recall(packet, nowMs);
    if (recent !== null) recalled++;
    return recent;
  };
  const sides = [new Side(quick, clock), new Side(new Forgetful(options), clock)] as const;

  const makeQuery = (): Buffer => {
    const index = below(names);
    const name = `${below(4) === 0 ? 'N' : 'n'}${index}.${index % 3 === 0 ? 'other' : 'test'}`;
    const query = message({ name, flags: pick(FLAGS), type: pick([TYPES.A, TYPES.A, TYPES.TXT]) });
    const end = pick(OPTS);
    return end === null ? query : withOpt(query, end);
  };
  const known = Array.from({ length: names }, makeQuery);
  const store = (packet: Buffer, salt: number): void => {
    const query = readQuery(packet);
    if (typeof query === 'string' || query.question === null || query.refusal !== 0) return;
    const { name, type, class: dnsClass, end } = query.question;
    const records = [
      [{ ttl: 1 + salt }],
      [{ ttl: 60 }, { ttl: 9 }],
      [{ type: 16, ttl: 40, data: Array<number>(600).fill(7) }],
    ];
    const no = { flags: 0x8183, authorities: [{ type: TYPES.SOA, ttl: 20, data: soaData(salt) }] };
    const wire = [...packet.subarray(12, end - 4)];
    const reply = message({ name: wire, type, ...(salt % 4 === 3 ? no : { answers: records[salt % 4] ?? [] }) });
    const [rd, cd] = [(query.flags & 0x0100) !== 0, (query.flags & 0x0010) !== 0];
    const rest = { rd, cd, do: query.edns?.dnssec === true, edns: query.edns !== null, bypass: false };
    for (const { cache } of sides) {
      cache.store({ name, type, class: dnsClass, ...rest }, reply, cache.generation, clock.ms);
    }
  };

  for (let step = 0; step < steps; step++) {
    const what = below(100);
    if (what < 80) {
      const packet = Buffer.from(pick(known));
      packet.writeUInt16BE(below(0x1_0000), 0);
      const odd = below(20);
      if (odd === 0) packet[2 + below(packet.length - 2)] = below(256);
      const sent = odd === 1 ? packet.subarray(0, below(packet.length)) : packet;
      const whole = odd === 2 ? Buffer.concat([sent, Buffer.alloc(1 + below(300))]) : sent;
      const source = pick(['udp', 'tcp', 'https'] as const);
      const change = below(100) === 0 ? pick(CHANGES) : null;
      for (const side of sides) {
        side.told = change;
        side.ask(Buffer.from(whole), source);
        side.told = null;
      }
    } else if (what < 94) store(pick(known), below(30));
    // The order of use is kept to the second: by whole ones it is the same.
    else if (what < 98) clock.ms += options.maxEntries === undefined ? pick([0.1, 400, 999.9, 1_000, 2_345.6]) : 1_000;
    else if (what === 98 && below(5) === 0) {
      const change = pick(CHANGES);
      for (const { cache } of sides) change(cache);
    } else if (what === 99) known[below(names)] = makeQuery();
    const [fast, slow] = sides;
    assert.deepEqual(fast.log, slow.log, `seed ${seed}, step ${step}`);
    assert.deepEqual([fast.cache.entries, fast.cache.bytes, fast.cache.evictions], [slow.cache.entries, slow.cache.bytes, slow.cache.evictions]); // prettier-ignore
    fast.log.length = slow.log.length = 0;
  }
  return recalled;
}

tap.test('what is recalled is told and sent as what is read and looked up, octet for octet', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const recalled = play(seed, 5_000, {}, 12);
    assert.ok(recalled > 200, `${recalled} were recalled`);
  }
});

tap.test('as well where entries are displaced', async () => {
  for (let seed = 1; seed <= 4; seed++) assert.ok(play(seed, 5_000, { maxEntries: 6 }, 12) > 100);
});

export default tap.start({ throwOnError: true });
