import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { tap } from '@push.rocks/tapbundle';
import { selfSigned } from '../../ts/cli/selfsigned.js';
import type { IRouterStats } from '../../ts/interfaces/stats.js';
import { Cli, ConfigFolder } from '../helpers/cli.js';
import { dig } from '../helpers/smartdns.js';
import { until } from '../helpers/wait.js';
import { withoutSmartDns } from '../helpers/withoutsmartdns.js';

// The built-in set-up has fixed ports, so everything that starts it is in this file, one after the other.

const folder = new ConfigFolder();
const OPS = 'http://127.0.0.1:9464';
const stats = async (): Promise<IRouterStats> => (await (await fetch(`${OPS}/api/stats`)).json()) as IRouterStats;

async function started(cli: Cli): Promise<void> {
  await until(() => cli.stdout.includes('Ctrl-C') || cli.child.exitCode !== null, 'the greeting');
  assert.equal(cli.child.exitCode, null, cli.stderr);
}

tap.test('the certificate made at start is one that TLS clients verify', async () => {
  const { key, cert } = selfSigned(['localhost', '127.0.0.1', '*.example.test']);
  const x509 = new X509Certificate(cert);
  assert.equal(x509.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, DNS:*.example.test');
  assert.ok(x509.checkPrivateKey(createPrivateKey(key)) && x509.verify(x509.publicKey));
  assert.ok(Date.parse(x509.validFrom) < Date.now() && Date.parse(x509.validTo) > Date.now() + 29 * 86_400_000);
  assert.notEqual(new X509Certificate(selfSigned(['localhost']).cert).serialNumber, x509.serialNumber);
  const server = createServer({ key, cert }, (socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const servername of ['localhost', 'www.example.test']) {
    const client = connect({ host: '127.0.0.1', port, ca: cert, servername });
    await once(client, 'secureConnect');
    assert.equal(client.authorized, true);
    client.destroy();
  }
  server.close();
});

tap.test("npm start's command: every part is reached, demo traffic moves the figures, they add up", async () => {
  const cli = new Cli(['start', '--demo-traffic']);
  await started(cli);
  assert.match(cli.stdout, /Demo traffic: about 20 /);
  const commands = cli.stdout.match(/^ {2}(curl|dig) .*$/gm);
  assert.deepEqual(
    commands?.map((line) => line.trim()),
    ['curl http://127.0.0.1:8080/', 'dig @127.0.0.1 -p 8053 www.example.test', 'curl http://127.0.0.1:9464/metrics'],
  );
  assert.match(await (await fetch('http://127.0.0.1:8080/x')).text(), /hello .* GET \/x/);
  assert.match(await dig(8053, 'www.example.test'), /192\.0\.2\.10\n.* 192\.0\.2\.11$/);
  assert.match(await dig(8053, 'blog.apps.example.test'), /CNAME www\.example\.test\.$/);
  await until(async () => {
    const { proxy, dns } = await stats();
    const busy = proxy?.routes.filter(({ name, total }) => !name.startsWith('_') && (total ?? 0) >= 3) ?? [];
    return busy.length === 3 && (dns?.totalQueries ?? 0) >= 5 && (dns?.queryTypes['A'] ?? 0) >= 2;
  }, 'figures of all three routes and of DNS');
  const { self, proxy } = await stats();
  assert.deepEqual(
    self.invariants.filter(({ ok }) => !ok),
    [],
  );
  assert.equal(proxy?.certificates?.length, 1);
  const requests = Object.fromEntries(proxy.routes.map((route) => [route.name, (route.requests?.finished ?? 0) > 0]));
  assert.deepEqual([requests['web'], requests['secure'], requests['echo']], [true, true, false]);
  assert.equal(await cli.stop(), 0);
  assert.deepEqual(
    cli.lines.filter((line) => !line.startsWith('routemeter: stopping: ')),
    [],
  );
});

tap.test('a busy default port is one line that names it and the way out; the other one runs on', async () => {
  const first = new Cli(['start']);
  await started(first);
  const second = new Cli(['start']);
  assert.equal(await second.ended, 1);
  assert.equal(second.lines.length, 1, second.stderr);
  assert.match(
    second.stderr,
    /cannot listen on 127\.0\.0\.1:(8053|8080): the port is in use; ports of your own go into a file: --config FILE/,
  );
  assert.equal((await stats()).schemaVersion, 1);
  first.kill('SIGHUP');
  await first.told('there is no configuration file to read again');
  assert.equal(await first.stop(), 0);
});

tap.test('without a configuration it runs all the same, and DNS is not measured rather than 0', async () => {
  for (const { what, nodeArgs, line } of withoutSmartDns(folder)) {
    const cli = new Cli(['start'], nodeArgs);
    await until(() => cli.stdout.includes('Ctrl-C'), `the greeting (${what}): ${cli.stderr}`);
    assert.equal(cli.lines.length, 1, cli.stderr);
    assert.match(cli.lines[0] ?? '', line);
    assert.match(cli.lines[0] ?? '', /running without DNS/);
    assert.doesNotMatch(cli.stdout, /dig|dns /);
    assert.equal(cli.stdout.match(/^ {2}curl .*$/gm)?.length, 3);
    assert.equal((await stats()).dns, null);
    assert.equal(await cli.stop(), 0);
  }
  folder.remove();
});

export default tap.start({ throwOnError: true });
