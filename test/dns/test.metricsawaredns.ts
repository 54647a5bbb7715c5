import * as assert from 'node:assert/strict';
import { DnsServer } from '@push.rocks/smartdns/server';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns, type IDnsAnswer, type IDnsServer, type TDnsHandler } from '../../ts/dns/index.js';
import { DnsRecorder } from '../helpers/dnsrecorder.js';
import { askTypeScriptSide, question } from '../helpers/smartdns.js';

// The TypeScript side of the real DnsServer, without its Rust process: every line of it runs but the network.
const makeServer = (): DnsServer =>
  new DnsServer({ udpPort: 1, httpsPort: 1, httpsKey: '', httpsCert: '', dnssecZone: 'example.test' });

const answerA: IDnsAnswer = { name: 'a.example.test', type: 'A', class: 'IN', ttl: 60, data: '192.0.2.1' };

// Types: the real server and the handlers written for it fit without a cast.
const real: IDnsServer = makeServer();
const ofSmartDns: Parameters<DnsServer['registerHandler']>[2] = () => null;
const ofOurs: TDnsHandler = ofSmartDns;
const backAgain: Parameters<DnsServer['registerHandler']>[2] = ofOurs;

class FakeClock {
  nowMs = 1_000;
  wallMs = 1_700_000_000_000;
  now = (): number => this.nowMs;
  wall = (): number => this.wallMs;
  pass(ms: number): void {
    this.nowMs += ms;
    this.wallMs += ms;
  }
}

tap.test('the real server and its handlers fit the types', async () => {
  const dns = new MetricsAwareDns({ server: real });
  dns.registerHandler('*.example.test', ['A'], ofSmartDns);
  dns.registerHandler('*.example.test', ['A'], backAgain);
  assert.equal(dns.unwrappedHandlers, 0);
});

tap.test('wiring mistakes throw with a code and the option', async () => {
  const code = (make: () => unknown, expected: string, text: RegExp): void => {
    assert.throws(make, (error: Error & { code?: string }) => error.code === expected && text.test(error.message));
  };
  code(() => new MetricsAwareDns({ servr: 1 } as never), 'ERR_OPTION_UNKNOWN', /servr/);
  code(() => new MetricsAwareDns(7 as never), 'ERR_OPTION_INVALID', /object/);
  code(() => new MetricsAwareDns({ clock: {} as never }), 'ERR_OPTION_INVALID', /"clock\.now".*function/);
  code(() => new MetricsAwareDns({ logger: 7 as never }), 'ERR_OPTION_INVALID', /"logger\.warn".*function/);
  code(() => new MetricsAwareDns({ server: {} as never }), 'ERR_OPTION_INVALID', /"server".*registerHandler/);
  const dns = new MetricsAwareDns({ server: makeServer() });
  code(() => dns.attach(makeServer()), 'ERR_ALREADY_ATTACHED', /one for each server/);
  dns.detach();
  code(() => dns.registerHandler('*', ['A'], () => null), 'ERR_NOT_ATTACHED', /attach\(\)/);
  await assert.rejects(dns.start(), /attach\(\)/);
  await assert.rejects(dns.stop(), /attach\(\)/);
});

tap.test('attach and detach: what is replaced, and restored exactly', async () => {
  const server = makeServer();
  const before = { keys: Reflect.ownKeys(server), listeners: server.listeners('query') };
  const dns = new MetricsAwareDns();
  assert.equal(dns.unwrappedHandlers, null);
  dns.attach(server);
  dns.attach(server);
  assert.equal(server.listenerCount('query'), 1);
  assert.notEqual(server.registerHandler, DnsServer.prototype.registerHandler);
  for (const name of ['unregisterHandler', 'start', 'stop', 'on', 'emit'] as const) {
    assert.equal(server[name], DnsServer.prototype[name]);
  }
  assert.ok(!Object.keys(server).includes('registerHandler'));
  dns.detach();
  dns.detach();
  assert.deepEqual(Reflect.ownKeys(server), before.keys);
  assert.deepEqual(server.listeners('query'), before.listeners);
  assert.equal(server.registerHandler, DnsServer.prototype.registerHandler);
  assert.equal(dns.unwrappedHandlers, null);
});

tap.test('an own property is restored as it was, and what came on top stays', async () => {
  const server = makeServer();
  const own = (): void => undefined;
  Object.defineProperty(server, 'registerHandler', {
    value: own,
    configurable: true,
    writable: false,
    enumerable: true,
  });
  const before = Object.getOwnPropertyDescriptor(server, 'registerHandler');
  const dns = new MetricsAwareDns({ server });
  dns.detach();
  assert.deepEqual(Object.getOwnPropertyDescriptor(server, 'registerHandler'), before);

  const stacked = makeServer();
  const [first, second] = [new MetricsAwareDns({ server: stacked }), new MetricsAwareDns({ server: stacked })];
  first.detach();
  stacked.registerHandler('*', ['A'], () => answerA);
  assert.equal(second.unwrappedHandlers, 0);
  second.detach();
  assert.deepEqual(first.readings().handlers, []);
});

tap.test('what is attached can still be replaced by assignment, as before', async () => {
  const server = makeServer();
  const dns = new MetricsAwareDns({ server });
  dns.attach(server);
  const ours = server.registerHandler;
  const patterns: string[] = [];
  server.registerHandler = function (...args) {
    patterns.push(args[0]);
    ours.apply(this, args);
  };
  server.registerHandler('b.example.test', ['A'], () => null);
  assert.deepEqual(patterns, ['b.example.test']);
  assert.equal(dns.unwrappedHandlers, 0, 'wrapped all the same');
  dns.detach();
});

tap.test('what is attached can still be replaced by assignment, as before', async () => {
  const server = makeServer();
  const dns = new MetricsAwareDns();
  dns.attach(server);
  const ours = server.registerHandler;
  const patterns: string[] = [];
  server.registerHandler = function (this: DnsServer, ...args: Parameters<DnsServer['registerHandler']>) {
    patterns.push(args[0]);
    ours.apply(this, args);
  };
  server.registerHandler('b.example.test', ['A'], () => null);
  assert.deepEqual(patterns, ['b.example.test']);
  assert.equal(dns.unwrappedHandlers, 0, 'wrapped all the same');
  dns.detach();
});

tap.test('a wrapped handler gets the same this and arguments and gives back the same reference', async () => {
  const server = makeServer();
  const dns = new MetricsAwareDns({ server });
  const seen: unknown[] = [];
  server.registerHandler('*.example.test', ['A'], function (this: unknown, ...args: unknown[]) {
    seen.push(this, args);
    return answerA;
  });
  const { handlers } = server as unknown as { handlers: { handler: (...args: unknown[]) => unknown }[] };
  const entry = handlers[0];
  assert.ok(entry);
  const asked = { name: 'a.example.test', type: 'A', class: 'IN' };
  assert.equal(entry.handler(asked), answerA);
  assert.equal(seen[0], entry);
  assert.deepEqual(seen[1], [asked]);
  assert.equal((seen[1] as unknown[])[0], asked);
  dns.detach();
  assert.equal(entry.handler(asked), answerA);
  assert.equal(dns.readings().handlers[0]?.calls, 1);
});

tap.test(
  'times: from the first handler of the message to its event, sub-millisecond, by the injected clock',
  async () => {
    const server = makeServer();
    const clock = new FakeClock();
    const dns = new MetricsAwareDns({ server, clock });
    const seen = new DnsRecorder(dns);
    const slow: TDnsHandler = () => {
      clock.pass(0.25);
      return answerA;
    };
    dns.registerHandler('a.*', ['A'], slow);
    dns.registerHandler('*.example.test', ['A'], slow);
    const sent = askTypeScriptSide(server, [question('a.example.test')]);
    assert.equal(sent[0]?.answers.length, 2);
    assert.equal(seen.answered[0]?.responseTime, 0.5);
    assert.equal(seen.received[0]?.timestamp, 1_700_000_000_000);
    // Nothing of this message is left for the next one, however late it comes.
    clock.pass(60_000);
    askTypeScriptSide(server, [question('nobody.test')]);
    // SmartDNS's own figure is of the real clock: nothing, or the milliseconds that this call took.
    assert.ok((seen.answered[1]?.responseTime ?? 0) < 60_000);
    assert.deepEqual(seen.order, ['received', 'answered', 'received', 'answered']);
    assert.deepEqual(seen.active, [1, 0, 1, 0]);
    assert.equal(new Set(seen.received.map((event) => event.queryId)).size, 2);
    assert.deepEqual(
      seen.received.map((event) => event.queryId),
      seen.answered.map((event) => event.queryId),
    );
  },
);

tap.test('without a wrapped handler the time is the event’s own where it says something', async () => {
  const server = makeServer();
  // Registered before attach: 5 ms by Date.now, which is all that SmartDNS itself measures.
  server.registerHandler('*', ['A'], () => {
    for (const end = Date.now() + 5; Date.now() < end;);
    return answerA;
  });
  const dns = new MetricsAwareDns({ server });
  const seen = new DnsRecorder(dns);
  askTypeScriptSide(server, [question('a.example.test')]);
  const [answered] = seen.answered;
  assert.ok(answered?.responseTime !== null && answered !== undefined && answered.responseTime >= 5);
  assert.equal(answered.answered, true);
  assert.equal(dns.unwrappedHandlers, 1);
  assert.equal(dns.readings().unwrappedHandlers, 1);
});

tap.test(
  'a handler that throws: same error out, one query, one error, also when it is the second of the message',
  async () => {
    const server = makeServer();
    const clock = new FakeClock();
    const dns = new MetricsAwareDns({ server, clock });
    const seen = new DnsRecorder(dns);
    const thrown = { not: 'an Error' };
    dns.registerHandler('*', ['A'], () => {
      clock.pass(2);
      return answerA;
    });
    dns.registerHandler('*.test', ['A'], () => {
      throw thrown;
    });
    const sent = askTypeScriptSide(server, [question('First.test'), question('second.test')]);
    assert.deepEqual(sent, [{ answers: [], answered: false }]);
    assert.deepEqual(seen.order, ['received', 'error', 'answered']);
    assert.equal(seen.errors[0]?.error, thrown);
    assert.equal(seen.errors[0]?.handler, '*.test');
    const [answered] = seen.answered;
    assert.equal(answered?.domain, 'first.test');
    assert.equal(answered?.answered, false);
    assert.equal(answered?.responseTime, 2);
    assert.deepEqual(dns.readings().handlers, [
      { pattern: '*', calls: 1, errors: 0 },
      { pattern: '*.test', calls: 1, errors: 1 },
    ]);
    const { handlers } = server as unknown as { handlers: { handler: () => unknown }[] };
    assert.throws(
      () => handlers[1]?.handler(),
      (error) => error === thrown,
    );
  },
);

tap.test('a message that a handler of before attach ends lends its start to no later one', async () => {
  const server = makeServer();
  const clock = new FakeClock();
  server.registerHandler('dies.test', ['A'], () => {
    throw new Error('not wrapped');
  });
  const dns = new MetricsAwareDns({ server, clock });
  dns.registerHandler('*', ['A'], () => answerA);
  // The wrapped one must run first.
  const { handlers } = server as unknown as { handlers: unknown[] };
  handlers.reverse();
  const seen = new DnsRecorder(dns);
  askTypeScriptSide(server, [question('dies.test')]);
  await Promise.resolve();
  clock.pass(30_000);
  askTypeScriptSide(server, [question('lives.test')]);
  assert.equal(seen.answered.length, 1);
  assert.equal(seen.answered[0]?.responseTime, 0);
});

tap.test('a promise passes through untouched and is one error, whatever becomes of it', async () => {
  const server = makeServer();
  const dns = new MetricsAwareDns({ server });
  const seen = new DnsRecorder(dns);
  const unhandled: unknown[] = [];
  const listener = (reason: unknown, promise: unknown): void => void unhandled.push([reason, promise]);
  process.on('unhandledRejection', listener);
  const reason = new Error('rejected later');
  const returned: Promise<never>[] = [];
  const rejecting = (): Promise<never> => {
    const promise = new Promise<never>((_, reject) => setImmediate(() => reject(reason)));
    returned.push(promise);
    return promise;
  };
  const handled = (): Promise<never> => {
    const promise = rejecting();
    promise.catch(() => undefined);
    return promise;
  };
  server.registerHandler('open.test', ['A'], rejecting as never);
  server.registerHandler('handled.test', ['A'], handled as never);
  for (const name of ['open.test', 'handled.test']) {
    assert.equal(askTypeScriptSide(server, [question(name)])[0]?.answered, true);
  }
  // Two turns of the loop: rejections are told at the end of the first.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', listener);
  // As without us: the one that nobody handled is unhandled, once, and the other is not.
  assert.deepEqual(unhandled, [[reason, returned[0]]]);
  assert.deepEqual(
    dns.readings().handlers.map(({ calls, errors }) => [calls, errors]),
    [
      [1, 1],
      [1, 1],
    ],
  );
  assert.match(String(seen.errors[0]?.error), /"open\.test" returned a promise/);
  assert.equal(seen.answered.length, 2);
});

tap.test('no listener reaches the answer; each failure is counted', async () => {
  const server = makeServer();
  const warnings: string[] = [];
  const dns = new MetricsAwareDns({ server, logger: { warn: (line) => void warnings.push(line) } });
  dns.on('query-received', function bad() {
    throw new Error('a listener’s bug');
  });
  dns.on('query-answered', async () => {
    throw new Error('a rejected one');
  });
  dns.registerHandler('*', ['A'], () => answerA);
  const sent = askTypeScriptSide(server, [question('a.example.test')]);
  assert.deepEqual(sent, [{ answers: [{ ...answerA }], answered: true }]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(dns.readings().listenerErrors, 2);
  assert.equal(warnings.length, 2);

  // Not even our own failure does: a clock that throws loses the events, not the answer.
  const broken = makeServer();
  const clock = {
    now: (): number => {
      throw new Error('no time');
    },
    wall: (): number => 0,
  };
  const observer = new MetricsAwareDns({ server: broken, clock });
  observer.registerHandler('*', ['A'], () => answerA);
  assert.equal(askTypeScriptSide(broken, [question('a.example.test')])[0]?.answered, true);
  assert.equal(observer.readings().listenerErrors, 1);
});

tap.test(
  'a listener of the application on the server that throws does so as before, and the query is counted',
  async () => {
    const server = makeServer();
    server.on('query', () => {
      throw new Error('the application’s own');
    });
    const dns = new MetricsAwareDns({ server });
    const seen = new DnsRecorder(dns);
    dns.registerHandler('*', ['A'], () => answerA);
    const sent = askTypeScriptSide(server, [question('a.example.test')]);
    assert.deepEqual(sent, [{ answers: [], answered: false }]);
    assert.deepEqual(seen.order, ['received', 'answered']);
  },
);

tap.test('names are counted in lower case, presentation form, without the final dot', async () => {
  const server = makeServer();
  const dns = new MetricsAwareDns({ server });
  const seen = new DnsRecorder(dns);
  const names = [
    'WwW.Example.TEST',
    'a.test.',
    '',
    '.',
    'sp ace.test',
    'ba\\ck.test',
    'É.test',
    'nul\0.test',
    '\ud800x.test',
  ];
  for (const name of names) askTypeScriptSide(server, [question(name)]);
  const expected = [
    'www.example.test',
    'a.test',
    '.',
    '.',
    'sp\\032ace.test',
    'ba\\\\ck.test',
    '\\195\\137.test',
    'nul\\000.test',
    '\\239\\191\\189x.test',
  ];
  assert.deepEqual(
    seen.received.map((event) => event.domain),
    expected,
  );
  for (const event of [...seen.received, ...seen.answered]) {
    assert.equal(event.source, 'unknown');
    for (const absent of ['clientIp', 'size', 'responseCode']) assert.ok(!(absent in event));
  }
  assert.ok(seen.answered.every((event) => event.result === null && !event.cached && !event.answered));
});

tap.test('one pattern has one entry, kept after unregistering; the 201st pattern shares _overflow', async () => {
  const server = makeServer();
  const dns = new MetricsAwareDns({ server });
  dns.registerHandler('a.test', ['A'], () => answerA);
  dns.registerHandler('a.test', ['TXT'], () => null);
  for (const type of ['A', 'TXT']) askTypeScriptSide(server, [question('a.test', type)]);
  assert.equal(dns.unregisterHandler('a.test', ['MX']), false);
  assert.equal(dns.unregisterHandler('a.test', ['TXT']), true);
  assert.equal(dns.unregisterHandler('a.test', ['A']), true);
  assert.equal(dns.unregisterHandler('a.test', ['A']), false);
  assert.equal(askTypeScriptSide(server, [question('a.test')])[0]?.answered, false);
  assert.deepEqual(dns.readings().handlers, [{ pattern: 'a.test', calls: 2, errors: 0 }]);

  for (let index = 1; index < 203; index++) dns.registerHandler(`n${index}.test`, ['A'], () => answerA);
  for (let index = 1; index < 203; index++) askTypeScriptSide(server, [question(`n${index}.test`)]);
  const { handlers } = dns.readings();
  assert.equal(handlers.length, 201);
  assert.deepEqual(handlers.at(-1), { pattern: '_overflow', calls: 3, errors: 0 });
});

tap.test('a server whose handlers cannot be read: unknown, not 0', async () => {
  const server = makeServer();
  const dns = new MetricsAwareDns({ server });
  Object.assign(server, { handlers: new Map() });
  assert.equal(dns.unwrappedHandlers, null);
  Object.assign(server, { handlers: [{ other: 'shape' }] });
  assert.equal(dns.unwrappedHandlers, null);
});

export default tap.start({ throwOnError: true });
