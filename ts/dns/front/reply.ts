import { readEdns, writeOpt } from './edns.js';
import { AT, CODE, FLAG, HEADER_SIZE, OPT_SIZE, TYPE } from './message.js';
import type { IQuery } from './query.js';
import type { IQuestion } from './question.js';
import { skipName, skipRest } from './records.js';

/** The most that one UDP datagram takes over IPv6, and over IPv4 as well. */
const MAX_DATAGRAM = 65_487;
const WITHOUT_EDNS = 512;

/** The largest reply that fits the client over UDP. */
export function datagramLimit({ edns }: IQuery): number {
  if (edns === null) return WITHOUT_EDNS;
  return Math.min(Math.max(edns.size, WITHOUT_EDNS), MAX_DATAGRAM);
}

/** An answer of our own: no records, the question where there was exactly one. */
export function refusal(query: IQuery, code: number): Buffer {
  const { packet, question, flags, edns } = query;
  const echoed = question !== null && packet.readUInt16BE(AT.questions) === 1 ? question.end : HEADER_SIZE;
  const reply = Buffer.allocUnsafe(echoed + (edns === null ? 0 : OPT_SIZE));
  packet.copy(reply, 0, 0, echoed);
  // Of the client's flags only the opcode, RD and CD go back.
  reply.writeUInt16BE(
    FLAG.response | (flags & (FLAG.opcode | FLAG.recursion | FLAG.unchecked)) | (code & 15),
    AT.flags,
  );
  reply.fill(0, AT.questions, HEADER_SIZE);
  if (echoed > HEADER_SIZE) reply[AT.questions + 1] = 1;
  if (edns !== null) writeOpt(reply, echoed, edns.dnssec, code >> 4);
  return reply;
}

/**
 * SmartDNS's reply as this client gets it: its id and letters, an OPT where it sent one, cut to `limit` with TC set.
 * Owner names that point to the question come along. The buffer given is changed.
 */
export function addressed(reply: Buffer, query: IQuery, question: IQuestion, limit: number): Buffer {
  const { packet, edns } = query;
  // Few octets: `copy` would take longer.
  for (let at = HEADER_SIZE; at < question.end - 4; at++) reply[at] = packet[at] ?? 0;
  reply[0] = packet[0] ?? 0;
  reply[1] = packet[1] ?? 0;
  const adds = edns !== null && !hasOpt(reply, question.end);
  const room = adds ? OPT_SIZE : 0;
  const cut = reply.length + room > limit;
  if (!cut && !adds) return reply;
  const kept = cut ? question.end : reply.length;
  // Cut, the OPT of an upstream that sends one goes with the rest; the client is still owed one.
  const withOpt = edns !== null && (adds || cut);
  const sent = Buffer.allocUnsafe(kept + (withOpt ? OPT_SIZE : 0));
  reply.copy(sent, 0, 0, kept);
  if (cut) {
    sent.writeUInt16BE(sent.readUInt16BE(AT.flags) | FLAG.truncated, AT.flags);
    sent.fill(0, AT.answers, HEADER_SIZE);
  }
  if (withOpt) writeOpt(sent, kept, edns.dnssec);
  return sent;
}

function hasOpt(reply: Buffer, end: number): boolean {
  if (reply.readUInt16BE(AT.additionals) === 0) return false;
  const edns = readEdns(reply, end);
  return edns !== null && edns !== 'malformed';
}

/** RFC 6891's twelve bits where the reply has an OPT. */
export function codeOf(reply: Buffer, end: number): number {
  const code = reply.readUInt16BE(AT.flags) & 15;
  if (reply.readUInt16BE(AT.additionals) === 0) return code;
  const edns = readEdns(reply, end);
  return edns === null || edns === 'malformed' ? code : code | (edns.extendedCode << 4);
}

/** Somebody had an answer. SmartDNS says no by a lone SOA (with its signature) as the answer to another question. */
export function isAnswered(reply: Buffer, question: IQuestion): boolean {
  if ((reply.readUInt16BE(AT.flags) & 15) !== CODE.noerror) return false;
  const answers = reply.readUInt16BE(AT.answers);
  if (answers === 0) return false;
  if (question.type === TYPE.soa || question.type === TYPE.any) return true;
  let soas = 0;
  for (let index = 0, at = question.end; index < answers; index++) {
    const named = skipName(reply, at);
    at = skipRest(reply, named);
    if (at < 0) return true;
    const type = reply.readUInt16BE(named);
    if (type === TYPE.soa) soas++;
    else if (type !== TYPE.rrsig || question.type === TYPE.rrsig) return true;
  }
  return soas !== 1;
}
