import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../../ts/dns/index.js';
import type { IRouteContext } from '../../../ts/interfaces/smartproxy.js';
import { MetricsAwareProxy } from '../../../ts/proxy/index.js';
import { makeCertificate } from '../../helpers/certificate.js';
import { embeddedHost } from '../../helpers/hosts/embeddedhost.js';
import type { ITestHost, THandler } from '../../helpers/hosts/host.js';
import { plainHost } from '../../helpers/hosts/plainhost.js';
import { proxiedSmartProxy, rustProxy, smartProxy } from '../../helpers/hosts/shapedhosts.js';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { get, http1Client, http2Client, post } from './dohclient.js';
import { FrontBench, LOOPBACK } from './support.js';

const HOSTS: readonly ITestHost[] = [plainHost, embeddedHost, smartProxy, proxiedSmartProxy, rustProxy];
const certificate = makeCertificate('localhost', ['localhost', LOOPBACK]);
const ask = (id: number): Buffer => message(id, [[`WwW${id}.test`, 1]]);
/** Whoever forges it is not believed. */
const FORGED = { 'x-forwarded-for': '198.51.100.1', forwarded: 'for=198.51.100.1' };
const run = promisify(execFile);

for (const host of HOSTS) {
  for (const tls of [undefined, certificate]) {
    for (const firstChunk of [true, false]) {
      const how = `${tls === undefined ? 'plain' : 'TLS ended by the host'}, first bytes ${firstChunk ? 'read by the host' : 'untouched'}`;
      tap.test(`${host.name}, ${how}: HTTP/1.1 and HTTP/2, many queries on a connection`, async () => {
        const bench = await FrontBench.open();
        const proxy = new MetricsAwareProxy();
        const handler: THandler = (socket, context) =>
          bench.dns.dohSocketHandler(socket, context as unknown as IRouteContext);
        const http = !firstChunk;
        const { port, close } = await host.listen('doh', handler, { tls, proxy, firstChunk, http });
        const secure = tls !== undefined;
        const clients = [http1Client(port, secure, FORGED)];
        // Whoever routes by the Host header of what it reads knows HTTP/1 only.
        const byHost = host === embeddedHost && http && !secure;
        if (!byHost) clients.push(http2Client(port, secure));
        for (const client of clients) {
          for (let id = 1; id <= 5; id++) {
            const { status, body, headers } = await client.request(id % 2 === 0 ? get(ask(id)) : post(ask(id)));
            assert.deepEqual([status, headers['cache-control']], [200, 'max-age=60'], client.name);
            assert.equal(body.toString('latin1', 13, 17), `WwW${id}`);
          }
          const told = bench.seen.answered.at(-1);
          assert.deepEqual([told?.source, told?.clientIp], ['https', host.clientIp], client.name);
          await client.close();
        }
        assert.equal(bench.seen.answered.length, 5 * clients.length);
        if (secure) {
          // It offers no ALPN here, and curl goes by HTTP/1.1 then.
          const url = `https://${LOOPBACK}:${port}${get(ask(7)).path ?? ''}`;
          const { stdout } = await run('curl', ['-sk', '--http2', '-o', '/dev/null', '-w', '%{http_code} %{http_version}', url]); // prettier-ignore
          assert.equal(stdout, '200 1.1');
        }
        await bench.settled();
        await close();
        await bench.close();
      });
    }
  }
}

tap.test('a host that removes every listener and destroys the socket leaves nothing counted', async () => {
  const bench = await FrontBench.open({ tcpIdleMs: 200, maxConnections: 2, timeoutMs: 300 });
  bench.upstream.answerer = () => undefined;
  const given: { removeAllListeners(): unknown; destroy(): unknown }[] = [];
  const handler: THandler = (socket, context) => {
    given.push(socket);
    void bench.dns.dohSocketHandler(socket, context as unknown as IRouteContext);
  };
  const { port, close } = await plainHost.listen('doh', handler, { firstChunk: false, http: true });
  for (const make of [http1Client, http2Client]) {
    const client = make(port, false);
    const pending = client.request(get(ask(1))).catch(() => null);
    await until(() => bench.dns.activeCount() === 1, 'in flight');
    given.at(-1)?.removeAllListeners();
    given.at(-1)?.destroy();
    await pending;
    await bench.settled();
    await client.close();
  }
  assert.deepEqual(
    bench.drops.map(({ reason }) => reason),
    ['client-gone', 'client-gone'],
  );
  // Both connections that are allowed are free again.
  await until(async () => {
    const client = http1Client(port, false);
    const { status } = await client.request({ path: '/' }).catch(() => ({ status: 0 }));
    await client.close();
    return status === 404;
  }, 'room');
  await close();
  await bench.close();
});

tap.test(
  'a socket that comes before the start, or after the stop, is closed; without a front there is no handler',
  async () => {
    const bench = await FrontBench.open({ maxConnectionsPerClient: 1 });
    const { dohSocketHandler } = bench.dns;
    assert.equal(bench.dns.dohSocketHandler, dohSocketHandler);
    const { port, close } = await plainHost.listen('doh', dohSocketHandler as THandler, {
      firstChunk: false,
      http: true,
    });
    await bench.dns.stop();
    for (let turn = 0; turn < 2; turn++) {
      const refused = connect(port, LOOPBACK).on('error', () => undefined).resume(); // prettier-ignore
      await until(() => refused.closed, 'the end');
    }
    await bench.dns.start();
    const client = http2Client(port, false);
    assert.equal((await client.request(get(ask(1)))).status, 200);
    const other = connect(port, LOOPBACK).on('error', () => undefined).resume(); // prettier-ignore
    await until(() => other.closed, 'the refusal');
    assert.deepEqual(bench.rejects, [{ source: 'https', reason: 'connections-of-client' }]);
    await client.close();
    await close();
    await bench.close();
    assert.throws(() => new MetricsAwareDns().dohSocketHandler, /"front" must be given/);
  },
);

export default tap.start({ throwOnError: true });
