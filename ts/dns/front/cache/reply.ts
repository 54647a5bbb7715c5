const HEADER = 12;
const MAX_NAME = 255;
/** A name has at most 127 labels, so more pointers serve only to keep a reader busy. */
const MAX_POINTERS = 127;
/** Type, class, TTL and data length. */
const RECORD_FIXED = 10;
/** RFC 2181 section 8: more counts as 0. */
const MAX_TTL = 0x7fff_ffff;
const SOA_MIN_DATA = 22;

const QR = 0x80;
const OPCODE = 0x78;
const TC = 0x02;
const NOERROR = 0;
const NXDOMAIN = 3;

const SOA = 6;
const OPT = 41;
const ANY = 255;
/** TKEY, TSIG, IXFR and AXFR: a secret, or a reply of many messages. */
const isTransaction = (type: number): boolean => type >= 249 && type <= 252;

/** What of a reply decides whether and how long it may be kept. */
export interface IKeepableReply {
  /** Where the TTLs of all records but OPT stand, from the start of the message. */
  readonly ttlOffsets: readonly number[];
  /** Seconds: the least TTL, and no more than the last field of the SOA of a negative answer. */
  readonly lifetime: number;
  /** NXDOMAIN, a SOA in authority, or SmartDNS's way to say no: a SOA in the answer section that nobody asked for. */
  readonly negative: boolean;
}

/** Where the name at `start` ends in place, or -1. Pointers lead back only, so that no chain of them is a loop. */
function nameEnd(message: Uint8Array, start: number): number {
  let at = start;
  let end = -1;
  let limit = start;
  let length = 0;
  let pointers = 0;
  for (;;) {
    const octet = message[at];
    if (octet === undefined) return -1;
    if (octet >= 0xc0) {
      const low = message[at + 1];
      if (low === undefined || ++pointers > MAX_POINTERS) return -1;
      if (end < 0) end = at + 2;
      at = ((octet & 0x3f) << 8) | low;
      if (at < HEADER || at >= limit) return -1;
      limit = at;
      continue;
    }
    length += octet + 1;
    if (octet > 0x3f || length > MAX_NAME) return -1;
    at += octet + 1;
    if (octet === 0) return end < 0 ? at : end;
  }
}

/** Where the first record starts, or -1 if this is no whole answer to one question of this type and class. */
function questionEnd(reply: Buffer, type: number, dnsClass: number): number {
  if (reply.length < HEADER || reply.length > 0xffff) return -1;
  const flags = reply[2] ?? 0;
  if ((flags & (QR | OPCODE | TC)) !== QR || reply.readUInt16BE(4) !== 1) return -1;
  // Inside the question nothing stands before the name, so a pointer is refused there.
  const end = nameEnd(reply, HEADER);
  if (end < 0 || end + 4 > reply.length || isTransaction(type)) return -1;
  return reply.readUInt16BE(end) === type && reply.readUInt16BE(end + 2) === dnsClass ? end + 4 : -1;
}

/** OPT without options and extended response code, at the root. */
function isPlainOpt(reply: Buffer, start: number, fixed: number): boolean {
  return fixed === start + 1 && reply[fixed + 4] === 0 && reply.readUInt16BE(fixed + 8) === 0;
}

/**
 * Reads a reply that came from the network; null if it must not be kept: malformed, not for this question, truncated,
 * neither NOERROR nor NXDOMAIN, with OPT options, without a record that tells how long it holds.
 * Never throws.
 */
export function readReply(reply: Buffer, type: number, dnsClass: number): IKeepableReply | null {
  let at = questionEnd(reply, type, dnsClass);
  if (at < 0) return null;
  const code = (reply[3] ?? 0) & 0x0f;
  const answers = reply.readUInt16BE(6);
  const authorityEnd = answers + reply.readUInt16BE(8);
  const total = authorityEnd + reply.readUInt16BE(10);
  if ((code !== NOERROR && code !== NXDOMAIN) || authorityEnd === 0) return null;
  const ttlOffsets: number[] = [];
  let lifetime = MAX_TTL;
  let sawSoa = false;
  let sawOpt = false;
  for (let index = 0; index < total; index++) {
    const fixed = nameEnd(reply, at);
    if (fixed < 0 || fixed + RECORD_FIXED > reply.length) return null;
    const recordType = reply.readUInt16BE(fixed);
    const size = reply.readUInt16BE(fixed + 8);
    const next = fixed + RECORD_FIXED + size;
    if (next > reply.length) return null;
    if (recordType === OPT) {
      if (sawOpt || index < authorityEnd || !isPlainOpt(reply, at, fixed)) return null;
      sawOpt = true;
    } else {
      const ttl = reply.readUInt32BE(fixed + 4);
      if (ttl > MAX_TTL) return null;
      lifetime = Math.min(lifetime, ttl);
      ttlOffsets.push(fixed + 4);
    }
    const saysNo = index < answers ? type !== SOA && type !== ANY : index < authorityEnd;
    if (recordType === SOA && saysNo) {
      if (size < SOA_MIN_DATA) return null;
      sawSoa = true;
      // RFC 2308 section 5: the lesser of the SOA's TTL and its last field.
      lifetime = Math.min(lifetime, reply.readUInt32BE(next - 4));
    }
    at = next;
  }
  // RFC 2308 section 5: without a SOA nobody says how long a name does not exist.
  if (at !== reply.length || (code === NXDOMAIN && !sawSoa)) return null;
  return { ttlOffsets, lifetime, negative: sawSoa };
}

/** Takes `seconds` from each TTL, which is larger. */
export function countDown(reply: Uint8Array, ttlOffsets: readonly number[], seconds: number): void {
  for (const at of ttlOffsets) takeSeconds(reply, at, seconds);
}

/** The same for the TTL at one place. By octets: Buffer's own methods check each access once more. */
export function takeSeconds(octets: Uint8Array, at: number, seconds: number): void {
  const ttl =
    ((octets[at] ?? 0) << 24) | ((octets[at + 1] ?? 0) << 16) | ((octets[at + 2] ?? 0) << 8) | (octets[at + 3] ?? 0);
  const left = ttl - seconds;
  octets[at] = left >> 24;
  octets[at + 1] = left >> 16;
  octets[at + 2] = left >> 8;
  octets[at + 3] = left;
}

/** The question's name as SmartDNS gives it to its patterns: labels joined by dots, UTF-8; `.` for the root. Of a reply that was read. */
export function questionName(reply: Buffer): string {
  const end = nameEnd(reply, HEADER);
  const octets = Buffer.from(reply.subarray(HEADER, end - 1));
  for (let at = 0; at < octets.length;) {
    const length = octets[at] ?? 0;
    octets[at] = 0x2e;
    at += length + 1;
  }
  return octets.length === 0 ? '.' : octets.toString('utf8', 1);
}
