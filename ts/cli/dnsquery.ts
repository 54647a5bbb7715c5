import { crypto } from './plugins.js';

export const QUERY_TYPES = { A: 1, NS: 2, CNAME: 5, MX: 15, TXT: 16, AAAA: 28 } as const;
export type TQueryType = keyof typeof QUERY_TYPES;

/** One question of class IN, recursion desired (RFC 1035, 4.1). */
export function dnsQuery(name: string, type: TQueryType): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(crypto.randomInt(65536), 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  const labels = name.split('.').flatMap((label) => [Buffer.of(label.length), Buffer.from(label)]);
  return Buffer.concat([header, ...labels, Buffer.of(0, 0, QUERY_TYPES[type], 0, 1)]);
}
