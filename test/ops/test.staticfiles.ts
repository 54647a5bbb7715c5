import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { tap } from '@push.rocks/tapbundle';
import { createApp } from '../../ts/ops/app.js';
import { OpsParts } from '../../ts/ops/classes.opsparts.js';
import { nodeListenerOf } from '../../ts/ops/nodelistener.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask, askRaw } from './client.js';

const token = 'correct-horse-battery-staple';
const FILES: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>ours</title>',
  'routemeter-dashboard.js': `export const figures = ${JSON.stringify('x'.repeat(5_000))};`,
  'page.css': 'body { margin: 0 }',
  'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'routemeter-dashboard.d.ts': 'WORKSHOP',
  'secret.json': 'WORKSHOP',
  '.hidden': 'WORKSHOP',
};

const root = await mkdtemp(path.join(os.tmpdir(), 'routemeter-static-'));
const folder = path.join(root, 'dashboard');
await mkdir(folder);
for (const [name, text] of Object.entries(FILES)) await writeFile(path.join(folder, name), text);
await writeFile(path.join(root, 'outside.js'), 'WORKSHOP');

async function served(at: string): Promise<http.Server> {
  const parts = new OpsParts({ source: sourceOf(SNAPSHOT), auth: { token } });
  const app = createApp(parts, () => true, { dashboard: pathToFileURL(`${at}/`) });
  const server = http.createServer(nodeListenerOf((request, bindings) => app.fetch(request, bindings)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
const portOf = (server: http.Server): number => (server.address() as AddressInfo).port;
const server = await served(folder);
const url = `http://127.0.0.1:${portOf(server)}`;

tap.test('the page and its files are served without a token, by name and type', async () => {
  const table: [string, string, string][] = [
    ['/', 'text/html; charset=utf-8', 'index.html'],
    ['/routemeter-dashboard.js', 'text/javascript; charset=utf-8', 'routemeter-dashboard.js'],
    ['/page.css', 'text/css; charset=utf-8', 'page.css'],
    ['/icon.svg', 'image/svg+xml', 'icon.svg'],
  ];
  for (const [at, contentType, name] of table) {
    const answer = await ask(`${url}${at}`);
    assert.deepEqual([answer.status, answer.text], [200, FILES[name]], at);
    assert.equal(answer.headers['content-type'], contentType);
    const head = await ask(`${url}${at}`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.body.length, head.headers.etag], [200, 0, answer.headers.etag]);
    assert.equal(head.headers['content-length'], answer.headers['content-length']);
  }
});

tap.test('nothing may run, frame or embed what the page did not bring itself', async () => {
  const { headers } = await ask(`${url}/`);
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /^default-src 'none'; /);
  assert.match(policy, /script-src 'self';/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe-|\*|https?:/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
});

tap.test('the mark is of the bytes: a browser asks again and is told that it has them', async () => {
  const first = await ask(`${url}/routemeter-dashboard.js`, { headers: { 'accept-encoding': 'gzip' } });
  const hash = createHash('sha256').update(FILES['routemeter-dashboard.js'] ?? '').digest('base64url').slice(0, 22); // prettier-ignore
  assert.equal(first.headers.etag, `"${hash}-gzip"`);
  assert.equal(first.headers['cache-control'], 'no-cache');
  assert.equal(first.headers['content-encoding'], 'gzip');
  assert.equal(first.headers.vary, 'Accept-Encoding');
  assert.equal(gunzipSync(first.body).toString(), FILES['routemeter-dashboard.js']);
  const known = { 'accept-encoding': 'gzip', 'if-none-match': first.headers.etag ?? '' };
  const again = await ask(`${url}/routemeter-dashboard.js`, { headers: known });
  assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, first.headers.etag]);
  // Strong: the bytes differ where it is not compressed.
  const plain = await ask(`${url}/routemeter-dashboard.js`, { headers: { 'if-none-match': first.headers.etag ?? '' } });
  assert.deepEqual([plain.status, plain.headers.etag], [200, `"${hash}"`]);
});

tap.test('other methods are refused, with and without a token', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
      const answer = await ask(`${url}/page.css`, { method, headers });
      assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD'], method);
      assert.equal(answer.headers['content-type'], 'application/problem+json');
    }
  }
});

tap.test(
  'no path reaches anything else: other files of the folder, what is outside, names of the language',
  async () => {
    const paths = [
      '/routemeter-dashboard.d.ts',
      '/secret.json',
      '/.hidden',
      '/../outside.js',
      '/%2e%2e/outside.js',
      '/..%2foutside.js',
      '/%2e%2e%2foutside.js',
      '/..%5coutside.js',
      '/....//outside.js',
      '/./page.css/../../outside.js',
      `/${encodeURIComponent(path.join(root, 'outside.js'))}`,
      '//page.css',
      '/page.css/',
      '/PAGE.CSS',
      '/page.css%00.js',
      '/page%2ecss%20',
      '/dashboard/page.css',
      '/constructor',
      '/__proto__',
      '/toString',
      '/file:///etc/passwd',
    ];
    for (const at of paths) {
      for (const authorization of [undefined, `Bearer ${token}`]) {
        const header = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
        // By hand, since clients tidy paths up before they send them.
        const request = `GET ${at} HTTP/1.1\r\nHost: localhost\r\n${header}Connection: close\r\n\r\n`;
        const { text } = await askRaw(portOf(server), request);
        assert.doesNotMatch(text, /WORKSHOP|margin|xxxxx|root:/, at);
        // What a URL parser makes of dots is resolved before any lookup: those end at a real path or nowhere.
        assert.match(text, authorization === undefined ? /^HTTP\/1\.1 (401|400) / : /^HTTP\/1\.1 (404|400) /, at);
      }
    }
  },
);

tap.test('a package that was not built says so, and serves the rest', async () => {
  const bare = await served(path.join(root, 'nowhere'));
  try {
    const answer = await ask(`http://127.0.0.1:${portOf(bare)}/`);
    assert.equal(answer.status, 404);
    assert.match(answer.text, /not built/);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal((await ask(`http://127.0.0.1:${portOf(bare)}/healthz`)).status, 200);
    assert.equal((await ask(`http://127.0.0.1:${portOf(bare)}/page.css`)).status, 401);
  } finally {
    bare.close();
  }
});

tap.test('what is served was read once: later changes of the files are not seen', async () => {
  await writeFile(path.join(folder, 'page.css'), 'changed');
  assert.equal((await ask(`${url}/page.css`)).text, FILES['page.css']);
  server.close();
  await rm(root, { recursive: true });
});

export default tap.start({ throwOnError: true });
