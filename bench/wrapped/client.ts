/** All load comes from this process: one visit of a server for each message. */
import { exchange, type IExchange } from './exchange.js';
import type { TLoad } from './loads.js';
import { oneShots } from './oneshot.js';
import { Samples } from './samples.js';

export interface IVisitOrder {
  readonly load: TLoad;
  readonly port: number;
  readonly seconds: number;
}

export interface IVisitResult {
  readonly units: number;
  readonly perSecond: number;
  /** ms; of a message of a quarter of a megabyte where the load is bulk. */
  readonly p99: number;
  readonly connections: number;
  /** Of HTTP, all of them answered. */
  readonly requests: number;
  /** Of this process. */
  readonly cpuUs: number;
}

const BULK_BYTES = 2 ** 18;
const TEXT_BYTES = 64;
const HELLO = Buffer.from('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
const UPGRADE = Buffer.from(
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
);
/** A masked text of 64 bytes. */
const FRAME = Buffer.concat([Buffer.from([0x81, 0x80 | TEXT_BYTES, 1, 2, 3, 4]), Buffer.alloc(TEXT_BYTES, 'x')]);

const EXCHANGES: Readonly<Partial<Record<TLoad, IExchange>>> = {
  bulk: { message: Buffer.alloc(BULK_BYTES, 'x'), answerBytes: BULK_BYTES },
  http: { message: HELLO },
  express: { message: HELLO },
  websocket: { opening: UPGRADE, message: FRAME, answerBytes: 2 + TEXT_BYTES },
};
/** At once. */
const CLIENTS: Readonly<Record<TLoad, number>> = { bulk: 4, short: 32, http: 64, express: 64, websocket: 64, tls: 16 };
const UNITS_A_SAMPLE: Readonly<Partial<Record<TLoad, number>>> = { bulk: BULK_BYTES / 1e6 };

async function visit({ load, port, seconds }: IVisitOrder): Promise<IVisitResult> {
  const samples = new Samples();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  const messages = EXCHANGES[load];
  const client = (): Promise<void> =>
    messages === undefined ? oneShots(port, load === 'tls', until, samples) : exchange(port, messages, until, samples);
  await Promise.all(Array.from({ length: CLIENTS[load] }, client));
  const took = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  const { count } = samples;
  const units = count * (UNITS_A_SAMPLE[load] ?? 1);
  return {
    units,
    connections: messages === undefined ? count : CLIENTS[load],
    // The length of an answer is learnt from a first one.
    requests: messages === undefined || messages.answerBytes !== undefined ? 0 : count + CLIENTS[load],
    perSecond: (units * 1_000) / took,
    p99: samples.quantile(0.99),
    cpuUs: user + system,
  };
}

process.once('disconnect', () => process.exit(0));
process.on('message', (order: IVisitOrder) => void visit(order).then((result) => process.send?.(result)));
process.send?.('ready');
