import assert from 'node:assert/strict';
import * as http from 'node:http';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { tap } from '@push.rocks/tapbundle';
import { OpsServer } from '../../ts/ops/index.js';
import { streamOf } from '../../ts/ops/chunks.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { fullProxy, fullRoute, fullSnapshot } from '../helpers/snapshot.js';
import { frozenClock } from '../prometheus/support.js';
import { ask } from './client.js';

const routes = Array.from({ length: 3_000 }, (_unused, index) => fullRoute(`маршрут-${index}`));
const snapshot = fullSnapshot({ proxy: fullProxy({ routes }) });
const source = { snapshot: () => snapshot };
const exporter = new PrometheusExporter(source, { processMetrics: false, clock: frozenClock });
const ops = new OpsServer({ source, exporter, port: 0 });

tap.test('a page of many chunks arrives whole, with its length; HEAD tells the same length', async () => {
  await ops.start();
  const page = await exporter.render();
  assert.ok(page.chunks.length > 100);
  const bytes = Buffer.concat(page.chunks);
  const plain = await ask(`${ops.url}/metrics`);
  assert.equal(plain.status, 200);
  assert.ok(plain.body.equals(bytes));
  assert.equal(plain.headers['content-length'], String(bytes.length));
  assert.equal(plain.headers['transfer-encoding'], undefined);
  const head = await ask(`${ops.url}/metrics`, { method: 'HEAD' });
  assert.deepEqual([head.headers['content-length'], head.body.length], [String(bytes.length), 0]);
  const packed = await ask(`${ops.url}/metrics`, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(packed.headers['content-length'], String(packed.body.length));
  assert.ok(packed.body.length < bytes.length / 5);
  assert.ok(gunzipSync(packed.body).equals(bytes));
});

tap.test('a client that goes in the middle of a page harms nobody', async () => {
  for (let round = 0; round < 5; round++) {
    const request = http.get(`${ops.url}/metrics`, { agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response, 'data');
    response.destroy();
  }
  assert.equal((await ask(`${ops.url}/metrics`)).status, 200);
  await ops.stop();
});

tap.test('a page is handed on with pauses, however fast it is taken', async () => {
  const chunks = Array.from({ length: 20_000 }, () => new Uint8Array(16));
  let turns = 0;
  let pending = true;
  const turn = (): void => {
    turns++;
    if (pending) setImmediate(turn);
  };
  setImmediate(turn);
  let taken = 0;
  for await (const chunk of streamOf(chunks)) taken += chunk.length;
  pending = false;
  assert.equal(taken, 320_000);
  assert.ok(turns > 3, `${turns} turns`);
});

export default tap.start({ throwOnError: true });
