import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type RequestListener } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { Cli, ConfigFolder } from '../helpers/cli.js';
import { until } from '../helpers/wait.js';

const HOST = '127.0.0.1';
const folder = new ConfigFolder();
const servers: Server[] = [];

async function backend(listener: RequestListener): Promise<number> {
  const server = createServer({ keepAliveTimeout: 1 }, listener).listen(0, HOST);
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const route = (name: string, port: number, ports: unknown = 0): object => ({
  name,
  match: { ports, domains: [HOST, `${name}.test`] },
  action: { type: 'forward', targets: [{ host: HOST, port }] },
});
const config = (routes: readonly object[], more: object = {}): object => ({
  proxy: { routes },
  ops: { port: 0 },
  ...more,
});

function fetchText(port: number, path = '/', host?: string): Promise<string> {
  const headers = host === undefined ? {} : { host };
  return new Promise((resolve, reject) => {
    get({ host: HOST, port, path, headers, agent: false }, (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text)).on('error', reject);
    }).on('error', reject);
  });
}

const routesOf = async (url: string): Promise<Record<string, number>> => {
  const stats = (await (await fetch(`${url}/api/stats`)).json()) as {
    proxy: { routes: { name: string; total: number }[] };
  };
  return Object.fromEntries(stats.proxy.routes.map(({ name, total }) => [name, total]));
};

tap.test('a configuration on ports 0 serves through the proxy and shows it; SIGTERM exits 0', async () => {
  const port = await backend((request, response) => void response.end(`backend ${request.url}`));
  const cli = new Cli(['start', '--json', '--config', folder.write('serve.json', config([route('web', port)]))]);
  const { routes, dns, ops } = await cli.ready();
  assert.equal(routes.length, 1);
  assert.equal(dns, null);
  const [web] = routes;
  assert.deepEqual({ ...web, ports: [] }, { name: 'web', host: HOST, ports: [], protocol: 'http', domains: [HOST, 'web.test'] }); // prettier-ignore
  for (let count = 0; count < 3; count++) assert.equal(await fetchText(web?.ports[0] ?? 0, '/a'), 'backend /a');
  await until(async () => (await routesOf(ops.url))['web'] === 3, '3 connections in the figures');
  assert.match(await (await fetch(`${ops.url}/metrics`)).text(), /router_connections_opened_total\{route="web"\} 3/);
  assert.equal((await fetch(`${ops.url}/healthz`)).status, 200);
  assert.equal(await cli.stop(), 0);
  assert.equal(cli.stderr, '');
  assert.equal(cli.stdout.trimEnd().split('\n').length, 1);
});

tap.test('what people see: every address and the commands to try', async () => {
  const port = await backend((_, response) => void response.end());
  const cli = new Cli(['start', '--config', folder.write('people.json', config([route('web', port)]))]);
  await until(() => cli.stdout.includes('Ctrl-C'), 'the greeting');
  assert.match(cli.stdout, /\n {2}route web {2}http {2}127\.0\.0\.1:\d+ {2}for 127\.0\.0\.1, web\.test\n/);
  assert.match(cli.stdout, /\n {2}ops {8}http:\/\/127\.0\.0\.1:\d+ /);
  assert.match(
    cli.stdout,
    /\nTry:\n {2}curl http:\/\/127\.0\.0\.1:\d+\/\n {2}curl http:\/\/127\.0\.0\.1:\d+\/metrics\n/,
  );
  assert.equal(await cli.stop(), 0);
});

tap.test('SIGHUP: good routes are taken over, bad ones refused, open connections stay', async () => {
  const [one, two] = [
    await backend((_, response) => void response.end('one')),
    await backend((_, response) => void response.end('two')),
  ];
  const file = folder.write('reload.json', config([route('web', one)]));
  const cli = new Cli(['start', '--json', '--config', file]);
  const { routes, ops } = await cli.ready();
  const port = routes[0]?.ports[0] ?? 0;
  assert.equal(await fetchText(port, '/', 'web.test'), 'one');

  folder.write('reload.json', config([route('web', two), route('api', one)], { drainMs: 100 }));
  cli.kill('SIGHUP');
  await cli.told(`configuration read again: web ${HOST}:${port}, api ${HOST}:${port}`);
  assert.equal(await fetchText(port, '/', 'web.test'), 'two');
  assert.equal(await fetchText(port, '/', 'api.test'), 'one');
  assert.deepEqual(Object.keys(await routesOf(ops.url)).filter((name) => !name.startsWith('_')), ['web', 'api']); // prettier-ignore

  folder.write('reload.json', config([route('web', 70_000)]));
  cli.kill('SIGHUP');
  await cli.told('the one that runs stays');
  assert.match(
    cli.stderr,
    /reload\.json:\d+:\d+: proxy\.routes\[0\]\.action\.targets\[0\]\.port must be .*, not 70000\n/,
  );
  assert.equal(await fetchText(port, '/', 'api.test'), 'one');

  folder.write('reload.json', '{ "proxy": ');
  cli.kill('SIGHUP');
  await cli.told('the one that runs stays', 2);
  assert.equal(await fetchText(port, '/', 'web.test'), 'two');

  const moved = { proxy: { host: '::1', routes: [route('web', one)] }, ops: { port: 1 } };
  folder.write('reload.json', moved);
  cli.kill('SIGHUP');
  await cli.told('not changed until the next start: proxy, ops');
  assert.equal(await fetchText(port, '/', 'web.test'), 'one');
  assert.equal((await fetch(`${ops.url}/readyz`)).status, 200);
  assert.equal(await cli.stop(), 0);
});

tap.test('SIGHUP: a busy port refuses the whole set', async () => {
  const port = await backend((_, response) => void response.end('old'));
  const [busy] = [await backend(() => undefined)];
  const file = folder.write('busy-reload.json', config([route('web', port)]));
  const cli = new Cli(['start', '--json', '--config', file]);
  const { routes } = await cli.ready();
  folder.write('busy-reload.json', config([route('other', port), route('taken', port, busy)]));
  cli.kill('SIGHUP');
  await cli.told(`cannot listen on ${HOST}:${busy}: the port is in use`);
  await cli.told('the one that runs stays');
  assert.equal(await fetchText(routes[0]?.ports[0] ?? 0, '/', 'web.test'), 'old');
  assert.equal(await cli.stop(), 0);
});

tap.test('SIGTERM lets a slow answer end, takes no new connection, and exits 0', async () => {
  const finishes: (() => void)[] = [];
  const port = await backend((_, response) => {
    response.write('slow ');
    finishes.push(() => void response.end('answer'));
  });
  const cli = new Cli(['start', '--json', '--config', folder.write('slow.json', config([route('web', port)]))]);
  const { routes } = await cli.ready();
  const open = routes[0]?.ports[0] ?? 0;
  const answer = fetchText(open);
  await until(() => finishes.length === 1, 'the request at the backend');
  cli.kill('SIGTERM');
  await cli.told('stopping: up to 5000 ms for 1 open connection');
  await until(() => refuses(open), 'the port to be closed');
  finishes[0]?.();
  assert.equal(await answer, 'slow answer');
  assert.equal(await cli.ended, 0);
});

tap.test('draining is bounded by drainMs', async () => {
  const port = await backend((_, response) => void response.write('never ends'));
  const file = folder.write('bounded.json', config([route('web', port)], { drainMs: 50 }));
  const cli = new Cli(['start', '--json', '--config', file]);
  const { routes } = await cli.ready();
  const client = await opened(routes[0]?.ports[0] ?? 0);
  const since = performance.now();
  assert.equal(await cli.stop(), 0);
  assert.ok(performance.now() - since < 4000, 'well before the default of 5 s');
  client.destroy();
});

tap.test('a second signal exits at once: 143 after SIGTERM, 130 after SIGINT', async () => {
  const port = await backend((_, response) => void response.write('never ends'));
  const file = folder.write('second.json', config([route('web', port)], { drainMs: 60_000 }));
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    // prettier-ignore
    const cli = new Cli(['start', '--json', '--config', file]);
    const { routes } = await cli.ready();
    const client = await opened(routes[0]?.ports[0] ?? 0);
    cli.kill('SIGINT');
    await cli.told('stopping: ');
    cli.kill(signal);
    assert.equal(await cli.ended, code);
    client.destroy();
  }
});

tap.test('what cannot start is one line, exit 1, and nothing is left open', async () => {
  const [port, busy] = [await backend(() => undefined), await backend(() => undefined)];
  const free = await freePort();
  const cases: readonly (readonly [name: string, config: object, line: string])[] = [
    ['route', config([route('a', port, free), route('b', port, busy)]), `cannot listen on ${HOST}:${busy}: the port is in use`],
    ['ops', config([route('a', port, free)], { ops: { port: busy } }), `OpsServer cannot listen on ${HOST}:${busy}: the port is in use`],
    ['address', { proxy: { host: '192.0.2.1', routes: [route('a', port, free)] } }, `cannot listen on 192.0.2.1:${free}: this machine has no such address`],
  ]; // prettier-ignore
  for (const [name, content, line] of cases) {
    const cli = new Cli(['start', '--config', folder.write(`${name}.json`, content)]);
    assert.equal(await cli.ended, 1, name);
    assert.deepEqual(cli.lines, [`routemeter: ${line}`]);
    assert.equal(cli.stdout, '');
    assert.ok(await refuses(free), 'the other port is closed');
  }
});

tap.test('start and check refuse a wrong configuration with exit 2', async () => {
  const twice = folder.write('twice.json', config([route('a', 1), route('a', 1)]));
  // Nothing but a constructor knows this rule.
  const shown = folder.write('shown.json', config([], { metrics: { topLists: { capacity: 5, shown: 6 } } }));
  const none = `${folder.path}/none.json`;
  const told: Readonly<Record<string, RegExp>> = {
    [twice]: /twice\.json:\d+:\d+: proxy\.routes\[1\]\.name/,
    [shown]: /shown\.json: option "topLists\.shown" must be/,
    [none]: /none\.json: cannot be read/,
  };
  const runs = Object.keys(told).flatMap((file) => ['start', 'check'].map((command) => ({ command, file })));
  await Promise.all(
    runs.map(async ({ command, file }) => {
      const cli = new Cli([command, '--config', file]);
      assert.equal(await cli.ended, 2);
      assert.equal(cli.lines.length, 1, cli.stderr);
      assert.match(cli.stderr, told[file] ?? /^$/);
      assert.equal(cli.stdout, '');
    }),
  );
});

tap.test('check says in one line that a configuration is right, and the example is', async () => {
  const cli = new Cli(['check', '--config', 'examples/config/routemeter.jsonc']);
  assert.equal(await cli.ended, 0);
  assert.equal(cli.stdout, 'examples/config/routemeter.jsonc: right (4 routes, 10 DNS records)\n');
  assert.equal(cli.stderr, '');
});

tap.test('close the backends', async () => {
  for (const server of servers) server.close();
  folder.remove();
});

/** A connection that has been answered by the backend and stays open. */
async function opened(port: number): Promise<Socket> {
  const client = connect(port, HOST).on('error', () => undefined);
  client.write(`GET / HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`);
  await once(client, 'data');
  return client;
}

async function refuses(port: number): Promise<boolean> {
  const client = connect(port, HOST);
  const refused = await Promise.race([once(client, 'connect').then(() => false), once(client, 'close').then(() => true)]).catch(() => true); // prettier-ignore
  client.destroy();
  return refused;
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export default tap.start({ throwOnError: true });
