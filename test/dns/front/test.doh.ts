import * as assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import * as http2 from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { tap } from '@push.rocks/tapbundle';
import { makeCertificate } from '../../helpers/certificate.js';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import {
  get,
  http1Client,
  http2Client,
  type IDohClient,
  type IDohRequest,
  MEDIA_TYPE,
  PATH,
  post,
} from './dohclient.js';
import { ADDRESS, FakeUpstream, FrontBench, LOOPBACK, opt, questionEnd, record, replyTo, withOpt } from './support.js';

const A = 1;
const certificate = makeCertificate('localhost', ['localhost', LOOPBACK]);
const doh = [{ host: LOOPBACK, port: 0, ...certificate }];
const ask = (id = 0, name = 'www.example.test'): Buffer => message(id, [[name, A]]);
const clients = (port: number): IDohClient[] => [http1Client(port, true), http2Client(port, true)];
const dohPort = (bench: FrontBench): number => bench.dns.addresses.doh[0]?.port ?? 0;

const response = ask();
response.writeUInt16BE(0x8100, 2);
const body = (octets: Buffer, headers: Record<string, string> = {}): IDohRequest => ({
  method: 'POST',
  headers: { 'content-type': MEDIA_TYPE, ...headers },
  body: octets,
});

/** What goes in; the status that comes back; the reason that is counted, or the code of the DNS answer. */
const CASES: readonly (readonly [what: string, request: IDohRequest, status: number, expected: string])[] = [
  ['a GET', get(ask()), 200, 'NOERROR'],
  ['a POST', post(ask()), 200, 'NOERROR'],
  ['a GET with an id', get(ask(0xabcd)), 200, 'NOERROR'],
  ['a GET with other parameters', { path: `${PATH}?ct&dns=${ask().toString('base64url')}&x=1` }, 200, 'NOERROR'],
  ['a type with parameters, in other letters', body(ask(), { 'content-type': 'Application/DNS-Message; x=1' }), 200, 'NOERROR'],
  ['padding to a block (RFC 8467)', post(withOpt(ask(), opt(1232, { options: Buffer.from([0, 12, 0, 4, 0, 0, 0, 0]) }))), 200, 'NOERROR'],
  ['two questions: the answer of DNS', post(message(0, [['a.test', A], ['b.test', A]])), 200, 'FORMERR'],
  ['an UPDATE: the answer of DNS', get(message(0, [['a.test', A]], 0x2800)), 200, 'NOTIMP'],
  ['no parameter', { path: PATH }, 400, 'no-message'],
  ['no parameter of that name', { path: `${PATH}?DNS=${ask().toString('base64url')}` }, 400, 'no-message'],
  ['an empty parameter', { path: `${PATH}?dns=` }, 400, 'no-message'],
  ['padded base64url', { path: `${PATH}?dns=${ask().toString('base64url')}=` }, 400, 'base64url'],
  ['base64 that is not for URLs', { path: `${PATH}?dns=AAA+/AAA` }, 400, 'base64url'],
  ['base64url cut within an octet', { path: `${PATH}?dns=AAAAA` }, 400, 'base64url'],
  ['base64url cut after the header', get(ask().subarray(0, 12)), 200, 'FORMERR'],
  ['eleven octets in a GET', get(ask().subarray(0, 11)), 400, 'short'],
  ['nothing in a POST', post(Buffer.alloc(0)), 400, 'short'],
  ['a response', post(response), 400, 'response'],
  ['65,535 octets', post(Buffer.concat([ask(), Buffer.alloc(65_535 - ask().length)])), 200, 'NOERROR'],
  ['65,536 octets', post(Buffer.alloc(65_536)), 413, 'too-large'],
  ['65,536 octets of unknown length', { ...post(Buffer.alloc(65_536)), headers: { 'content-type': MEDIA_TYPE, 'transfer-encoding': 'chunked' } }, 413, 'too-large'],
  ['another type', body(ask(), { 'content-type': 'application/json' }), 415, 'content-type'],
  ['no type', { method: 'POST', body: ask() }, 415, 'content-type'],
  ['PUT', { ...post(ask()), method: 'PUT' }, 405, 'method'],
  ['HEAD', { ...get(ask()), method: 'HEAD' }, 405, 'method'],
  ['OPTIONS', { method: 'OPTIONS' }, 405, 'method'],
  ['another path', { ...get(ask()), path: `/?dns=${ask().toString('base64url')}` }, 404, 'path'],
  ['a path that begins alike', { ...post(ask()), path: `${PATH}/` }, 404, 'path'],
]; // prettier-ignore

tap.test('each request gets its status, in HTTP/1.1 and HTTP/2, and is counted', async () => {
  const bench = await FrontBench.open({ doh });
  for (const client of clients(dohPort(bench))) {
    for (const [what, given, status, expected] of CASES) {
      const about = `${client.name}: ${what}`;
      // Chunks are HTTP/1.1's: in HTTP/2 no length is needed.
      const { 'transfer-encoding': chunked, ...headers } = given.headers ?? {};
      const request = chunked !== undefined && client.name === 'HTTP/2' ? { ...given, headers } : given;
      const [answered, rejected] = [bench.seen.answered.length, bench.rejects.length];
      const answer = await client.request(request);
      assert.equal(answer.status, status, about);
      if (status !== 200) {
        assert.deepEqual(bench.rejects.slice(rejected), [{ source: 'https', reason: expected }], about);
        assert.equal(bench.seen.answered.length, answered, about);
        assert.equal(answer.headers['cache-control'], 'no-store', about);
        // Nothing is left of a request without a body: its connection goes on.
        if (given.body === undefined) assert.notEqual(answer.headers['connection'], 'close', about);
        assert.equal(answer.headers['allow'], status === 405 ? 'GET, POST' : undefined, about);
        continue;
      }
      const told = bench.seen.answered.at(-1);
      assert.equal(bench.seen.answered.length, answered + 1, about);
      assert.deepEqual([told?.source, told?.clientIp, told?.responseCode], ['https', LOOPBACK, expected], about);
      assert.equal(told?.size, answer.body.length, about);
      assert.equal(answer.headers['content-type'], MEDIA_TYPE);
      assert.equal(answer.headers['cache-control'], expected === 'NOERROR' ? 'max-age=60' : 'no-store', about);
      assert.equal(answer.body.readUInt16BE(0), what.includes('id') ? 0xabcd : 0, about);
    }
    await client.close();
  }
  await bench.settled();
  await bench.close();
});

tap.test('a length that is announced too large is refused before its body comes', async () => {
  const bench = await FrontBench.open({ doh });
  const request = httpsRequest({
    host: LOOPBACK,
    port: dohPort(bench),
    path: PATH,
    method: 'POST',
    headers: { 'content-type': MEDIA_TYPE, 'content-length': 65_536 },
    rejectUnauthorized: false,
  });
  request.flushHeaders();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 413);
  assert.equal(response.headers.connection, 'close', 'what is left of the body is not waited for');
  request.on('error', () => undefined).destroy();
  await bench.close();
});

tap.test('bodies that have not come whole are bounded, each and all of a connection; room comes back', async () => {
  const bench = await FrontBench.open({ doh });
  const session = http2.connect(`https://${LOOPBACK}:${dohPort(bench)}`, { rejectUnauthorized: false });
  const statuses: number[] = [];
  let closed = 0;
  const begin = (octets: number): http2.ClientHttp2Stream => {
    const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': MEDIA_TYPE });
    stream.on('response', (headers) => void statuses.push(headers[':status'] ?? 0));
    stream.on('error', () => undefined).on('close', () => closed++);
    stream.resume().write(Buffer.alloc(octets));
    return stream;
  };
  begin(65_536);
  // It is not waited for what is left.
  await until(() => closed === 1, 'its end');
  const held = Array.from({ length: 4 }, () => begin(60_000));
  await new Promise((resolve) => session.ping(resolve));
  begin(60_000);
  await until(() => closed === 2, 'the end of that which is one too many');
  assert.deepEqual(statuses, [413, 503]);
  held[0]?.end();
  await until(() => closed === 3, 'the end of a whole one');
  begin(60_000).end();
  await until(() => closed === 4, 'the end of another');
  assert.deepEqual(statuses, [413, 503, 200, 200]);
  assert.deepEqual(bench.rejects.map(({ reason }) => reason), ['too-large', 'busy']); // prettier-ignore
  session.destroy();
  await bench.settled();
  await bench.close();
});

tap.test(
  'how long an answer is fresh: its least TTL as sent, of a negative one what its SOA says, of an error not at all',
  async () => {
    const clock = { ms: 0, now: () => clock.ms, wall: () => 1_700_000_000_000 + clock.ms };
    const soa = (minimum: number): Buffer => {
      const data = Buffer.alloc(22);
      data.writeUInt32BE(minimum, 18);
      return record(6, data, 3_600);
    };
    const answers: Record<string, { readonly records: readonly Buffer[]; readonly code?: number }> = {
      two: { records: [record(1, Buffer.alloc(4), 90), record(1, Buffer.alloc(4), 40)] },
      zero: { records: [record(1, Buffer.alloc(4), 0)] },
      negative: { records: [soa(25)] },
      longer: { records: [soa(7_200)] },
      none: { records: [] },
      failed: { records: [ADDRESS], code: 2 },
    };
    const upstream = new FakeUpstream((query, from, itself) => {
      const { records, code } = answers[query.toString('latin1', 13, 13 + (query[12] ?? 0))] ?? { records: [] };
      itself.send(replyTo(query, records, code), from);
    });
    const bench = await FrontBench.open({ doh }, { cache: {}, clock }, upstream);
    const client = http2Client(dohPort(bench), true);
    const fresh = async (name: string): Promise<unknown> =>
      (await client.request(get(ask(0, name)))).headers['cache-control'];
    assert.equal(await fresh('two'), 'max-age=40');
    clock.ms += 15_000;
    assert.equal(await fresh('two'), 'max-age=25', 'as it was counted down');
    assert.deepEqual(bench.seen.answered.map(({ result }) => result), ['miss', 'hit']); // prettier-ignore
    assert.equal(await fresh('zero'), 'max-age=0');
    assert.equal(await fresh('negative'), 'max-age=25');
    assert.equal(await fresh('longer'), 'max-age=3600');
    for (const name of ['none', 'failed']) assert.equal(await fresh(name), 'no-store', name);
    await client.close();
    await bench.settled();
    await bench.close();
  },
);

tap.test('one connection, many queries: in turn, and 100 at once in HTTP/2, each with its own answer', async () => {
  const held: (() => void)[] = [];
  let together = 1;
  const upstream = new FakeUpstream((query, from, itself) => {
    held.push(() => itself.send(replyTo(query, [ADDRESS]), from));
    if (held.length < together) return;
    for (const send of held.splice(0).reverse()) send();
  });
  const bench = await FrontBench.open({ doh, maxConnections: 2 }, {}, upstream);
  const [one, two] = clients(dohPort(bench));
  assert.ok(one !== undefined && two !== undefined);
  const right = async (client: IDohClient, id: number, name: string): Promise<void> => {
    const query = ask(id, name);
    const { status, body: reply } = await client.request(id % 2 === 0 ? get(query) : post(query));
    assert.equal(status, 200);
    assert.equal(reply.toString('hex', 12, questionEnd(query)), query.toString('hex', 12));
    assert.deepEqual([reply.readUInt16BE(0), reply.readUInt16BE(6)], [id, 1]);
  };
  for (const client of [one, two]) for (let id = 0; id < 50; id++) await right(client, id, `N${id}.test`);
  together = 100;
  const all = Array.from({ length: 100 }, (_, id) => right(two, id, `m${id}.TEST`));
  await Promise.all(all);
  assert.equal(bench.seen.answered.length, 200);
  assert.ok(Math.max(...bench.seen.active) >= 99, 'they were in flight together');
  await Promise.all([one.close(), two.close()]);
  await bench.settled();
  await bench.close();
});

export default tap.start({ throwOnError: true });
