/**
 * What a request takes in one process and without the kernel: an HTTP server is handed streams in memory. Prints the low
 * tenth of ns a request, which other processes of the machine hardly move: for comparing two versions, run in turns.
 *
 *   node --import ./bench/harness/strip.mjs bench/wrapped/inmemory.ts [bare|wrapped] [SECONDS]
 */
import * as http from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import { quantile, short } from '../harness/figures.js';

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
const CONNECTIONS = 64;
const REQUESTS_A_PIECE = 4 * CONNECTIONS;
/** The compiler is done with all of it after some 200,000 requests. */
const WARM_UP_MS = 3_000;

let answers = 0;

/** As much of a socket as the server and the wrapper ask for. */
class Connection extends Duplex {
  bytesRead = 0;
  bytesWritten = 0;

  override _read(): void {
    // Pushed.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#answered(chunk.length, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#answered(
      chunks.reduce((sum, { chunk }) => sum + chunk.length, 0),
      done,
    );
  }

  setTimeout(): this {
    return this;
  }

  ask(): void {
    this.bytesRead += REQUEST.length;
    this.push(REQUEST);
  }

  #answered(bytes: number, done: () => void): void {
    this.bytesWritten += bytes;
    answers++;
    done();
  }
}

const [variant = 'wrapped', seconds = '3'] = process.argv.slice(2);
if (variant !== 'bare' && variant !== 'wrapped') throw new Error(`no such server: ${variant}`);
const server = http.createServer((_request, response) => void response.end('hello'));
let handler = (socket: Duplex): void => void server.emit('connection', socket);
if (variant === 'wrapped') {
  const proxy = new MetricsAwareProxy();
  new MetricsManager().observe(proxy);
  handler = proxy.wrapSocketHandler(handler, { routeName: 'http' });
  proxy.observeHttpServer(server);
}
const connections = Array.from({ length: CONNECTIONS }, () => new Connection());
for (const connection of connections) handler(connection);

/** ns a request. */
async function piece(): Promise<number> {
  const until = answers + REQUESTS_A_PIECE;
  const startedAt = performance.now();
  while (answers < until) {
    const all = answers + CONNECTIONS;
    for (const connection of connections) connection.ask();
    while (answers < all) await setImmediate();
  }
  return ((performance.now() - startedAt) * 1e6) / REQUESTS_A_PIECE;
}

const warmAt = performance.now() + WARM_UP_MS;
while (performance.now() < warmAt) await piece();
const until = performance.now() + Number(seconds) * 1_000;
const pieces: number[] = [];
while (performance.now() < until) pieces.push(await piece());
console.log(`${variant}: ${short(quantile(pieces, 0.1))} ns (low tenth of ${pieces.length} pieces)`);
process.exit(0);
