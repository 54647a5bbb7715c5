import { readReply } from '../cache/reply.js';
import { AT, HEADER_SIZE } from '../message.js';
import { readQuestion } from '../question.js';

/**
 * The `cache-control` of a reply as it is sent (RFC 8484 section 5.1): fresh for its least TTL, of a negative answer for
 * no longer than its SOA says. What is no whole answer, an error among them, is not to be stored.
 */
export function cacheControl(reply: Buffer): string {
  const question = reply.readUInt16BE(AT.questions) === 1 ? readQuestion(reply, HEADER_SIZE) : null;
  const kept = question === null ? null : readReply(reply, question.type, question.class);
  return kept === null ? 'no-store' : `max-age=${kept.lifetime}`;
}
