import { AT, OPT_SIZE, TYPE } from './message.js';
import { skipName, skipRest } from './records.js';

const CLIENT_SUBNET = 8;
/** What we say we take, the size of DNS Flag Day 2020. */
const OUR_SIZE = 1232;

/** What an OPT record says (RFC 6891). */
export interface IEdns {
  /** The largest reply that the sender takes over UDP. */
  readonly size: number;
  readonly extendedCode: number;
  readonly version: number;
  /** The DO bit. */
  readonly dnssec: boolean;
  /** The client subnet option is there (RFC 7871). */
  readonly subnet: boolean;
}

/** The OPT record of a message whose questions end at `offset`; `null`: none, `'malformed'`: the records are no good. */
export function readEdns(packet: Buffer, offset: number): IEdns | null | 'malformed' {
  const before = packet.readUInt16BE(AT.answers) + packet.readUInt16BE(AT.authorities);
  const all = before + packet.readUInt16BE(AT.additionals);
  let edns: IEdns | null = null;
  let at = offset;
  for (let index = 0; index < all; index++) {
    const named = skipName(packet, at);
    const end = skipRest(packet, named);
    if (end < 0) return 'malformed';
    if (packet.readUInt16BE(named) === TYPE.opt) {
      // One only, of the root, among the additional records (RFC 6891 section 6.1.1).
      if (edns !== null || index < before || packet[at] !== 0) return 'malformed';
      const subnet = hasSubnet(packet, named + 10, end);
      if (subnet === null) return 'malformed';
      edns = {
        size: packet.readUInt16BE(named + 2),
        extendedCode: packet[named + 4] ?? 0,
        version: packet[named + 5] ?? 0,
        dnssec: ((packet[named + 6] ?? 0) & 0x80) !== 0,
        subnet,
      };
    }
    at = end;
  }
  return edns;
}

/** `null`: the options do not fill their room. */
function hasSubnet(packet: Buffer, start: number, end: number): boolean | null {
  let found = false;
  let at = start;
  while (at < end) {
    if (at + 4 > end) return null;
    if (packet.readUInt16BE(at) === CLIENT_SUBNET) found = true;
    at += 4 + packet.readUInt16BE(at + 2);
  }
  return at === end ? found : null;
}

/** Writes an OPT record without options at `offset` and counts it. */
export function writeOpt(packet: Buffer, offset: number, dnssec: boolean, extendedCode = 0): void {
  packet.fill(0, offset, offset + OPT_SIZE);
  packet[offset + 2] = TYPE.opt;
  packet.writeUInt16BE(OUR_SIZE, offset + 3);
  packet[offset + 5] = extendedCode;
  if (dnssec) packet[offset + 7] = 0x80;
  packet.writeUInt16BE(packet.readUInt16BE(AT.additionals) + 1, AT.additionals);
}
