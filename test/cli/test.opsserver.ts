import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { tap } from '@push.rocks/tapbundle';
import { readConfig } from '../../ts/cli/config.js';
import { greeting } from '../../ts/cli/greeting.js';
import { makeCertificate } from '../helpers/certificate.js';
import { Cli, ConfigFolder } from '../helpers/cli.js';
import { until } from '../helpers/wait.js';

const folder = new ConfigFolder();
process.once('exit', () => folder.remove());
const token = 'correct-horse-battery-staple';
const config = (ops: object): object => ({ proxy: { routes: [] }, ops: { port: 0, ...ops } });

/** What a POSIX shell makes of a command, with this to read from its terminal. */
function shell(command: string, input = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', command], { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

/** The greeting of `routemeter start`, and its last command to try. */
async function greeted(name: string, ops: object): Promise<{ cli: Cli; text: string; command: string }> {
  const cli = new Cli(['start', '--config', folder.write(name, config(ops))]);
  await until(() => cli.stdout.includes('Ctrl-C'), 'the greeting');
  const command = cli.stdout.split('\n').findLast((line) => line.startsWith('  ')) ?? '';
  assert.ok(!(cli.stdout + cli.stderr).includes(token), 'the token is not shown');
  return { cli, text: cli.stdout, command: command.trim() };
}

tap.test('the command to scrape works as pasted where the token is in a file, whatever its name', async () => {
  for (const name of ['token.txt', `a 'quoted' $(name) "of" \`letters\`/the token`]) {
    mkdirSync(join(folder.path, name, '..'), { recursive: true });
    folder.write(name, `${token}\n`);
    const { cli, command } = await greeted('file.json', { tokenFile: name });
    const { code, stdout, stderr } = await shell(command);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^# TYPE router_/m, command);
    assert.equal(await cli.stop(), 0);
  }
});

tap.test('and where the token stands in the configuration: it asks for it', async () => {
  const { cli, command } = await greeted('inline.json', { token });
  const { code, stdout } = await shell(command, `${token}\n`);
  assert.equal(code, 0);
  assert.match(stdout, /^token: # /);
  assert.match(stdout, /^# TYPE router_/m);
  assert.match((await shell(command, 'something-else-than-it\n')).stdout, /"status":401/);
  assert.equal(await cli.stop(), 0);
});

tap.test('bound to every address, the greeting says so, and the command is for this machine', async () => {
  folder.write('token.txt', token);
  for (const [host, own] of [['0.0.0.0', '127\\.0\\.0\\.1'], ['::', '\\[::1\\]']] as const) {
    const { cli, text, command } = await greeted('all.json', { host, tokenFile: 'token.txt' });
    assert.match(text, new RegExp(`\\n  ops +http://${own}:\\d+ \\(listening on every address, ${host}\\)  /metrics`));
    assert.match((await shell(command)).stdout, /^# TYPE router_/m);
    assert.equal(await cli.stop(), 0);
  }
}); // prettier-ignore

tap.test('an address of one machine is shown alone', async () => {
  for (const url of ['http://127.0.0.1:9464', 'http://[::1]:9464']) {
    const text = greeting({
      addresses: { routes: [], dns: null, ops: { url, host: new URL(url).hostname } },
      configuration: 'a file',
      token: null,
      demoTraffic: null,
    });
    assert.ok(text.includes(`  ${url}  /metrics`), text);
    assert.ok(text.includes(`\n  curl ${url}/metrics\n`), text);
  }
});

tap.test('what other machines can reach is refused without a token, also where TLS is on', async () => {
  const { key, cert } = makeCertificate('localhost');
  folder.write('token.txt', token);
  for (const host of [
    '0.0.0.0',
    '::',
    '0:0:0:0:0:0:0:0',
    '192.168.1.1',
    '10.0.0.1',
    '2001:db8::1',
    '::ffff:127.0.0.1',
  ]) {
    for (const more of [{}, { tls: { key, cert } }, { allowedHosts: ['router.lan'] }]) {
      const file = folder.write('open.json', config({ host, ...more }));
      assert.throws(() => readConfig(file), /ops\.host must be an address that no other machine can reach/, host);
    }
    for (const auth of [{ token }, { tokenFile: 'token.txt' }]) {
      assert.equal(readConfig(folder.write('open.json', config({ host, ...auth }))).ops.host, host);
    }
  }
});

tap.test('TLS from files, which may be replaced while it runs; a bad pair is told and the old one stays', async () => {
  const [first, second] = [makeCertificate('first'), makeCertificate('second')];
  folder.write('token.txt', token);
  folder.write('ops.key', first.key);
  folder.write('ops.crt', first.cert);
  const files = { keyFile: 'ops.key', certFile: 'ops.crt' };
  const { cli, text, command } = await greeted('tls.json', { tokenFile: 'token.txt', tls: files });
  const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
  const served = async (): Promise<unknown> => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  };
  assert.equal(await served(), 'first');
  assert.match((await shell(command)).stdout, /^# TYPE router_/m);
  folder.write('ops.key', 'no key');
  await cli.told('the ops server keeps its certificate: ');
  assert.match(cli.stderr, /ops\.key and .*ops\.crt are no usable pair/);
  assert.equal(await served(), 'first');
  for (const [name, pem] of [['ops.key', second.key], ['ops.crt', second.cert]] as const) {
    writeFileSync(join(folder.path, 'new'), pem);
    renameSync(join(folder.path, 'new'), join(folder.path, name));
  } // prettier-ignore
  await until(async () => (await served()) === 'second', 'the second certificate');
  // A file that is not touched by it is not in the way of SIGHUP.
  cli.kill('SIGHUP');
  await cli.told('configuration read again');
  assert.ok(!cli.stderr.includes('not changed until the next start'), cli.stderr);
  assert.equal(await cli.stop(), 0);
});

export default tap.start({ throwOnError: true });
