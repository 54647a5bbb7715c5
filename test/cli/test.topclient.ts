import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { parseInterval, parseUrl } from '../../ts/cli/top/arguments.js';
import { StatsClient, type IStatsTarget } from '../../ts/cli/top/classes.statsclient.js';
import { targetOf } from '../../ts/cli/top/target.js';
import { FIGURE_FIELDS, figuresSchema } from '../../ts/schema/figures.js';
import { makeCertificate } from '../helpers/certificate.js';
import { ConfigFolder } from '../helpers/cli.js';
import { freePort } from '../helpers/freeport.js';
import { TopRouter } from '../helpers/toprouter.js';

const TOKEN = 'a-token-of-sufficient-length';
const folder = new ConfigFolder();
const sockets = new Set<Socket>();
const servers: Server[] = [];
const router = new TopRouter();
await router.start();

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const httpServer = (listener: RequestListener): Promise<string> => listen(createServer(listener));
const answering = (status: number, body: string, headers = {}): Promise<string> =>
  httpServer((_, response) => void response.writeHead(status, headers).end(body));
const tcpServer = (listener: (socket: Socket) => void): Promise<string> => listen(createTcpServer(listener));

async function read(url: string, more: Partial<IStatsTarget> = {}): Promise<string> {
  const client = new StatsClient({ url: parseUrl(url), token: undefined, ca: undefined, ...more });
  try {
    return (await client.read()).instance;
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.close();
  }
}

tap.test('the address: with or without a scheme, and the path that it is served below', async () => {
  assert.equal(await read(router.url.replace('http://', '')), 'host-1');
  const asked: IncomingMessage[] = [];
  const url = await httpServer((request, response) => {
    asked.push(request);
    void fetch(`${router.url}/api/stats`).then(async (answer) => response.end(await answer.text()));
  });
  for (const path of ['', '/', '/ops', '/ops/']) assert.equal(await read(`${url}${path}`), 'host-1');
  assert.deepEqual(
    asked.map((request) => request.url?.replace(/\?fields=.*/, '')),
    ['/api/stats', '/api/stats', '/ops/api/stats', '/ops/api/stats'],
  );
  assert.equal(asked[0]?.headers.authorization, undefined);
});

tap.test('what is not shown is not asked for', async () => {
  const client = new StatsClient({ url: parseUrl(router.url), token: undefined, ca: undefined });
  const all = await client.readJson();
  assert.deepEqual(await client.read(), figuresSchema.parse(JSON.parse(all)));
  const asked = await (await fetch(`${router.url}/api/stats?fields=${FIGURE_FIELDS.join()}`)).text();
  assert.ok(asked.length * 2 < all.length, `${asked.length} of ${all.length} octets`);
  client.close();
});

tap.test('one connection serves many reads', async () => {
  const url = await httpServer((_, response) => {
    void fetch(`${router.url}/api/stats`).then(async (answer) => response.end(await answer.text()));
  });
  const before = sockets.size;
  const client = new StatsClient({ url: parseUrl(url), token: undefined, ca: undefined });
  for (let count = 0; count < 5; count++) await client.read();
  assert.equal(sockets.size - before, 1);
  client.close();
});

tap.test('why there are no figures, in one line', async () => {
  const half = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{';
  const cases: readonly (readonly [url: string | Promise<string>, message: RegExp])[] = [
    [`127.0.0.1:${await freePort()}`, /^connection refused: nothing listens there$/],
    ['no-such-host.invalid', /^(there is no host of this name|the name cannot be looked up now)$/],
    [answering(404, 'no'), /^it is not a routemeter: \/api\/stats answers with status 404$/],
    [answering(302, '', { location: router.url }), /^it is not a routemeter: .* status 302$/],
    [answering(200, '<html>'), /^it is not a routemeter: \/api\/stats does not answer with stats$/],
    [answering(200, 'null'), /^it is not a routemeter: .* stats$/],
    [answering(200, '{"schemaVersion":1,"instance":7}'), /^it is not a routemeter: .* stats$/],
    [answering(200, '{"schemaVersion":2}'), /^its stats are of version 2, and this routemeter knows version 1 only$/],
    [answering(421, ''), /^it does not answer to this name: its option allowedHosts lists further ones$/],
    [answering(503, '{"detail":"no \\u001b[2J"}'), /^it answers 503: no \\x1b\[2J$/],
    [answering(200, 'x'.repeat(64 * 1024 * 1024 + 1)), /^its answer is longer than 67108864 bytes$/],
    [tcpServer((socket) => socket.end('220 mail ready\r\n')), /^it does not speak HTTP$/],
    [tcpServer((socket) => socket.destroy()), /^the connection was reset$/],
    [tcpServer((socket) => socket.end(half)), /^the connection was reset$/],
    [tcpServer((socket) => socket.resume()), /^no answer within 5 s$/],
    [tcpServer((socket) => socket.write(half)), /^no answer within 5 s$/],
    [router.url.replace('http:', 'https:'), /^it does not speak TLS: is it http rather than https\?$/],
  ];
  const messages = await Promise.all(cases.map(async ([url]) => read(await url)));
  for (const [index, [, message]] of cases.entries()) assert.match(messages[index] ?? '', message);
});

tap.test('a token goes with each read', async () => {
  const guarded = new TopRouter({ auth: { token: TOKEN } });
  await guarded.start();
  assert.equal(await read(guarded.url, { token: TOKEN }), 'host-1');
  assert.equal(await read(guarded.url), 'it wants a token: set ROUTEMETER_TOKEN, or name a file with --token-file');
  assert.equal(await read(guarded.url, { token: `${TOKEN}x` }), 'it refuses the token');
  await guarded.stop();
});

tap.test('TLS: the certificate is checked, against the file of --ca where there is one', async () => {
  const [certificate, other] = [makeCertificate('127.0.0.1'), makeCertificate('other.test')];
  const [secure, foreign] = [new TopRouter({ tls: certificate }), new TopRouter({ tls: other })];
  await Promise.all([secure.start(), foreign.start()]);
  assert.equal(await read(secure.url, { ca: certificate.cert }), 'host-1');
  const unknown = 'its certificate is not signed by an authority';
  assert.equal(await read(secure.url), `${unknown} known here: --ca FILE names one`);
  assert.equal(await read(secure.url, { ca: other.cert }), `${unknown} in the --ca file`);
  assert.equal(await read(foreign.url, { ca: other.cert }), 'its certificate is for another name');
  assert.match(await read(secure.url.replace('https:', 'http:')), /^the connection was reset$|HTTP/);
  await Promise.all([secure.stop(), foreign.stop()]);
});

tap.test(
  'the token comes from the file, else from the environment; what is wrong is named, the token is not',
  async () => {
    const url = new URL(router.url);
    const file = folder.write('token', `${TOKEN}\n`);
    assert.equal(targetOf(url, {}).token, undefined);
    process.env['ROUTEMETER_TOKEN'] = 'another-token-of-length';
    assert.equal(targetOf(url, {}).token, 'another-token-of-length');
    assert.equal(targetOf(url, { tokenFile: file }).token, TOKEN);
    process.env['ROUTEMETER_TOKEN'] = '';
    assert.equal(targetOf(url, {}).token, undefined);
    process.env['ROUTEMETER_TOKEN'] = 'secret';
    const rule = 'must hold at least 16 visible ASCII characters, not';
    assert.throws(() => targetOf(url, {}), { message: `ROUTEMETER_TOKEN: ${rule} 6 characters` });
    delete process.env['ROUTEMETER_TOKEN'];
    const empty = folder.write('empty', '\n');
    assert.throws(() => targetOf(url, { tokenFile: empty }), { message: `${empty}: ${rule} 0 characters` });
    assert.throws(() => targetOf(url, { tokenFile: `${file}x` }), /tokenx: cannot be read: there is no such file/);
    assert.throws(() => targetOf(url, { ca: `${file}x` }), /tokenx: cannot be read: there is no such file/);
    assert.throws(() => targetOf(url, { ca: file }), /token: must be a certificate in PEM: /);
  },
);

tap.test('addresses and intervals that are none are refused', async () => {
  const wrong: readonly (readonly [text: string, rule: RegExp])[] = [
    ['', /must be the address of an ops server/],
    ['http://', /must be the address of an ops server/],
    ['a b', /must be the address of an ops server/],
    ['127.0.0.1:99999', /must be the address of an ops server/],
    ['ftp://127.0.0.1', /must begin with http:\/\/ or https:\/\//],
    ['http://me:secret@127.0.0.1', /must hold no name and no password/],
    ['me@127.0.0.1', /must hold no name and no password/],
    ['127.0.0.1/?token=x', /must end before "\?"/],
    ['127.0.0.1/#x', /must end before "\?" and "#"/],
  ];
  for (const [text, rule] of wrong) assert.throws(() => parseUrl(text), rule, text);
  assert.equal(parseUrl('[::1]:9464').href, 'http://[::1]:9464/');
  assert.equal(parseUrl('HTTPS://Router.Example/ops').href, 'https://router.example/ops');
  assert.deepEqual(['1', '0.1', '2.5', '3600'].map(parseInterval), [1000, 100, 2500, 3_600_000]);
  for (const text of ['0', '0.09', '3601', '-1', '', 'x', '1e3', '1s', 'Infinity', '.5']) {
    assert.throws(() => parseInterval(text), /must be seconds, from 0\.1 to 3600/, text);
  }
});

tap.test('the end', async () => {
  folder.remove();
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  await router.stop();
});

export default tap.start({ throwOnError: true });
