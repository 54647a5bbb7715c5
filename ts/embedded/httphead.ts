export interface IHttpHead {
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly query?: string | undefined;
  readonly headers?: Record<string, string> | undefined;
}

const METHOD = /^[A-Z-]{1,20}$/;
/** A target in absolute form: its host counts, not that of the header (RFC 9112, 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/** Reads the header block of a first request. Anything that does not begin like one is an empty head at once. */
export function readHttpHead(bytes: Buffer): IHttpHead | 'more' {
  const [method = '', rest] = bytes.toString('latin1', 0, 32).split(' ', 2);
  if (!METHOD.test(method)) return {};
  const end = bytes.indexOf('\r\n\r\n');
  if (rest === undefined && bytes.length > 20) return {};
  if (end < 0) return 'more';
  const [requestLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [, target = '', protocol = ''] = requestLine.split(' ');
  if (!protocol.startsWith('HTTP/1.')) return {};
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  let hosts = 0;
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'host') hosts++;
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const [origin, authority = headers['host']] = ABSOLUTE.exec(target) ?? [''];
  const [path = '', ...query] = target.slice(origin.length).split('?');
  return {
    // Two Host fields: which of them a backend believes is not ours to guess (RFC 9112, 3.2).
    host: hosts > 1 ? undefined : authority?.replace(/:\d*$/, ''),
    path: path === '' ? '/' : path,
    query: query.length === 0 ? undefined : query.join('?'),
    headers,
  };
}
