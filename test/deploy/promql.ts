/** A metric's name as a query has it, and the labels that its matchers name. */
export interface ISelector {
  readonly name: string;
  readonly labels: readonly string[];
}

/** What a PromQL expression is about. */
export interface IMentioned {
  readonly selectors: readonly ISelector[];
  /** Labels that are grouped by or matched on. */
  readonly grouping: readonly string[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_:][\w:]*|\d[\w.]*|\[[^\]]*\]|[=!<>~]+|\S/g;
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
/** What follows a function's or an aggregation's name. */
const NO_SELECTOR_BEFORE = new Set(['(', 'by', 'without']);
const OPERATORS = new Set(['and', 'or', 'unless', 'offset', 'bool']);
const isName = (token: string | undefined): token is string => /^[A-Za-z_:]/.test(token ?? '');

/** Reads an expression that Prometheus takes; what it makes of another one is of no use. */
export function mentionedIn(expression: string): IMentioned {
  const tokens: readonly string[] = expression.match(TOKEN) ?? [];
  const selectors: ISelector[] = [];
  const grouping: string[] = [];
  /** The names between the bracket at `open` and its end. */
  const listAt = (open: number, end: string): string[] =>
    tokens.slice(open + 1, tokens.indexOf(end, open)).filter(isName);
  for (let at = 0; at < tokens.length; at++) {
    const [token, next = ''] = [tokens[at], tokens[at + 1]];
    if (!isName(token) || OPERATORS.has(token)) continue;
    if (GROUPING.has(token)) {
      if (next !== '(') continue;
      grouping.push(...listAt(at + 1, ')'));
      at = tokens.indexOf(')', at);
    } else if (next === '{') {
      selectors.push({ name: token, labels: listAt(at + 1, '}') });
      at = tokens.indexOf('}', at);
    } else if (!NO_SELECTOR_BEFORE.has(next)) selectors.push({ name: token, labels: [] });
  }
  return { selectors, grouping };
}
