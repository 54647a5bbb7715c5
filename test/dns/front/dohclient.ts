import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';

export interface IDohAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly body: Buffer;
}

export interface IDohRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

/** A client with one connection, kept alive. */
export interface IDohClient {
  readonly name: string;
  /** Rejects where the connection or the stream breaks. */
  request(request: IDohRequest): Promise<IDohAnswer>;
  close(): Promise<void>;
}

export const PATH = '/dns-query';
export const MEDIA_TYPE = 'application/dns-message';
export const get = (message: Buffer): IDohRequest => ({ path: `${PATH}?dns=${message.toString('base64url')}` });
export const post = (body: Buffer): IDohRequest => ({ method: 'POST', headers: { 'content-type': MEDIA_TYPE }, body });

async function bodyOf(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

export function http1Client(port: number, secure: boolean, headers: Record<string, string> = {}): IDohClient {
  const module = secure ? https : http;
  const agent = new module.Agent({ keepAlive: true, maxSockets: 1 });
  return {
    name: 'HTTP/1.1',
    request: async ({ method = 'GET', path = PATH, headers: more = {}, body }) => {
      const chunked = body === undefined || 'transfer-encoding' in more;
      const length: Record<string, string> = chunked ? {} : { 'content-length': String(body.length) };
      const request = module.request({
        host: '127.0.0.1',
        port,
        agent,
        method,
        path,
        headers: { ...headers, ...length, ...more },
        rejectUnauthorized: false,
      });
      // A body that the server does not want may meet a closed connection: its answer is what counts.
      const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
      request.end(body);
      const [response] = await answered;
      request.on('error', () => undefined);
      return { status: response.statusCode ?? 0, headers: response.headers, body: await bodyOf(response) };
    },
    close: () => Promise.resolve(agent.destroy()),
  };
}

/** `connection`: an own one instead of that which `http2.connect` makes. */
export function http2Client(port: number, secure: boolean, connection?: Duplex): IDohClient {
  const session = http2.connect(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
    ...(connection === undefined ? {} : { createConnection: () => connection }),
  });
  session.on('error', () => undefined);
  return {
    name: 'HTTP/2',
    request: async ({ method = 'GET', path = PATH, headers = {}, body }) => {
      const stream = session.request(
        { ':method': method, ':path': path, ...headers },
        { endStream: body === undefined },
      );
      // A connection that is closed ends a stream without an error.
      const closed = once(stream, 'close').then(() => Promise.reject(new Error('the stream was closed')));
      closed.catch(() => undefined);
      const responded = Promise.race([once(stream, 'response'), closed]) as Promise<
        [http2.IncomingHttpHeaders & { ':status'?: number }]
      >;
      if (body !== undefined) stream.end(body);
      const [head] = await responded;
      stream.on('error', () => undefined);
      return { status: head[':status'] ?? 0, headers: head, body: await bodyOf(stream) };
    },
    close: async () => {
      if (session.destroyed) return;
      const closed = once(session, 'close');
      session.destroy();
      await closed;
    },
  };
}
