import type { IncomingHttpHeaders } from 'node:http';

export const DOH_PATH = '/dns-query';
export const MEDIA_TYPE = 'application/dns-message';
export const MAX_MESSAGE = 65_535;

/** Why a request is answered in HTTP's own terms: with what no DNS message can say. */
export type TRefusal =
  | 'path'
  | 'method'
  | 'content-type'
  | 'no-message'
  | 'base64url'
  | 'too-large'
  | 'slow'
  | 'busy'
  | 'unreadable'
  | 'unanswered';

interface IRefusalText {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const REFUSALS: Readonly<Record<TRefusal, IRefusalText>> = {
  path: { status: 404, text: `DNS over HTTPS is at ${DOH_PATH}\n` },
  method: { status: 405, text: 'GET or POST\n', headers: { allow: 'GET, POST' } },
  'content-type': { status: 415, text: `a POST's body is of type ${MEDIA_TYPE}\n` },
  'no-message': { status: 400, text: 'a GET has the DNS message as its parameter "dns"\n' },
  base64url: { status: 400, text: 'the parameter "dns" is base64url without padding (RFC 8484)\n' },
  'too-large': { status: 413, text: `a DNS message has at most ${MAX_MESSAGE} octets\n` },
  slow: { status: 408, text: 'the message did not come in time\n' },
  busy: { status: 503, text: 'too many queries at once on this connection\n' },
  unreadable: { status: 400, text: 'this is no DNS query\n' },
  unanswered: { status: 503, text: 'there is no answer now\n' },
};

/** What is common to the requests of HTTP/1.1 and HTTP/2. */
export interface IHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What a request's head brings: the DNS message, the promise of it in the body, or no such thing (RFC 8484 section 4.1). */
export function readHead({ method, url = '', headers }: IHead): Buffer | 'body' | TRefusal {
  const mark = url.indexOf('?');
  if ((mark < 0 ? url : url.slice(0, mark)) !== DOH_PATH) return 'path';
  if (method === 'GET') return mark < 0 ? 'no-message' : readParameter(url.slice(mark + 1));
  if (method !== 'POST') return 'method';
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== MEDIA_TYPE) return 'content-type';
  return Number(headers['content-length'] ?? 0) > MAX_MESSAGE ? 'too-large' : 'body';
}

function readParameter(query: string): Buffer | TRefusal {
  const text = new URLSearchParams(query).get('dns');
  if (text === null || text === '') return 'no-message';
  // Node's own decoder takes anything: of four characters one alone holds no octet.
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return 'base64url';
  const message = Buffer.from(text, 'base64url');
  return message.length > MAX_MESSAGE ? 'too-large' : message;
}
