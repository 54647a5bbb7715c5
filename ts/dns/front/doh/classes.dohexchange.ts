import type { OutgoingHttpHeaders } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import type { TDropReason } from '../../../interfaces/events.js';
import { GONE, type IAsker, type TSent } from '../asker.js';
import type { Ledger } from '../classes.ledger.js';
import type { Resolver } from '../classes.resolver.js';
import type { TReject } from '../query.js';
import type { DohConnection } from './classes.dohconnection.js';
import { cacheControl } from './freshness.js';
import { type IHead, MAX_MESSAGE, MEDIA_TYPE, readHead, REFUSALS, type TRefusal } from './request.js';

/** What is common to the requests and responses of Node's HTTP/1.1 and HTTP/2. */
export interface IDohRequest extends IHead, Readable {
  readonly aborted: boolean;
}
export interface IDohResponse extends Writable {
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  /** Of HTTP/2. */
  readonly stream?: { close(): void } | undefined;
}

export interface IDohHost {
  readonly resolver: Resolver;
  readonly ledger: Ledger;
  readonly idleMs: number;
}

/** One request, from its head to the end of its response. */
export class DohExchange implements IAsker {
  readonly source = 'https';
  readonly datagrams = false;
  readonly clientIp: string | undefined;
  readonly #request: IDohRequest;
  readonly #response: IDohResponse;
  readonly #connection: DohConnection;
  readonly #host: IDohHost;
  /** The response has ended, whole or not. */
  #closed = false;

  constructor(request: IDohRequest, response: IDohResponse, connection: DohConnection, host: IDohHost) {
    this.clientIp = connection.clientIp;
    this.#request = request;
    this.#response = response;
    this.#connection = connection;
    this.#host = host;
  }

  serve(): void {
    // What an error leads to is seen at 'close'.
    this.#request.on('error', () => undefined);
    this.#response.on('error', () => undefined).on('close', () => (this.#closed = true));
    const read = readHead(this.#request);
    if (read === 'body') this.#readBody();
    else if (typeof read === 'string') this.#refuse(read);
    else this.#ask(read);
  }

  answer(reply: Buffer, sent: TSent): void {
    this.#connection.answered();
    if (this.#closed || this.#connection.gone) return sent(GONE);
    this.#response.writeHead(200, {
      'content-type': MEDIA_TYPE,
      'content-length': reply.length,
      'cache-control': cacheControl(reply),
    });
    this.#response.end(reply);
    sent(null);
  }

  giveUp(reason: TDropReason | TReject): void {
    this.#connection.answered();
    if (this.#closed || this.#connection.gone) return;
    this.#respond(reason === 'short' || reason === 'response' ? 'unreadable' : 'unanswered');
  }

  #readBody(): void {
    const request = this.#request;
    const connection = this.#connection;
    let chunks: Buffer[] = [];
    let size = 0;
    let open = true;
    const settle = (): void => {
      open = false;
      clearTimeout(timer);
      connection.hold(-size);
      chunks = [];
    };
    const refuse = (refusal: TRefusal): void => {
      settle();
      this.#refuse(refusal);
    };
    const timer = setTimeout(() => {
      // As well where a host has removed the listeners that would have told of the end.
      if (connection.gone) truncated();
      else refuse('slow');
      // Before the connection's own time is over, so that the client is told.
    }, this.#host.idleMs / 2);
    timer.unref();
    const truncated = (): void => {
      if (!open) return;
      settle();
      this.#host.ledger.rejected('https', 'truncated');
    };
    request.on('data', (chunk: Buffer) => {
      if (!open) return;
      if (size + chunk.length > MAX_MESSAGE) return refuse('too-large');
      if (!connection.hold(chunk.length)) return refuse('busy');
      size += chunk.length;
      chunks.push(chunk);
    });
    request.on('end', () => {
      // HTTP/2 ends what was reset as well.
      if (!open || request.aborted) return;
      const message = Buffer.concat(chunks, size);
      settle();
      this.#ask(message);
    });
    request.on('close', truncated);
  }

  #ask(message: Buffer): void {
    const connection = this.#connection;
    if (!connection.ask()) return this.#refuse('busy');
    if (this.#closed) connection.closed();
    else this.#response.on('close', () => connection.closed());
    this.#host.resolver.resolve(message, this);
  }

  #refuse(refusal: TRefusal): void {
    this.#host.ledger.rejected('https', refusal);
    this.#respond(refusal);
  }

  #respond(refusal: TRefusal): void {
    const { status, text, headers } = REFUSALS[refusal];
    const response = this.#response;
    const unread = !this.#request.readableEnded && this.#hasBody();
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': text.length,
      'cache-control': 'no-store',
      ...headers,
      // What is left of the body is not waited for.
      ...(unread && !this.#connection.isHttp2 ? { connection: 'close' } : {}),
    });
    response.end(text);
    if (unread) response.stream?.close();
  }

  #hasBody(): boolean {
    const { headers } = this.#request;
    return Number(headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in headers || this.#connection.isHttp2;
  }
}
