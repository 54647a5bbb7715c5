import assert from 'node:assert/strict';
import { expect, tap } from '@push.rocks/tapbundle';
import { Connection } from '../../ts/manager/classes.connection.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { ObservedDns } from '../../ts/manager/classes.observeddns.js';
import { ObservedProxy } from '../../ts/manager/classes.observedproxy.js';
import { State } from '../../ts/manager/classes.state.js';
import * as identities from '../../ts/manager/identities.js';
import { managerSettings } from '../../ts/manager/settings.js';
import { FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';

interface IWorld {
  readonly manager: MetricsManager;
  readonly proxy: FakeProxySource;
  readonly dns: FakeDnsSource;
  readonly logged: string[];
}

function setUp(): IWorld {
  const logged: string[] = [];
  const manager = new MetricsManager({ logger: { warn: (line) => logged.push(line) } });
  const [proxy, dns] = [new FakeProxySource('a', 'b'), new FakeDnsSource()];
  manager.observe(proxy);
  manager.observe(dns);
  // Ordinary life first: a breach must show among much that is right.
  const kept = proxy.open('b');
  proxy.traffic(kept, 10, 20);
  proxy.close(proxy.open('a'));
  dns.answer(dns.ask('x', { source: 'udp' }), { result: 'miss', responseCode: 'NOERROR' });
  dns.ask('y', { source: 'udp' });
  return { manager, proxy, dns, logged };
}

const breached = (manager: MetricsManager): string[] =>
  manager.snapshot().self.invariants.filter(({ ok }) => !ok).map(({ name }) => name); // prettier-ignore

tap.test('all hold in an ordinary life', async () => {
  const { manager, logged } = setUp();
  const { invariants } = manager.snapshot().self;
  assert.deepEqual(
    invariants.map(({ name }) => name),
    ['connections', 'bytes', 'bytes-at-close', 'requests', 'dns', 'sources'],
  );
  for (const invariant of invariants) {
    assert.deepEqual(invariant, { name: invariant.name, ok: true, violations: 0, detail: null });
  }
  expect(logged).toEqual([]);
});

/** A wrong event in one of the books, and which identities it must breach. */
const seeded: { readonly what: string; readonly breaks: string[]; readonly seed: (world: IWorld) => void }[] = [
  {
    what: 'connections, the counters: the same open told twice',
    breaks: ['connections'],
    seed: ({ proxy }) => {
      const id = proxy.open('a');
      proxy.emit('connection-open', { connectionId: id, routeName: 'a', type: 'tcp', clientIp: null, port: 1, timestamp: 0 }); // prettier-ignore
    },
  },
  {
    what: 'connections, the records: an open told of what the source does not hold',
    breaks: ['sources'],
    seed: ({ proxy }) =>
      proxy.emit('connection-open', { connectionId: 999, routeName: 'a', type: 'tcp', clientIp: null, port: 1, timestamp: 0 }), // prettier-ignore
  },
  {
    what: 'connections, the records: a close told while the source still holds it',
    breaks: ['sources'],
    seed: ({ proxy }) => {
      const id = proxy.open('a');
      proxy.emit('connection-close', { connectionId: id, routeName: 'a', type: 'tcp', clientIp: null, duration: 0, bytesIn: 0, bytesOut: 0, bytesTransferred: 0, reason: 'client-end', reaped: false, timestamp: 0 }); // prettier-ignore
    },
  },
  {
    what: 'connections: a close told twice',
    breaks: ['sources'],
    seed: ({ proxy }) => {
      const id = proxy.open('a');
      proxy.close(id);
      proxy.emit('connection-close', { connectionId: id, routeName: 'a', type: 'tcp', clientIp: null, duration: 0, bytesIn: 0, bytesOut: 0, bytesTransferred: 0, reason: 'client-end', reaped: false, timestamp: 0 }); // prettier-ignore
    },
  },
  {
    what: 'bytes in, the close: more than its traffic',
    breaks: ['bytes', 'bytes-at-close'],
    seed: ({ proxy }) => {
      const id = proxy.open('a');
      proxy.traffic(id, 5, 6);
      proxy.close(id, { bytesIn: 6 });
    },
  },
  {
    what: 'bytes out, the traffic: told again without being in the close',
    breaks: ['bytes', 'bytes-at-close'],
    seed: ({ proxy }) => {
      const id = proxy.open('a');
      proxy.traffic(id, 5, 6);
      proxy.emit('traffic', { connectionId: id, routeName: 'a', clientIp: null, bytesIn: 0, bytesOut: 6, sendQueue: 0, halfOpen: false }); // prettier-ignore
      proxy.close(id);
    },
  },
  {
    what: 'bytes: two wrong closes that make up for each other',
    breaks: ['bytes-at-close'],
    seed: ({ proxy }) => {
      proxy.close(proxy.open('a'), { bytesIn: 3 });
      proxy.close(proxy.open('a'), { bytesIn: -3 });
    },
  },
  {
    what: 'requests, the counters: an end without a start',
    breaks: ['requests'],
    seed: ({ proxy }) => {
      const id = proxy.open('a');
      proxy.endRequest(id, 'a');
    },
  },
  {
    what: 'requests, the counters: an end told twice',
    breaks: ['requests'],
    seed: ({ proxy }) => {
      const id = proxy.open('a');
      proxy.startRequest(id, 'a');
      proxy.endRequest(id, 'a');
      proxy.endRequest(id, 'a', null);
    },
  },
  {
    what: 'DNS, the counters: a query told twice',
    breaks: ['dns'],
    seed: ({ dns }) => {
      const queryId = dns.ask('z');
      dns.emit('query-received', { queryId, type: 'A', domain: 'z', source: 'unknown', timestamp: 0 });
    },
  },
  {
    what: 'DNS, the set: an answer told while the source still holds the query',
    breaks: ['sources', 'dns'],
    seed: ({ dns }) => {
      const queryId = dns.ask('z');
      dns.emit('query-answered', { queryId, type: 'A', domain: 'z', source: 'unknown', result: null, cached: false, responseTime: 1, answered: true }); // prettier-ignore
    },
  },
  {
    what: 'DNS: a source that tells cache results leaves one out',
    breaks: ['dns'],
    seed: ({ dns }) => dns.answer(dns.ask('z'), { result: null }),
  },
  {
    what: 'DNS: a query dropped twice',
    breaks: ['sources'],
    seed: ({ dns }) => {
      const queryId = dns.ask('z');
      dns.drop(queryId);
      dns.emit('query-dropped', { queryId, type: 'A', source: 'unknown', reason: 'overload' });
    },
  },
  {
    what: "sources: the source's own book fails",
    breaks: ['sources'],
    seed: ({ proxy }) => {
      proxy.activeCount = () => {
        throw new Error('no book');
      };
    },
  },
];

for (const { what, breaks, seed } of seeded) {
  tap.test(`breached: ${what}`, async () => {
    const world = setUp();
    const { manager, logged } = world;
    seed(world);
    assert.deepEqual(breached(manager).sort(), [...breaks].sort());
    assert.deepEqual(breached(manager).sort(), [...breaks].sort());
    const { invariants } = manager.snapshot().self;
    for (const { name, violations, detail } of invariants) {
      expect(violations).toEqual(breaks.includes(name) ? 3 : 0); // one for each read
      expect(detail === null).toEqual(!breaks.includes(name));
    }
    expect(logged.length).toEqual(breaks.length); // once each
    assert.equal(world.proxy.listenerErrors + world.dns.listenerErrors, 0); // and nothing was thrown
  });
}

tap.test(
  'breached in the book of records alone: what only the records know is compared with the counters',
  async () => {
    const state = new State(managerSettings({}));
    const observed = new ObservedProxy(new FakeProxySource(), state);
    const { proxy } = state;
    const counted = (id: number): Connection => {
      const connection = new Connection(id, proxy.routes.resolve('a'), null, 0, 0);
      observed.insert(connection, 0);
      connection.route.open(0, 0);
      proxy.opened++;
      return connection;
    };
    const record = counted(1);
    counted(2);
    assert.equal(identities.connectionsBreach(proxy, [observed]), null);
    assert.match(identities.connectionsBreach(proxy, []) ?? '', /held 0; routes 2/);
    observed.remove(record, 0);
    assert.match(identities.connectionsBreach(proxy, [observed]) ?? '', /opened 2 - closed 0; live records 1/);
    observed.insert(record, 0);
    proxy.opened++;
    assert.match(identities.connectionsBreach(proxy, [observed]) ?? '', /opened: total 3; routes 2/);
    proxy.opened--;
    proxy.closed++;
    assert.match(identities.connectionsBreach(proxy, [observed]) ?? '', /closed: total 1; routes 0/);

    assert.equal(identities.bytesBreach(proxy), null);
    proxy.liveBytes.add(1, 0);
    assert.match(identities.bytesBreach(proxy) ?? '', /bytes in: routes 0, total 0; closed 0 \+ live 1/);
    proxy.liveBytes.add(-1, 2);
    assert.match(identities.bytesBreach(proxy) ?? '', /bytes out: routes 0, total 0; closed 0 \+ live 2/);

    assert.equal(identities.requestsBreach(proxy), null);
    observed.startRequest(record);
    assert.match(identities.requestsBreach(proxy) ?? '', /started 0; finished 0 \+ aborted 0 \+ in flight 1/);

    const dns = new ObservedDns(new FakeDnsSource(), state);
    assert.equal(identities.dnsBreach(state.dns, [dns]), null);
    dns.receive(1);
    assert.match(identities.dnsBreach(state.dns, [dns]) ?? '', /queries 0; responses 0 \+ dropped 0 \+ in flight 1/);
    assert.equal(dns.end(1), true);
    state.dns.transport('udp').types.add('A');
    assert.match(identities.dnsBreach(state.dns, [dns]) ?? '', /queries 0; by type 1/);
    state.dns.queries = state.dns.responses = 1;
    assert.match(identities.dnsBreach(state.dns, [dns]) ?? '', /responses 1; by code 0/);
  },
);

tap.test('an id told twice leaves no gauge behind: the earlier record goes', async () => {
  const { manager, proxy } = setUp();
  const id = proxy.open('a');
  proxy.traffic(id, 0, 0, 50, true);
  proxy.emit('connection-open', { connectionId: id, routeName: 'a', type: 'tcp', clientIp: null, port: 1, timestamp: 0 }); // prettier-ignore
  const route = () => manager.snapshot().proxy?.routes.find(({ name }) => name === 'a');
  assert.deepEqual([route()?.active, route()?.sendQueueBytes, route()?.halfOpen], [1, 0, 0]);
  proxy.close(id);
  assert.deepEqual([route()?.active, route()?.oldestSeconds], [0, null]);
});

tap.test('what is wrong for a moment only is counted and is over', async () => {
  const { manager, proxy } = setUp();
  const truth = proxy.activeCount.bind(proxy);
  proxy.activeCount = () => truth() + 1;
  expect(breached(manager)).toEqual(['sources']);
  proxy.activeCount = truth;
  expect(breached(manager)).toEqual([]);
  expect(manager.snapshot().self.invariants.find(({ name }) => name === 'sources')?.violations).toEqual(1);
});

tap.test('a listener that reads in an event sees it whole, and every identity holds there', async () => {
  const manager = new MetricsManager();
  const proxy = new FakeProxySource('a');
  const dns = new FakeDnsSource();
  const seen: Record<string, unknown> = {};
  const look = (name: string): void => {
    const { proxy: total, dns: names, self } = manager.snapshot();
    assert.deepEqual(self.invariants.filter(({ ok }) => !ok), [], name); // prettier-ignore
    seen[name] = [total?.active, total?.bytesIn, total?.closed, names?.queries, names?.responses];
  };
  // Subscribed before the manager is, which comes first all the same.
  for (const event of ['connection-open', 'traffic', 'request-start', 'request', 'connection-close'] as const) {
    proxy.on(event, () => look(event));
  }
  for (const event of ['query-received', 'query-answered'] as const) dns.on(event, () => look(event));
  manager.observe(proxy);
  manager.observe(dns);
  const id = proxy.open('a');
  proxy.startRequest(id, 'a');
  proxy.endRequest(id, 'a');
  proxy.traffic(id, 7, 0);
  proxy.close(id);
  dns.answer(dns.ask('x'));
  assert.deepEqual(seen, {
    'connection-open': [1, 0, 0, 0, 0],
    'request-start': [1, 0, 0, 0, 0],
    request: [1, 0, 0, 0, 0],
    traffic: [1, 7, 0, 0, 0],
    'connection-close': [0, 7, 1, 0, 0],
    'query-received': [0, 7, 1, 1, 0],
    'query-answered': [0, 7, 1, 1, 1],
  });
  assert.equal(proxy.listenerErrors + dns.listenerErrors, 0);
});

tap.test('identities hold at every read of a long random life', async () => {
  const manager = new MetricsManager({ limits: { routes: 3 } });
  const proxy = new FakeProxySource('a', 'b', 'c');
  const dns = new FakeDnsSource();
  manager.observe(proxy);
  manager.observe(dns);
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((seed / 0x80000000) * below);
  };
  const open: number[] = [];
  const asked: number[] = [];
  const [started, lingering]: [number[], number[]] = [[], []];
  for (let step = 0; step < 20_000; step++) {
    const id = open[random(open.length)];
    switch (random(8)) {
      case 0:
      case 1:
        open.push(proxy.open(['a', 'b', 'c', 'd', '_unrouted'][random(5)] ?? 'a'));
        break;
      case 2:
        if (id === undefined) break;
        open.splice(open.indexOf(id), 1);
        proxy.close(id, { reaped: random(2) === 0 });
        break;
      case 3:
        if (id !== undefined) proxy.traffic(id, random(1000), random(1000), random(10), random(2) === 0);
        break;
      case 4:
        if (id === undefined) break;
        proxy.startRequest(id, 'a');
        started.push(id);
        break;
      case 5: {
        const ended = started.splice(random(started.length), 1)[0] ?? lingering.pop();
        if (ended !== undefined) proxy.endRequest(ended, 'a', random(2) === 0 ? null : 200);
        break;
      }
      case 6:
        asked.push(dns.ask('x', { type: ['A', 'TXT', 'TYPE9'][random(3)] ?? 'A', source: 'tcp' }));
        break;
      default: {
        const query = asked.splice(random(asked.length), 1)[0];
        if (query === undefined) break;
        if (random(3) === 0) dns.drop(query);
        else dns.answer(query, { result: 'miss' });
      }
    }
    if (step % 50 === 0) {
      proxy.reading.routes = ['a', 'b', 'c', 'd'].filter(() => random(3) > 0);
      assert.deepEqual(breached(manager), [], `step ${step}`);
    }
  }
  assert.ok((manager.snapshot().proxy?.opened ?? 0) > 4000);
});

tap.test('of many routes the one is named in which the books differ', async () => {
  const { proxy } = new State(managerSettings({}));
  for (let index = 0; index < 200; index++) proxy.routes.resolve(`route-${index}`);
  proxy.routes.resolve('route-150').open(0, 0);
  proxy.opened++;
  assert.match(
    identities.connectionsBreach(proxy, []) ?? '',
    /^route "route-150": opened 1 - closed 0; live records 0$/,
  );
  proxy.routes.resolve('route-70').countRequests().start();
  assert.match(
    identities.requestsBreach(proxy) ?? '',
    /^route "route-70": started 1; finished 0 \+ aborted 0 \+ in flight 0$/,
  );
});

export default tap.start({ throwOnError: true });
