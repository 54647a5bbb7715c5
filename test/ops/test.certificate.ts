import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { tap } from '@push.rocks/tapbundle';
import { CertificateFiles } from '../../ts/ops/classes.certificatefiles.js';
import { OpsServer } from '../../ts/ops/index.js';
import type { RoutemeterError } from '../../ts/shared/errors.js';
import { makeCertificate, type ICertificate } from '../helpers/certificate.js';
import { until } from '../helpers/wait.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask } from './client.js';

const source = sourceOf(SNAPSHOT);
const [first, second, third] = ['first', 'second', 'third'].map((name) => makeCertificate(name, ['127.0.0.1'])) as [
  ICertificate,
  ICertificate,
  ICertificate,
];
const root = mkdtempSync(join(tmpdir(), 'routemeter-files-'));
process.once('exit', () => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function folder(): string {
  const path = join(root, String(++folders));
  mkdirSync(path);
  return path;
}
const filesIn = (path: string): { keyFile: string; certFile: string } => ({
  keyFile: join(path, 'tls.key'),
  certFile: join(path, 'tls.crt'),
});
function write(path: string, { key, cert }: ICertificate): void {
  const { keyFile, certFile } = filesIn(path);
  writeFileSync(keyFile, key);
  writeFileSync(certFile, cert);
}
/** As programs do it that know how: written aside, then moved over. */
function replace(path: string, { key, cert }: ICertificate): void {
  for (const [file, text] of [
    [filesIn(path).keyFile, key],
    [filesIn(path).certFile, cert],
  ] as const) {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
}
function link(target: string, at: string): void {
  symlinkSync(target, `${at}.new`);
  renameSync(`${at}.new`, at);
}

/** What a watch hands over and tells, looking every 10 ms. */
function watched(path: string) {
  const [pairs, told]: [string[], string[]] = [[], []];
  const files = new CertificateFiles(filesIn(path), { warn: (line) => void told.push(line) }, 10);
  return {
    files,
    pairs,
    told,
    watch: () => files.watch(({ cert }) => void pairs.push(String(cert))),
    async uses(pair: ICertificate): Promise<void> {
      await until(() => pairs.at(-1) === pair.cert, 'the new pair');
    },
  };
}

/** The name in the certificate that a new connection gets. */
async function served(port: number): Promise<string | undefined> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const name = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return String(name);
}

tap.test('files are served, and the pair that replaces them, without a new start', async () => {
  const path = folder();
  write(path, first);
  const [told, toldLater]: [string[], string[]] = [[], []];
  const make = (lines: string[]): OpsServer =>
    new OpsServer({ source, port: 0, tls: filesIn(path), logger: { warn: (line) => void lines.push(line) } });
  const server = make(told);
  await server.start();
  const port = server.address?.port ?? 0;
  assert.equal(server.url, `https://127.0.0.1:${port}`);
  assert.equal((await ask(`${server.url}/metrics`, { ca: first.cert })).status, 200);
  const agent = new https.Agent({ keepAlive: true, ca: first.cert, maxSockets: 1 });
  const names = new Set<unknown>();
  const onOldConnection = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = https.get(`${server.url}/healthz`, { agent }, (response) => {
        names.add((response.socket as tls.TLSSocket).getPeerCertificate().subject.CN);
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      });
      request.once('error', reject);
    });
  assert.equal(await onOldConnection(), 200);
  replace(path, second);
  await until(async () => (await onOldConnection()) === 200 && (await served(port)) === 'second', 'the second');
  assert.deepEqual([...names], ['first'], 'a connection that is open goes on as it began');
  assert.equal((await ask(`${server.url}/metrics`, { ca: second.cert })).status, 200);
  await assert.rejects(ask(`${server.url}/metrics`, { ca: first.cert }));
  // A server that starts again begins with what is there.
  await server.stop();
  replace(path, third);
  await server.start();
  assert.equal(await served(server.address?.port ?? 0), 'third');
  // One that is stopped looks no more; the other, which would look later, tells what it saw.
  const other = make(toldLater);
  await other.start();
  await server.stop();
  writeFileSync(filesIn(path).keyFile, first.key);
  await until(() => toldLater.length > 0, 'the other server');
  assert.deepEqual(told, []);
  assert.equal(await served(other.address?.port ?? 0), 'third');
  await other.stop();
  agent.destroy();
});

tap.test('written in place, one after the other: taken when both are there, and nothing is told', async () => {
  const path = folder();
  write(path, first);
  const { files, pairs, told, watch, uses } = watched(path);
  assert.equal(String((await files.read()).cert), first.cert);
  const stop = watch();
  // A slow hand at the key, through several looks, while the certificate is still the old one.
  for (let turn = 0; turn < 20; turn++) {
    writeFileSync(filesIn(path).keyFile, second.key + '\n'.repeat(turn));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  write(path, second);
  await uses(second);
  assert.deepEqual([pairs.length, told], [1, []]);
  stop();
});

tap.test('links that are led elsewhere, as certbot does it', async () => {
  const path = folder();
  const archive = folder();
  for (const [index, { key, cert }] of [first, second].entries()) {
    writeFileSync(join(archive, `privkey${index}.pem`), key);
    writeFileSync(join(archive, `fullchain${index}.pem`), cert);
  }
  const { keyFile, certFile } = filesIn(path);
  const lead = (index: number): void => {
    link(join(archive, `privkey${index}.pem`), keyFile);
    link(join(archive, `fullchain${index}.pem`), certFile);
  };
  lead(0);
  const { files, watch, uses } = watched(path);
  await files.read();
  const stop = watch();
  lead(1);
  await uses(second);
  lead(0);
  await uses(first);
  stop();
});

tap.test('a folder that is led elsewhere, as Kubernetes does it, and one further up', async () => {
  const path = folder();
  const versions = [first, second, third].map((pair, index) => {
    mkdirSync(join(path, `..${index}`));
    write(join(path, `..${index}`), pair);
    return `..${index}`;
  }) as [string, string, string];
  link(versions[0], join(path, '..data'));
  symlinkSync(join('..data', 'tls.key'), filesIn(path).keyFile);
  symlinkSync(join('..data', 'tls.crt'), filesIn(path).certFile);
  const above = join(folder(), 'tls');
  link(path, above);
  const { files, watch, uses } = watched(above);
  assert.equal(String((await files.read()).cert), first.cert);
  const stop = watch();
  link(versions[1], join(path, '..data'));
  rmSync(join(path, versions[0]), { recursive: true });
  await uses(second);
  const elsewhere = folder();
  write(elsewhere, third);
  link(elsewhere, above);
  await uses(third);
  stop();
});

tap.test(
  'a pair that cannot be used is told once, without the key; the old one stays until a good one comes',
  async () => {
    const path = folder();
    const { keyFile, certFile } = filesIn(path);
    write(path, first);
    const { files, pairs, told, watch, uses } = watched(path);
    await files.read();
    const stop = watch();
    const bad: [what: string, () => void, RegExp][] = [
      ['another key', () => writeFileSync(keyFile, second.key), /are no usable pair of PEM texts: /],
      ['no PEM', () => writeFileSync(certFile, 'nonsense'), /are no usable pair/],
      ['empty', () => writeFileSync(certFile, ''), /are no usable pair/],
      ['gone', () => rmSync(certFile), /tls\.crt cannot be read: ENOENT$/],
      ['a folder', () => mkdirSync(certFile), /tls\.crt cannot be read: EISDIR$/],
    ];
    for (const [index, [what, spoil, line]] of bad.entries()) {
      spoil();
      await until(() => told.length > index, what);
      assert.match(told[index] ?? '', line, what);
    }
    // By the time that one who comes now has told it, the first has looked again.
    const late = watched(path);
    const stopLate = late.watch();
    await until(() => late.told.length === 1, 'the late one');
    stopLate();
    rmSync(certFile, { recursive: true });
    write(path, third);
    await uses(third);
    assert.deepEqual([pairs.length, told.length], [1, bad.length]);
    assert.ok(told.every((line) => line.startsWith('the ops server keeps its certificate: ')));
    assert.ok(told.every((line) => !line.includes('PRIVATE KEY')));
    stop();
  },
);

tap.test('a watch that ends during a look looks no more; a logger that throws harms nobody', async () => {
  const path = folder();
  write(path, first);
  const pairs: unknown[][] = [[], []];
  const stops: (() => void)[] = [];
  let calls = 0;
  const throwing = (stop: boolean) => {
    calls++;
    if (stop) stops.forEach((one) => one());
    throw new Error('a logger');
  };
  const [one, other] = [true, false].map((stop) => new CertificateFiles(filesIn(path), { warn: () => throwing(stop) }, 10)); // prettier-ignore
  await Promise.all([one?.read(), other?.read()]);
  const stop = one?.watch((pair) => void pairs[0]?.push(pair)) ?? assert.fail();
  stops.push(stop, stop);
  writeFileSync(filesIn(path).keyFile, second.key);
  await until(() => calls === 1, 'the first watch');
  const stopOther = other?.watch((pair) => void pairs[1]?.push(pair));
  await until(() => calls === 2, 'the other watch');
  replace(path, second);
  await until(() => pairs[1]?.length === 1, 'the other watch');
  assert.deepEqual(pairs[0], []);
  stopOther?.();
});

tap.test('files that are no pair: start() rejects, nothing listens, and it can be started later', async () => {
  const path = folder();
  const server = new OpsServer({ source, port: 0, tls: filesIn(path) });
  const refused = (message: RegExp) => (error: RoutemeterError) => {
    assert.equal(error.code, 'ERR_CERTIFICATE');
    assert.match(error.message, message);
    return true;
  };
  await assert.rejects(server.start(), refused(/tls\.(key|crt) cannot be read: ENOENT/));
  write(path, { key: second.key, cert: first.cert });
  await assert.rejects(server.start(), refused(/tls\.key and .*tls\.crt are no usable pair/));
  assert.equal(server.url, null);
  write(path, first);
  await server.start();
  assert.equal(await served(server.address?.port ?? 0), 'first');
  await server.stop();
});

tap.test('the options: one form or the other, and whole', async () => {
  const bad: [object, string, RegExp][] = [
    [{ keyFile: 'a' }, 'ERR_OPTION_INVALID', /"tls\.certFile"/],
    [{ certFile: 'a' }, 'ERR_OPTION_INVALID', /"tls\.keyFile"/],
    [{ keyFile: 5, certFile: 'a' }, 'ERR_OPTION_INVALID', /"tls\.keyFile"/],
    [{ keyFile: 'a', certFile: 'b', key: first.key }, 'ERR_OPTION_UNKNOWN', /"key"/],
    [{ keyFile: 'a', cert: first.cert }, 'ERR_OPTION_UNKNOWN', /"cert"/],
  ];
  for (const [options, code, message] of bad) {
    assert.throws(
      () => new OpsServer({ source, tls: options as never }),
      (error: RoutemeterError) => error.code === code && message.test(error.message),
      JSON.stringify(Object.keys(options)),
    );
  }
  assert.throws(() => new OpsServer({ source, logger: {} as never }), { code: 'ERR_OPTION_INVALID' });
});

tap.test('a watch that nobody ends holds no process open', async () => {
  const path = folder();
  write(path, first);
  const { files, watch } = watched(path);
  await files.read();
  // This process has to end by itself.
  watch();
});

export default tap.start({ throwOnError: true });
