import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { tap } from '@push.rocks/tapbundle';
import { Asked } from '../../ts/dns/front/classes.asked.js';
import { PendingQuery } from '../../ts/dns/front/classes.pendingquery.js';
import { TcpConnection } from '../../ts/dns/front/classes.tcpconnection.js';
import { DohConnection } from '../../ts/dns/front/doh/classes.dohconnection.js';
import { DohExchange } from '../../ts/dns/front/doh/classes.dohexchange.js';
import { get, http1Client, http2Client, MEDIA_TYPE, PATH, post } from '../dns/front/dohclient.js';
import { framed, FrontBench, LOOPBACK, TcpClient } from '../dns/front/support.js';
import { makeCertificate } from '../helpers/certificate.js';
import type { THandler } from '../helpers/hosts/host.js';
import { plainHost } from '../helpers/hosts/plainhost.js';
import { message } from '../helpers/smartdns.js';
import { until } from '../helpers/wait.js';
import { heldAtMost, inHeap, type TClass } from './held.js';

const MANY = 16;
const A = 1;
const certificate = makeCertificate('localhost', ['localhost', LOOPBACK]);
const ask = (id: number): Buffer => message(id, [[`n${id}.test`, A]]);
const ignore = (): void => undefined;
/** Of ours, and of Node's own: none of the latter may be more than there were before. */
const OURS: readonly TClass[] = [TcpConnection, DohConnection, DohExchange, PendingQuery, Asked];
const NODES: readonly TClass[] = [net.Socket, tls.TLSSocket, http.IncomingMessage, http.ServerResponse];

/** A connection that sends so much and is then reset or closed. */
async function broken(port: number, secure: boolean, octets: Buffer | string, reset: boolean): Promise<void> {
  const raw = net.connect(port, LOOPBACK).on('error', ignore);
  const socket = secure ? tls.connect({ socket: raw, rejectUnauthorized: false }) : raw;
  socket.on('error', ignore).resume();
  await once(socket, secure ? 'secureConnect' : 'connect');
  await new Promise((resolve) => socket.write(octets, resolve));
  if (reset) raw.resetAndDestroy();
  else socket.destroy();
  await until(() => raw.closed, 'its end');
}

const head = (length: number): string =>
  `POST ${PATH} HTTP/1.1\r\nhost: a\r\ncontent-type: ${MEDIA_TYPE}\r\ncontent-length: ${length}\r\n\r\n`;

tap.test('of DNS clients over TCP and HTTPS that have gone nothing is held', async () => {
  const bench = await FrontBench.open({ doh: [{ host: LOOPBACK, port: 0, ...certificate }] });
  const own = bench.dns.addresses.doh[0]?.port ?? 0;
  const routed = await plainHost.listen('doh', bench.dns.dohSocketHandler as THandler, {
    firstChunk: false,
    http: true,
  });
  const once1 = async (): Promise<void> => {
    const over = new TcpClient(bench.tcp);
    over.socket.write(framed(ask(1), ask(2)));
    await Promise.all([over.reply(1), over.reply(2)]);
    over.socket.end();
    await until(() => over.closed, 'its end');
    await broken(bench.tcp, false, framed(ask(3)).subarray(0, 9), true);
    await broken(bench.tcp, false, framed(ask(4)), true);
    for (const [port, secure] of [[own, true], [routed.port, false]] as const) {
      for (const client of [http1Client(port, secure), http2Client(port, secure)]) {
        assert.equal((await client.request(get(ask(5)))).status, 200);
        assert.equal((await client.request(post(ask(6)))).status, 200);
        await client.close();
      }
      await broken(port, secure, 'GET /dns-que', false);
      await broken(port, secure, `${head(100)}xxxx`, true);
      await broken(port, secure, Buffer.concat([Buffer.from(head(ask(7).length)), ask(7)]), true);
    }
    // A handshake that never comes, and one that is none.
    await broken(own, false, '', true);
    await broken(own, false, 'GET / HTTP/1.1\r\n\r\n', false);
  }; // prettier-ignore
  const settle = async (): Promise<void> => {
    await until(() => bench.dns.activeCount() === 0, 'none in flight');
    // What the bench notes of each query is its own, and holds none of these.
    await heldAtMost(OURS, 0, 'what the front has of its clients');
  };
  // The first ones bring what stays for good: caches of TLS, agents, free parsers.
  for (let turn = 0; turn < 5; turn++) await once1();
  await settle();
  const before = NODES.map((one) => inHeap(one));
  for (let turn = 0; turn < MANY; turn++) await once1();
  await settle();
  const grown = (): string[] =>
    NODES.flatMap((one, index) => {
      const more = inHeap(one) - (before[index] ?? 0);
      // Some of Node's own come and go; a leak is one for each turn at least.
      return more < MANY / 2 ? [] : [`${one.name}: ${more} more`];
    });
  await until(() => grown().length === 0, "Node's own to go").catch(() => assert.deepEqual(grown(), []));
  bench.check();
  await routed.close();
  await bench.close();
});

export default tap.start({ throwOnError: true });
