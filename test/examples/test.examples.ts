import { tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FOLDER = new URL('../../examples/', import.meta.url);

/** What each example prints. They import the built package, as a user does. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'plain-server.ts': [
    'fetched: hello',
    /closed: web, \d+ bytes out, server-end/.source,
    'web: 1 connections, 1 requests, 0 open',
  ],
  'smartproxy.ts': ['1 connection, 0 open', 'by route: { echo: 0 }'],
  'smartdns.ts': [
    '2 queries { A: 2 }',
    'unanswered: 1',
    'top domains: nobody.example.test, www.example.test',
    'cache: null',
  ],
  'prom-client.ts': [
    'my_jobs_total 1',
    'router_connections_opened_total{route="bye"} 1',
    'router_sent_bytes_total{route="bye"} 3',
  ],
  'typed-requests.ts': ['bye: 1 connection', 'refused: the guard does not allow this request'],
  'dcrouter.ts': ['figures: served', 'status: ok', 'router_connections_opened_total{route="status"} 1'],
};
/** What SmartDNS itself prints. */
const SMARTDNS_LINE = /^\[rustdns\]|^DNS server started/;
const HELPERS = ['certificate.ts'];

for (const [file, lines] of Object.entries(EXPECTED)) {
  tap.test(`examples/${file} runs, says what it should, and ends by itself`, async () => {
    const { stdout } = await run('node', ['--import', 'tsx', file], {
      cwd: FOLDER,
      timeout: 30_000,
    });
    const printed = stdout
      .trimEnd()
      .split('\n')
      .filter((line) => !SMARTDNS_LINE.test(line));
    assert.equal(printed.length, lines.length, stdout);
    for (const line of lines) {
      const found = printed.some(
        (text) => text === line || (line.includes('\\d') && new RegExp(`^${line}$`).test(text)),
      );
      assert.ok(found, `${JSON.stringify(line)} is missing in:\n${stdout}`);
    }
  });
}

tap.test('every example has an expectation', async () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts') && !HELPERS.includes(name));
  assert.deepEqual(files.toSorted(), Object.keys(EXPECTED).toSorted());
});

export default tap.start({ throwOnError: true });
