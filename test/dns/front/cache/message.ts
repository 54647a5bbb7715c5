import assert from 'node:assert/strict';
import type { ICacheQuestion } from '../../../../ts/dns/front/cache/question.js';

export const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, OPT: 41, RRSIG: 46, ANY: 255 } as const;

export interface IRecord {
  /** Labels joined by dots, or the wire form (a pointer, for example). Default: a pointer to the question's name. */
  readonly name?: string | number[];
  readonly type?: number;
  readonly class?: number;
  readonly ttl?: number;
  readonly data?: readonly number[];
  /** A length that lies. */
  readonly size?: number;
}

export interface IMessage {
  readonly id?: number;
  /** Default: an answer, authoritative, NOERROR. */
  readonly flags?: number;
  readonly name?: string | number[];
  readonly type?: number;
  readonly class?: number;
  readonly answers?: readonly IRecord[];
  readonly authorities?: readonly IRecord[];
  readonly additionals?: readonly IRecord[];
  /** Counts that lie. */
  readonly counts?: readonly [number, number, number, number];
  readonly trailing?: readonly number[];
}

const u16 = (value: number): number[] => [value >> 8, value & 0xff];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];

export function wireName(name: string | number[]): number[] {
  if (typeof name !== 'string') return name;
  const labels = name.split('.').filter((label) => label !== '');
  return [...labels.flatMap((label) => [Buffer.byteLength(label), ...Buffer.from(label)]), 0];
}

const wireRecord = (record: IRecord): number[] => {
  const data = record.data ?? [192, 0, 2, 1];
  return [
    ...wireName(record.name ?? [0xc0, 12]),
    ...u16(record.type ?? TYPES.A),
    ...u16(record.class ?? 1),
    ...u32(record.ttl ?? 300),
    ...u16(record.size ?? data.length),
    ...data,
  ];
};

/** A message as it stands on the wire. */
export function message(parts: IMessage): Buffer {
  const sections = [parts.answers ?? [], parts.authorities ?? [], parts.additionals ?? []];
  const counts = parts.counts ?? [1, ...sections.map(({ length }) => length)];
  return Buffer.from([
    ...u16(parts.id ?? 0x1234),
    ...u16(parts.flags ?? 0x8400),
    ...counts.flatMap(u16),
    ...wireName(parts.name ?? 'www.example.com'),
    ...u16(parts.type ?? TYPES.A),
    ...u16(parts.class ?? 1),
    ...sections.flat().flatMap(wireRecord),
    ...(parts.trailing ?? []),
  ]);
}

/** The data of a SOA with this last field. */
export const soaData = (minimum: number): number[] => [0, 0, ...[1, 2, 3, 4].flatMap(u32), ...u32(minimum)];

export function question(name = 'www.example.com', rest: Partial<ICacheQuestion> = {}): ICacheQuestion {
  const plain = { type: TYPES.A, class: 1, rd: true, cd: false, do: false, edns: false, bypass: false };
  return { name: Buffer.from(wireName(name)).toString('latin1'), ...plain, ...rest };
}

export interface ISeenRecord {
  readonly section: number;
  readonly type: number;
  readonly ttl: number;
  readonly ttlOffset: number;
}

/** Names in full, by recursion: another way than the code that is tested goes. */
function skipName(octets: Buffer, at: number, depth = 0): number {
  assert.ok(depth < 200, 'a name of too many pointers');
  const octet = octets.readUInt8(at);
  if (octet >= 0xc0) {
    skipName(octets, octets.readUInt16BE(at) & 0x3fff, depth + 1);
    return at + 2;
  }
  assert.ok(octet < 64, 'a label of no known kind');
  return octet === 0 ? at + 1 : skipName(octets, at + 1 + octet, depth + 1);
}

/** Reads a whole message, or throws. */
export function parse(octets: Buffer): ISeenRecord[] {
  assert.equal(octets.readUInt16BE(4), 1);
  let at = skipName(octets, 12) + 4;
  const records: ISeenRecord[] = [];
  for (const section of [1, 2, 3]) {
    for (let left = octets.readUInt16BE(4 + 2 * section); left > 0; left--) {
      at = skipName(octets, at);
      const ttl = octets.readUInt32BE(at + 4);
      records.push({ section, type: octets.readUInt16BE(at), ttl, ttlOffset: at + 4 });
      at += 10 + octets.readUInt16BE(at + 8);
      assert.ok(at <= octets.length, 'data beyond the end');
    }
  }
  assert.equal(at, octets.length, 'octets after the last record');
  return records;
}

/** The TTLs of all records but OPT, in order. */
export const ttls = (octets: Buffer): number[] =>
  parse(octets)
    .filter(({ type }) => type !== TYPES.OPT)
    .map(({ ttl }) => ttl);

/** A repeatable source of numbers from 0 to `below - 1` (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
