/** What a cache or a coalescer must know of a query: all that may change the reply, and nothing else. */
export interface ICacheQuestion {
  /**
   * Any text in lower case that two queries share if and only if they share the name: presentation form with escapes,
   * or the wire name read as latin1. It is compared only: the name that patterns match is read from the reply.
   */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Recursion desired, checking disabled: header flags of the query. */
  readonly rd: boolean;
  readonly cd: boolean;
  /** DNSSEC OK, and whether the query had an OPT record at all. */
  readonly do: boolean;
  readonly edns: boolean;
  /** Neither looked up nor stored, such as a query with a client subnet. */
  readonly bypass: boolean;
}

/**
 * One text for each question that may have a reply of its own. The part behind the name has a fixed length, so that no
 * name can imitate it; its characters are below 256, so that V8 keeps one byte for each.
 */
export function questionKey(question: ICacheQuestion): string {
  const flags = (question.rd ? 1 : 0) | (question.cd ? 2 : 0) | (question.do ? 4 : 0) | (question.edns ? 8 : 0);
  const { type } = question;
  return question.name + String.fromCharCode(flags, type >> 8, type & 0xff, question.class >> 8, question.class & 0xff);
}

/**
 * The key of a question in flight. With the generation at which it leaves: a query that comes after an invalidation
 * must not share the answer to one that left before.
 */
export function flightKey(question: ICacheQuestion, generation: number): string {
  return `${generation} ${questionKey(question)}`;
}
