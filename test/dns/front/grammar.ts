import { ADDRESS, opt, record, replyTo } from './support.js';

/** Numbers that a seed decides: mulberry32. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to below `sides`. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }

  chance(oneIn: number): boolean {
    return this.roll(oneIn) === 0;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.roll(choices.length)] as T;
  }

  octets(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.roll(256)));
  }
}

const PLAIN = ['a', 'B', 'www', 'WwW', 'example', 'TEST', '_tcp', '*', 'xn--4ca', '0-9'];

function label(dice: Dice): Buffer {
  const octets = dice.chance(8) ? dice.octets(dice.roll(64)) : Buffer.from(dice.pick(PLAIN));
  // A length that lies, a kind that is reserved, a pointer.
  const length = dice.chance(200) ? dice.roll(256) : octets.length;
  return Buffer.concat([Buffer.from([length]), octets]);
}

function name(dice: Dice): Buffer {
  if (dice.chance(60)) return Buffer.from([0xc0 | dice.roll(64), dice.roll(40)]);
  const labels = Array.from({ length: dice.chance(50) ? dice.roll(140) : dice.roll(5) }, () => label(dice));
  const end = dice.chance(60) ? Buffer.from([0xc0, dice.roll(40)]) : Buffer.from([0]);
  return Buffer.concat([...labels.filter((part) => part[0] !== 0), end]);
}

function question(dice: Dice): Buffer {
  const type = dice.chance(10) ? dice.roll(65_536) : dice.pick([1, 1, 28, 15, 16, 6, 255, 65, 48]);
  const dnsClass = dice.chance(40) ? dice.roll(65_536) : 1;
  return Buffer.concat([name(dice), Buffer.from([type >> 8, type & 255, dnsClass >> 8, dnsClass & 255])]);
}

function options(dice: Dice): Buffer<ArrayBuffer> {
  const parts = Array.from({ length: dice.roll(4) }, () => {
    const data = dice.octets(dice.roll(20));
    const length = dice.chance(15) ? dice.roll(300) : data.length;
    return Buffer.concat([Buffer.from([0, dice.pick([3, 8, 10, 11, 12, 15, 200]), length >> 8, length & 255]), data]);
  });
  return Buffer.concat(parts);
}

function additional(dice: Dice): Buffer {
  if (dice.chance(12)) return record(dice.roll(300), dice.octets(dice.roll(30)));
  const size = dice.pick([0, 511, 512, 1232, 4096, 65_535]);
  return opt(size, { dnssec: dice.chance(3), version: dice.chance(25) ? dice.roll(256) : 0, options: options(dice) });
}

/** A packet that a client may send: mostly right, with something wrong in it as the dice fall. Its id is as given. */
export function packet(dice: Dice, id: number): Buffer {
  const questions = dice.chance(20) ? dice.roll(4) : 1;
  const additionals = dice.chance(2) ? (dice.chance(10) ? dice.roll(4) : 1) : 0;
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(dice.chance(10) ? dice.roll(65_536) : dice.pick([0x0100, 0, 0x0120, 0x0110]), 2);
  for (const [at, count] of [questions, 0, 0, additionals].entries()) {
    header.writeUInt16BE(dice.chance(60) ? dice.roll(65_536) : count, 4 + 2 * at);
  }
  let whole: Buffer = Buffer.concat([
    header,
    ...Array.from({ length: questions }, () => question(dice)),
    ...Array.from({ length: additionals }, () => additional(dice)),
  ]);
  if (dice.chance(20)) whole = Buffer.concat([whole, dice.octets(dice.roll(50))]);
  if (dice.chance(12)) whole = whole.subarray(0, dice.roll(whole.length + 1));
  for (let flips = dice.chance(6) ? dice.roll(4) : 0; flips > 0; flips--) {
    if (whole.length > 2) whole[2 + dice.roll(whole.length - 2)] = dice.roll(256);
  }
  return whole;
}

/** What an upstream may send for a query: mostly a right answer. Several, or none. */
export function replies(dice: Dice, query: Buffer): Buffer[] {
  if (dice.chance(150)) return [];
  const soa = record(6, Buffer.concat([Buffer.from([0, 0]), dice.octets(20)]));
  const answers = dice.pick<readonly Buffer[]>([
    [ADDRESS],
    [ADDRESS, ADDRESS],
    [soa],
    [],
    [record(16, dice.octets(dice.roll(2_000)))],
  ]);
  const reply = replyTo(query, answers, dice.chance(10) ? dice.roll(16) : 0);
  const sent: Buffer[] = [reply];
  if (dice.chance(20)) {
    // Damage behind the question is the client's to judge; in it the reply is another's.
    const damaged = Buffer.from(reply);
    damaged[dice.roll(damaged.length)] = dice.roll(256);
    sent.unshift(damaged);
  }
  if (dice.chance(40)) sent.unshift(reply.subarray(0, dice.roll(reply.length)));
  if (dice.chance(40)) sent.push(dice.octets(dice.roll(60)));
  return sent;
}
