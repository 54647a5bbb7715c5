import { readEdns, writeOpt, type IEdns } from './edns.js';
import { AT, CODE, FLAG, HEADER_SIZE, OPT_SIZE, opcodeOf } from './message.js';
import { copyLowerCase, readQuestion, type IQuestion } from './question.js';

/** A message that gets an answer, if only a refusal. */
export interface IQuery {
  /** As it came; kept for the client's own letters. */
  readonly packet: Buffer;
  readonly flags: number;
  /** The first one; `null` where it cannot be read. */
  readonly question: IQuestion | null;
  readonly edns: IEdns | null;
  /** What it is answered with at once; `NOERROR`: it is to be relayed. */
  readonly refusal: number;
}

/** Why a message gets no answer at all. */
export type TReject = 'short' | 'response';

/** Reads what is needed of a message: header, first question, EDNS. Never throws. */
export function readQuery(packet: Buffer): IQuery | TReject {
  if (packet.length < HEADER_SIZE) return 'short';
  const flags = packet.readUInt16BE(AT.flags);
  // An answer to an answer would be the start of a loop between two servers.
  if ((flags & FLAG.response) !== 0) return 'response';
  const questions = packet.readUInt16BE(AT.questions);
  const question = questions === 0 ? null : readQuestion(packet, HEADER_SIZE);
  const whole = question !== null && questions === 1;
  const edns = whole ? readEdns(packet, question.end) : null;
  const understood = edns === 'malformed' ? null : edns;
  return { packet, flags, question, edns: understood, refusal: refusalOf(flags, whole ? question : null, edns) };
}

function refusalOf(flags: number, question: IQuestion | null, edns: IEdns | null | 'malformed'): number {
  if (opcodeOf(flags) !== 0) return CODE.notimp;
  // A question count other than 1: RFC 9619.
  if (question === null || edns === 'malformed') return CODE.formerr;
  if (edns !== null && edns.version !== 0) return CODE.badvers;
  return question.speakable ? CODE.noerror : CODE.refused;
}

/** The same question as SmartDNS is to see it: lower case, and nothing that it would not understand. Its id is 0. */
export function upstreamQuery(query: IQuery, question: IQuestion): Buffer {
  const { packet, flags, edns } = query;
  const relayed = Buffer.allocUnsafe(question.end + (edns === null ? 0 : OPT_SIZE));
  relayed.fill(0, 0, HEADER_SIZE);
  relayed.writeUInt16BE(flags & (FLAG.recursion | FLAG.unchecked), AT.flags);
  relayed[AT.questions + 1] = 1;
  copyLowerCase(packet, relayed, HEADER_SIZE, question.end);
  if (edns !== null) writeOpt(relayed, question.end, edns.dnssec);
  return relayed;
}
