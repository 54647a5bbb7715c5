import * as assert from 'node:assert/strict';
import { request } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DnsServer, IDnsHandler } from '@push.rocks/smartdns/server';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../ts/dns/index.js';
import { makeCertificate } from '../helpers/certificate.js';
import { DnsRecorder } from '../helpers/dnsrecorder.js';
import { dig, exchange, type ITestDns, makeSmartDns, message, rustProcesses } from '../helpers/smartdns.js';

// The real SmartDNS over the network, twice with the same handlers: one bare, one observed. The client must get the
// same from both, and what we count must be one query and one answer for each message.

type THandler = IDnsHandler['handler'];

let bare: ITestDns;
let observed: ITestDns;
let dns: MetricsAwareDns;

const a =
  (ttl = 60): THandler =>
  ({ name }) => ({ name, type: 'A', class: 'IN', ttl, data: '192.0.2.1' });
const throwing: THandler = () => {
  throw new Error('the handler’s bug');
};
const [A, TXT] = [1, 16];

interface ICase {
  readonly name: string;
  /** Patterns, types and handlers, for both servers. */
  readonly handlers: readonly (readonly [pattern: string, types: string[], handler: THandler])[];
  /** What dig asks, or a message made by hand. */
  readonly ask: readonly string[] | Buffer;
  readonly handlerCalls: number;
  /** Of the server itself. */
  readonly queryEvents: number;
  /** Of ours: type and name as counted, and whether answered. `null`: SmartDNS never tells. */
  readonly counted: { readonly type: string; readonly domain: string; readonly answered: boolean } | null;
  readonly handlerErrors?: number;
  /** What the client gets; of a message made by hand, in hex. */
  readonly client: RegExp;
}

const SOA = (name: string): RegExp =>
  new RegExp(`^NOERROR\n${name} 3600 IN SOA ns1.example.test. hostmaster.example.test. SERIAL [0-9 ]+$`);

const cases: readonly ICase[] = [
  {
    name: 'two handlers match one name; ttl 0 becomes 300',
    handlers: [
      ['*.example.test', ['A'], a(0)],
      ['two.*', ['A', 'AAAA'], a(60)],
    ],
    ask: ['two.example.test', 'A'],
    handlerCalls: 2,
    queryEvents: 1,
    counted: { type: 'A', domain: 'two.example.test', answered: true },
    client: /^NOERROR\ntwo.example.test. 300 IN A 192.0.2.1\ntwo.example.test. 60 IN A 192.0.2.1$/,
  },
  {
    name: 'no handler matches',
    handlers: [['*.example.test', ['A'], a()]],
    ask: ['www.elsewhere.test', 'AAAA'],
    handlerCalls: 0,
    queryEvents: 1,
    counted: { type: 'AAAA', domain: 'www.elsewhere.test', answered: false },
    client: SOA('www.elsewhere.test.'),
  },
  {
    name: 'the handler returns null',
    handlers: [['*.example.test', ['A'], () => null]],
    ask: ['null.example.test', 'A'],
    handlerCalls: 1,
    queryEvents: 1,
    counted: { type: 'A', domain: 'null.example.test', answered: false },
    client: SOA('null.example.test.'),
  },
  {
    name: 'the handler throws',
    handlers: [['*.example.test', ['A'], throwing]],
    ask: ['throws.example.test', 'A'],
    handlerCalls: 1,
    queryEvents: 0,
    counted: { type: 'A', domain: 'throws.example.test', answered: false },
    handlerErrors: 1,
    client: SOA('throws.example.test.'),
  },
  {
    name: 'the second of three matching handlers throws',
    handlers: [
      ['*.example.test', ['A'], a()],
      ['throws.*', ['A'], throwing],
      ['*', ['A'], a()],
    ],
    ask: ['throws.example.test', 'A'],
    handlerCalls: 2,
    queryEvents: 0,
    counted: { type: 'A', domain: 'throws.example.test', answered: false },
    handlerErrors: 1,
    client: SOA('throws.example.test.'),
  },
  {
    name: 'an async handler',
    handlers: [['*.example.test', ['A'], (async (asked: never) => a()(asked)) as unknown as THandler]],
    ask: ['async.example.test', 'A'],
    handlerCalls: 1,
    queryEvents: 1,
    // The event says answered; SmartDNS's own process then refuses what it is sent.
    counted: { type: 'A', domain: 'async.example.test', answered: false },
    handlerErrors: 1,
    client: SOA('async.example.test.'),
  },
  {
    name: 'a name in mixed case matches nothing and is counted in lower case',
    handlers: [['*.example.test', ['A'], a()]],
    ask: ['WwW.eXample.Test', 'A'],
    handlerCalls: 0,
    queryEvents: 1,
    counted: { type: 'A', domain: 'www.example.test', answered: false },
    client: SOA('WwW.eXample.Test.'),
  },
  {
    name: 'two questions in one message are one query of the first one’s type',
    handlers: [
      ['*.q.test', ['A', 'TXT'], a()],
      ['b.q.test', ['A'], a()],
    ],
    ask: message(8, [
      ['c.q.test', TXT],
      ['b.q.test', A],
    ]),
    handlerCalls: 3,
    queryEvents: 1,
    counted: { type: 'TXT', domain: 'c.q.test', answered: true },
    client: /^00088580/,
  },
  {
    name: 'a wildcard spans dots',
    handlers: [['*.example.test', ['A'], a()]],
    ask: ['a.b.example.test', 'A'],
    handlerCalls: 1,
    queryEvents: 1,
    counted: { type: 'A', domain: 'a.b.example.test', answered: true },
    client: /^NOERROR\na.b.example.test. 60 IN A 192.0.2.1$/,
  },
  {
    name: 'a type that SmartDNS does not know',
    handlers: [['*', ['HTTPS', 'UNKNOWN'], () => null]],
    ask: ['www.example.test', 'HTTPS'],
    handlerCalls: 1,
    queryEvents: 1,
    counted: { type: 'UNKNOWN', domain: 'www.example.test', answered: false },
    client: SOA('www.example.test.'),
  },
  {
    name: 'a message that is a response itself is answered, so it counts',
    handlers: [['*.example.test', ['A'], a()]],
    ask: message(9, [['qr.example.test', A]], 0x8100),
    handlerCalls: 1,
    queryEvents: 1,
    counted: { type: 'A', domain: 'qr.example.test', answered: true },
    client: /^00098580/,
  },
  {
    name: 'an UPDATE is answered like a query, so it counts',
    handlers: [['*.example.test', ['A'], a()]],
    ask: message(10, [['up.example.test', A]], 0x2800),
    handlerCalls: 1,
    queryEvents: 1,
    counted: { type: 'A', domain: 'up.example.test', answered: true },
    client: /^000a/,
  },
  {
    name: 'a message without a question',
    handlers: [['*', ['A'], a()]],
    ask: message(11, []),
    handlerCalls: 0,
    queryEvents: 1,
    counted: { type: 'NONE', domain: '.', answered: false },
    client: /^000b8580/,
  },
  {
    name: 'localhost is answered by SmartDNS’s own process and not seen',
    handlers: [['*', ['A'], a()]],
    ask: ['localhost', 'A'],
    handlerCalls: 0,
    queryEvents: 0,
    counted: null,
    client: /^NOERROR\nlocalhost. 0 IN A 127.0.0.1$/,
  },
  {
    name: 'DNSKEY without DNSSEC asked for reaches the handlers',
    handlers: [],
    ask: ['example.test', 'DNSKEY'],
    handlerCalls: 0,
    queryEvents: 1,
    counted: { type: 'DNSKEY', domain: 'example.test', answered: false },
    client: SOA('example.test.'),
  },
];

async function whatTheClientGets(port: number, ask: ICase['ask']): Promise<string> {
  return Buffer.isBuffer(ask) ? (await exchange(port, ask)).toString('hex') : dig(port, ...ask);
}

/** Registers, runs, and leaves the server as it was. */
async function withHandlers<T>(server: DnsServer, handlers: ICase['handlers'], run: () => Promise<T>): Promise<T> {
  for (const [pattern, types, handler] of handlers) server.registerHandler(pattern, types, handler);
  try {
    return await run();
  } finally {
    for (const [pattern, types] of handlers) assert.equal(server.unregisterHandler(pattern, types), true);
  }
}

tap.test('start: through MetricsAwareDns, the server listens', async () => {
  bare = await makeSmartDns();
  observed = await makeSmartDns('example.test', makeCertificate('localhost', ['127.0.0.1']));
  dns = new MetricsAwareDns({ server: observed.server });
  await Promise.all([bare.server.start(), dns.start()]);
  assert.equal(rustProcesses().length, 2);
});

for (const { name, handlers, ask, handlerCalls, queryEvents, counted, handlerErrors = 0, client } of cases) {
  tap.test(name, async () => {
    const fromBare = await withHandlers(bare.server, handlers, () => whatTheClientGets(bare.port, ask));

    const calls = { handlers: 0, events: 0 };
    const counting = handlers.map(([pattern, types, handler]) => {
      const counted: THandler = (asked) => {
        calls.handlers++;
        return handler(asked);
      };
      return [pattern, types, counted] as const;
    });
    const onQuery = (): void => void calls.events++;
    observed.server.on('query', onQuery);
    const seen = new DnsRecorder(dns);
    const before = dns.readings().handlers.reduce((sum, entry) => sum + entry.calls, 0);
    const fromObserved = await withHandlers(observed.server, counting, () => whatTheClientGets(observed.port, ask));
    observed.server.off('query', onQuery);

    assert.match(fromObserved, client);
    assert.equal(fromObserved, fromBare);
    assert.deepEqual(calls, { handlers: handlerCalls, events: queryEvents });
    const after = dns.readings().handlers.reduce((sum, entry) => sum + entry.calls, 0);
    assert.equal(after - before, handlerCalls);
    assert.equal(seen.received.length, counted === null ? 0 : 1);
    assert.equal(seen.answered.length, counted === null ? 0 : 1);
    assert.equal(seen.errors.length, handlerErrors);
    if (counted === null) return;
    const [received, answered] = [seen.received[0], seen.answered[0]];
    assert.deepEqual([received?.type, received?.domain], [counted.type, counted.domain]);
    assert.deepEqual([answered?.type, answered?.domain, answered?.answered], Object.values(counted));
    assert.equal(answered?.queryId, received?.queryId);
    if (handlerCalls > 0) assert.ok((answered?.responseTime ?? 0) > 0, 'a measured time');
    else assert.ok(answered?.responseTime === null || Number.isInteger(answered?.responseTime), 'never a made-up 0');
    assert.notEqual(answered?.responseTime, 0);
  });
}

tap.test('DNSKEY with DNSSEC asked for is answered by SmartDNS’s own process and not seen', async () => {
  const seen = new DnsRecorder(dns);
  // Keys differ from server to server, so that there is nothing to compare.
  assert.match(
    await dig(observed.port, '+dnssec', 'example.test', 'DNSKEY'),
    /^NOERROR\nexample.test. \d+ IN DNSKEY 256 3 13 /,
  );
  assert.equal(seen.received.length, 0);
});

tap.test('what SmartDNS cannot parse gets no answer and is not seen', async () => {
  const seen = new DnsRecorder(dns);
  const good = message(12, [['good.test', A]]);
  // SmartDNS works in order of arrival on loopback: the answer to the last one comes after the others were read.
  await exchange(observed.port, message(13, [['bad\xff.test', A]]), Buffer.from([1, 2, 3]), good);
  assert.deepEqual(
    seen.received.map((event) => event.domain),
    ['good.test'],
  );
});

tap.test('a listener of a user that throws or rejects changes no answer', async () => {
  const handlers = [['*.example.test', ['A'], a()]] as const satisfies ICase['handlers'];
  const fromBare = await withHandlers(bare.server, handlers, () => dig(bare.port, 'www.example.test', 'A'));
  const failures = dns.readings().listenerErrors;
  const sync = (): void => {
    throw new Error('a listener’s bug');
  };
  const rejecting = async (): Promise<void> => Promise.reject(new Error('a listener’s rejection'));
  dns.on('query-received', sync).on('query-answered', sync).on('query-answered', rejecting);
  const fromObserved = await withHandlers(observed.server, handlers, () => dig(observed.port, 'www.example.test', 'A'));
  dns.off('query-received', sync).off('query-answered', sync).off('query-answered', rejecting);
  assert.equal(fromObserved, fromBare);
  assert.match(fromObserved, /192\.0\.2\.1/);
  assert.equal(dns.readings().listenerErrors - failures, 3);
});

tap.test(
  'a listener of the application on the server itself empties the answer as it does bare; the query counts',
  async () => {
    const handlers = [['*.example.test', ['A'], a()]] as const satisfies ICase['handlers'];
    const throwingListener = (): void => {
      throw new Error('the application’s bug');
    };
    const ask = ({ server, port }: ITestDns): Promise<string> =>
      withHandlers(server, handlers, async () => {
        server.on('query', throwingListener);
        const answer = await dig(port, 'www.example.test', 'A');
        server.off('query', throwingListener);
        return answer;
      });
    const seen = new DnsRecorder(dns);
    const [fromBare, fromObserved] = [await ask(bare), await ask(observed)];
    assert.equal(fromObserved, fromBare);
    assert.match(fromObserved, SOA('www.example.test.'));
    assert.deepEqual(seen.order, ['received', 'answered']);
  },
);

tap.test('a query over HTTPS counts as well; how it came is unknown', async () => {
  const seen = new DnsRecorder(dns);
  const handlers = [['*.example.test', ['A'], a()]] as const satisfies ICase['handlers'];
  // SmartDNS speaks HTTP/1.1 only, which neither dig nor kdig does.
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { port: observed.httpsPort, path: '/dns-query', method: 'POST', rejectUnauthorized: false };
      const headers = { 'content-type': 'application/dns-message' };
      const sent = request({ host: '127.0.0.1', ...options, headers }, (reply) => {
        reply.on('data', (chunk: Buffer) => resolve(chunk.toString('hex')));
      });
      sent.on('error', reject).end(message(14, [['doh.example.test', A]]));
    });
  assert.match(await withHandlers(observed.server, handlers, ask), /c0000201$/);
  assert.deepEqual(
    seen.received.map(({ domain, source }) => [domain, source]),
    [['doh.example.test', 'unknown']],
  );
});

tap.test('handlers of before attach are counted by the event, and unwrappedHandlers tells of them', async () => {
  bare.server.registerHandler('*.example.test', ['A'], a());
  const late = new MetricsAwareDns();
  late.attach(bare.server);
  const seen = new DnsRecorder(late);
  assert.match(await dig(bare.port, 'early.example.test', 'A'), /192\.0\.2\.1/);
  assert.equal(late.unwrappedHandlers, 1);
  assert.deepEqual(seen.order, ['received', 'answered']);
  assert.deepEqual(late.readings().handlers, []);
  late.detach();
  await dig(bare.port, 'early.example.test', 'A');
  assert.equal(seen.received.length, 1);
});

tap.test('a stopped server starts again and is counted on', async () => {
  await dns.stop();
  await dns.start();
  const seen = new DnsRecorder(dns);
  assert.match(await dig(observed.port, 'again.example.test', 'A'), SOA('again.example.test.'));
  assert.equal(seen.received.length, 1);
});

tap.test('what retrieveSslCertificate registers is wrapped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-acme-'));
  const seen = new DnsRecorder(dns);
  let challenge = '';
  // The certificate authority's side, which asks for the TXT record before it agrees.
  class Client {
    createAccount = (): Promise<void> => Promise.resolve();
    createOrder = (): Promise<object> => Promise.resolve({});
    getAuthorizations = (): Promise<unknown> =>
      Promise.resolve([{ identifier: { value: 'acme.example.test' }, challenges: [{ type: 'dns-01' }] }]);
    getChallengeKeyAuthorization = (): Promise<string> => Promise.resolve('token');
    completeChallenge = async (): Promise<void> => {
      challenge = await dig(observed.port, '_acme-challenge.acme.example.test', 'TXT');
    };
    waitForValidStatus = (): Promise<void> => Promise.resolve();
    finalizeOrder = (): Promise<void> => Promise.resolve();
    getCertificate = (): Promise<string> => Promise.resolve(makeCertificate('acme.example.test').cert);
  }
  const acme = {
    Client,
    directory: { letsencrypt: { staging: '', production: '' } },
    forge: { createCsr: (): Promise<string[]> => Promise.resolve(['key', 'csr']) },
  };
  Object.assign(observed.server, { acmeClientOverride: acme });
  try {
    const result = await observed.server.retrieveSslCertificate(['acme.example.test'], { certDir: folder });
    assert.equal(result.success, true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  assert.match(challenge, /^NOERROR\n_acme-challenge.acme.example.test. 300 IN TXT "/);
  const entry = dns.readings().handlers.find(({ pattern }) => pattern === '_acme-challenge.acme.example.test');
  assert.deepEqual(entry, { pattern: '_acme-challenge.acme.example.test', calls: 1, errors: 0 });
  assert.deepEqual([seen.received[0]?.type, seen.answered[0]?.answered], ['TXT', true]);
  assert.equal(dns.unwrappedHandlers, 0);
});

tap.test('stop: the Rust processes are gone', async () => {
  await observed.stop();
  await bare.stop();
  assert.deepEqual(rustProcesses(), []);
});

export default tap.start({ throwOnError: true });
