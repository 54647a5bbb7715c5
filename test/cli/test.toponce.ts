import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import { statsSchema } from '../../ts/ops/index.js';
import { Cli, ConfigFolder } from '../helpers/cli.js';
import { freePort } from '../helpers/freeport.js';
import { until } from '../helpers/wait.js';
import { topCommand, TopRouter } from '../helpers/toprouter.js';

const TOKEN = 'a-token-of-sufficient-length';
const folder = new ConfigFolder();
const router = new TopRouter();
await router.start();

async function top(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const cli = new Cli(['top', ...args]);
  const code = await cli.ended;
  return { code, stdout: cli.stdout, stderr: cli.stderr };
}
const bash = async (script: string): Promise<string> =>
  (await promisify(execFile)('bash', ['-c', script], { timeout: 30_000 })).stdout;

tap.test('without a terminal one plain table, as with --once', async () => {
  router.routes({ 'evil\x1b[2J\u202e': 4, web: 7 });
  const [plain, asked] = await Promise.all([top(router.url), top('--once', router.url)]);
  assert.deepEqual([plain.code, plain.stderr], [0, '']);
  assert.deepEqual(asked, plain);
  assert.match(plain.stdout, /^host-1 {2}up 01:00:00 {2}routemeter 0\.1\.0\nidentities BREACHED: bytes {2}/);
  assert.match(plain.stdout, /\n\nROUTE +ACTIVE▼ .*\nweb +7 .*\nevil\\x1b\[2J\\u202e +4 /);
  assert.match(plain.stdout, /\n\nDNS 3\.5 queries\/s .*\n\nTOP DOMAINS .*\nwww\.example\.test +14\n/s);
  assert.doesNotMatch(plain.stdout, /[^\P{C}\n]/u);
});

tap.test('--json prints what /api/stats tells, as one line that a terminal can have', async () => {
  const { code, stdout, stderr } = await top('--json', '--once', router.url);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^[\x20-\x7e]+\n$/);
  const stats = statsSchema.parse(JSON.parse(stdout));
  assert.deepEqual(stats, await (await fetch(`${router.url}/api/stats`)).json());
  assert.equal(stats.proxy?.routes[0]?.name, 'evil\x1b[2J\u202e');
});

tap.test('a slow reader gets all of it, and one that leaves is no error', async () => {
  router.routes(Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`route-${index}`, index])));
  let length = 0;
  const isLong = async (): Promise<boolean> =>
    (length = (await (await fetch(`${router.url}/api/stats`)).text()).length) > 200_000;
  await until(isLong, 'the long list of routes');
  const command = topCommand(`--json ${router.url}`);
  const [slow, left] = await Promise.all([
    bash(`${command} | { sleep 2; wc -c; }`),
    bash(`${command} 2>&1 | true; echo "\${PIPESTATUS[0]}"`),
  ]);
  assert.deepEqual([slow.trim(), left.trim()], [String(length + 1), '0']);
});

tap.test('no figures: one line that names the address, exit code 1', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const refused = { code: 1, stdout: '', stderr: `routemeter: ${url}/: connection refused: nothing listens there\n` };
  assert.deepEqual(await top(url), refused);
});

tap.test('a token that would go over the network in the clear is warned of', async () => {
  const args = ['--token-file', folder.write('token', TOKEN), 'http://no-such-host.invalid'];
  const { code, stderr } = await top(...args);
  assert.equal(code, 1);
  assert.match(stderr, /^routemeter: the token goes to no-such-host\.invalid unencrypted: .*\nrouteme.*\n$/);
  assert.doesNotMatch(stderr, new RegExp(TOKEN));
});

tap.test('a wrong command line: one error, exit code 2', async () => {
  const cases: readonly (readonly [message: RegExp, ...args: string[]])[] = [
    [/^error: command-argument value 'ftp:\/\/x' is invalid for argument 'url'\. It must begin with/, 'ftp://x'],
    [/^error: option '--interval <seconds>' argument '0' is invalid\. It must be seconds/, '--interval', '0'],
    [/^error: unknown option '--token'/, '--token', 'x'],
    [/^error: too many arguments/, router.url, router.url],
    [/^routemeter: .*nofile: cannot be read: there is no such file\n$/, '--ca', folder.write('x', '').replace(/x$/, 'nofile')], // prettier-ignore
  ];
  const ended = await Promise.all(cases.map(([, ...args]) => top(...args)));
  for (const [index, [message]] of cases.entries()) {
    assert.deepEqual([ended[index]?.code, ended[index]?.stdout], [2, '']);
    assert.match(ended[index]?.stderr ?? '', message);
  }
});

tap.test('of the real router with real traffic: the figures that it serves', async () => {
  const backend = createServer((socket) => socket.pipe(socket).on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const { port } = backend.address() as AddressInfo;
  const action = { type: 'forward', targets: [{ host: '127.0.0.1', port }] };
  const routes = [{ name: 'echo', match: { ports: 0 }, action }];
  const file = folder.write('real.json', { proxy: { routes }, ops: { port: 0 } });
  const cli = new Cli(['start', '--json', '--config', file]);
  const addresses = await cli.ready();
  const listening = addresses.routes[0]?.ports[0];
  for (let count = 0; count < 3; count++) {
    assert.equal(await bash(`exec 3<>/dev/tcp/127.0.0.1/${listening}; echo hi >&3; head -1 <&3`), 'hi\n');
  }
  const { stdout } = await top('--once', addresses.ops.url);
  assert.match(stdout, /\nall \d identities hold {2}sampled \d\.\d s ago\n\d open /);
  assert.match(stdout, /\necho +\d +3 +[\d.—]+ +— +/);
  assert.match(stdout, /\n\nDNS: no DNS server is observed\n$/);
  assert.equal(await cli.stop(), 0);
  backend.close();
});

tap.test('the end', async () => {
  folder.remove();
  await router.stop();
});

export default tap.start({ throwOnError: true });
