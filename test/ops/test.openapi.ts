import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { z } from 'zod';
import { createApp } from '../../ts/ops/app.js';
import { OpsParts } from '../../ts/ops/classes.opsparts.js';
import { OpsServer } from '../../ts/ops/index.js';
import { OPS_PATHS } from '../../ts/schema/opspaths.js';
import { FakeProxySource } from '../helpers/fakesource.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask } from './client.js';
import { documentOf, examplePath, routesOf, showing } from './openapi.js';

const server = new OpsServer({ source: sourceOf(SNAPSHOT), events: [showing(new FakeProxySource('web'))], port: 0 });
await server.start();
const url = server.url ?? '';
const document = await documentOf(url);

tap.test('every path that is served is in the document, and every other way round', async () => {
  const served = routesOf(createApp(new OpsParts({ source: sourceOf(SNAPSHOT) }), () => true));
  assert.deepEqual(Object.keys(document.paths).toSorted(), served);
  assert.ok(served.length >= 11);
});

tap.test('every JSON answer is one that its schema takes, zod’s and the document’s', async () => {
  let checked = 0;
  for (const { path, answer } of OPS_PATHS) {
    if (!('schema' in answer)) continue;
    const { status, text } = await ask(`${url}${examplePath(path)}`);
    assert.equal(status, 200, path);
    const told: unknown = JSON.parse(text);
    answer.schema.parse(told);
    const described = z.fromJSONSchema(document.components.schemas[answer.name] as never);
    described.parse(told);
    assert.ok(!described.safeParse({ ...(told as object), unheard: 1 }).success, `${path}: another field`);
    checked++;
  }
  assert.ok(checked >= 8);
});

tap.test('the type of each answer, and every status, is described', async () => {
  for (const [path, { get }] of Object.entries(document.paths)) {
    if (path === '/api/events') continue;
    const answer = await ask(`${url}${examplePath(path)}`);
    const [type = ''] = Object.keys(get.responses['200']?.content ?? {});
    assert.ok(answer.headers['content-type']?.startsWith(type), `${path}: ${answer.headers['content-type']}`);
    assert.equal('304' in get.responses, answer.headers.etag !== undefined, path);
    for (const query of ['?unheard=1', '']) {
      const { status } = await ask(`${url}${examplePath(path, 'nothing')}${query}`);
      assert.ok(String(status) in get.responses, `${path}${query}: ${status}`);
    }
  }
});

tap.test('what a parameter’s schema refuses is a 400, and its default is what is taken without it', async () => {
  let checked = 0;
  for (const [path, { get }] of Object.entries(document.paths)) {
    for (const { name, schema, in: place } of get.parameters) {
      if (place !== 'query') continue;
      const bad =
        schema.type === 'number' || schema.type === 'integer' ? ['x', '-1', '1e99'] : schema.enum ? ['x'] : [];
      if (schema.maximum !== undefined) bad.push(String(schema.maximum * 2));
      if (schema.maxLength !== undefined) bad.push('x'.repeat(schema.maxLength + 1));
      if (schema.items?.enum !== undefined) bad.push('x', `${schema.items.enum[0]},x`);
      if (schema.maxItems !== undefined)
        bad.push(
          Array(schema.maxItems + 1)
            .fill('takenAt')
            .join(),
        );
      assert.ok(bad.length > 0, `${path} ${name}`);
      for (const value of bad) {
        const answer = await ask(`${url}${examplePath(path)}?${name}=${value}`);
        assert.equal(answer.status, 400, `${path} ${name}=${value}`);
        checked++;
      }
      if (schema.default === undefined) continue;
      const [without, given] = [examplePath(path), `${examplePath(path)}?${name}=${schema.default}`];
      const [one, other] = await Promise.all([ask(`${url}${without}`), ask(`${url}${given}`)]);
      const untimed = (text: string): string => text.replace(/"takenAt":\d+/, '');
      assert.equal(untimed(other.text), untimed(one.text), given);
    }
  }
  assert.ok(checked > 20, `${checked} values`);
});

tap.test('the document is one of OpenAPI 3.1, and every name in it leads somewhere', async () => {
  assert.equal(document.openapi, '3.1.0');
  assert.match(document.info.version, /^\d+\.\d+\.\d+$/);
  const ids = Object.values(document.paths).map(({ get }) => get.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[a-z][A-Za-z]+$/);
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  assert.ok(refs.length > 30);
  for (const [, name = ''] of refs) assert.ok(name in document.components.schemas, name);
  for (const [path, { get }] of Object.entries(document.paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assert.deepEqual(get.parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name), inPath); // prettier-ignore
    assert.ok(get.summary.length > 5 && get.parameters.every(({ description }) => description.length > 5), path);
  }
});

tap.test('the server ends', async () => {
  await server.stop();
});

export default tap.start({ throwOnError: true });
