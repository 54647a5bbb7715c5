import { http } from './plugins.js';
import { describe } from '../shared/errors.js';
import type { IProblem } from '../interfaces/ops.js';

export interface IProblemExtras {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly members?: Pick<IProblem, 'parameter' | 'rule' | 'value'> | undefined;
}

/** Why a request has no answer: thrown by whatever makes answers, told as RFC 9457 has it. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Pick<IProblem, 'parameter' | 'rule' | 'value'>;

  constructor(status: number, detail: string, { headers = {}, members = {} }: IProblemExtras = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.headers = headers;
    this.members = members;
  }

  /** As RFC 9457 has it. */
  get body(): IProblem {
    const title = http.STATUS_CODES[this.status] ?? 'Error';
    return { type: 'about:blank', title, status: this.status, detail: this.message, ...this.members };
  }
}

/** 400 that names the parameter, the rule and the value. */
export function badParameter(parameter: string, rule: string, value: string): Problem {
  const detail = `parameter "${parameter}" must be ${rule}, not ${describe(value)}`;
  return new Problem(400, detail, { members: { parameter, rule, value: value.slice(0, 200) } });
}

/** 405. */
export function notSupported(method: string): Problem {
  return new Problem(405, `${method} is not supported here`, { headers: { Allow: 'GET, HEAD' } });
}

/** 503: nothing true can be told now. A scraper takes it for a failed scrape, which it is. */
export function unavailable(what: string, error: unknown): Problem {
  return new Problem(503, `${what}: ${error instanceof Error ? error.message : describe(error)}`);
}
