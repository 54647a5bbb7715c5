import { buffer } from '../plugins.js';

const MAX_NAME = 255;
/** Room for a name in presentation form, four for each octet at most: built here, then copied into a string. */
const scratch = Buffer.allocUnsafe(4 * MAX_NAME);

export interface IQuestion {
  /** Lower case, presentation form, without the final dot; `.` for the root. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The offset behind it. */
  readonly end: number;
  /** SmartDNS can be asked: it keeps names as UTF-8 text whose dots part labels. */
  readonly speakable: boolean;
}

/** ASCII letters only, as names are compared (RFC 4343). */
const toLower = (octet: number): number => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet);

/**
 * The question at `offset`; `null` where it is none. A query's first name has nothing before it that a compression
 * pointer could mean, so that a pointer is an error, and with it every loop.
 */
export function readQuestion(packet: Buffer, offset: number): IQuestion | null {
  const { length } = packet;
  let at = offset;
  let plain = true;
  let ascii = true;
  let dotted = false;
  let written = 0;
  for (;;) {
    const label = packet[at];
    if (label === undefined || label > 63) return null;
    at++;
    if (label === 0) break;
    const end = at + label;
    // One octet for the root must follow.
    if (end >= length || end + 1 - offset > MAX_NAME) return null;
    if (written > 0) scratch[written++] = 0x2e;
    for (; at < end; at++) {
      const octet = toLower(packet[at] ?? 0);
      scratch[written++] = octet;
      if (isPlain(octet)) continue;
      plain = false;
      if (octet >= 0x80) ascii = false;
      else if (octet === 0x2e) dotted = true;
    }
  }
  if (at + 4 > length) return null;
  return {
    name: written === 0 ? '.' : plain ? scratch.toString('latin1', 0, written) : escaped(packet, offset),
    type: packet.readUInt16BE(at),
    class: packet.readUInt16BE(at + 2),
    end: at + 4,
    // Lengths are ASCII: no sequence of UTF-8 spans them.
    speakable: !dotted && (ascii || buffer.isUtf8(packet.subarray(offset, at))),
  };
}

/** Copies a question with its letters in lower case. Lengths are below 64, where no letter is. */
export function copyLowerCase(from: Buffer, to: Buffer, start: number, end: number): void {
  // The last four octets are type and class, which are no letters: 65 is `A`.
  const letters = end - 4;
  for (let at = start; at < letters; at++) to[at] = toLower(from[at] ?? 0);
  for (let at = letters; at < end; at++) to[at] = from[at] ?? 0;
}

/** Whether the reply's question is the one that was asked, without regard to case. */
export function sameQuestion(asked: Buffer, reply: Buffer, start: number, end: number): boolean {
  if (reply.length < end) return false;
  const letters = end - 4;
  for (let at = start; at < letters; at++) {
    if (asked[at] !== reply[at] && toLower(asked[at] ?? 0) !== toLower(reply[at] ?? 0)) return false;
  }
  for (let at = letters; at < end; at++) if (asked[at] !== reply[at]) return false;
  return true;
}

/** Letters, digits, `-`, `_` and `*`: what needs no escape. */
function isPlain(octet: number): boolean {
  return (
    (octet >= 0x61 && octet <= 0x7a) ||
    (octet >= 0x30 && octet <= 0x39) ||
    octet === 0x2d ||
    octet === 0x5f ||
    octet === 0x2a
  );
}

/**
 * Presentation form (RFC 4343 section 2.1) of a name that needs care. As one text: one that is put together of pieces
 * holds them all, and is kept with them.
 */
function escaped(wire: Buffer, offset: number): string {
  let written = 0;
  for (let at = offset; ;) {
    const label = wire[at++] ?? 0;
    if (label === 0) return scratch.toString('latin1', 0, written);
    if (written > 0) scratch[written++] = 0x2e;
    for (const end = at + label; at < end; at++) {
      const octet = toLower(wire[at] ?? 0);
      const shown = octet > 0x20 && octet < 0x7f;
      if (!shown || octet === 0x2e || octet === 0x5c) scratch[written++] = 0x5c;
      if (shown) scratch[written++] = octet;
      else written += scratch.write(String(octet).padStart(3, '0'), written, 'latin1');
    }
  }
}
