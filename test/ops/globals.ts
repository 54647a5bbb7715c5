/*
 * A process of its own: tells as JSON which globals importing and running the ops server changed and added, and ends
 * by itself, which it does not where something is left open.
 */
import { FakeProxySource } from '../helpers/fakesource.js';
import { ask } from './client.js';
import { StreamClient } from './streamclient.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';

const INTERFACES = ['Request', 'Response', 'Headers'] as const;

/** Each property with its value; those of the interfaces of `fetch` as well. */
function seen(): Map<string, unknown> {
  const all = new Map<string, unknown>();
  for (const key of Reflect.ownKeys(globalThis)) all.set(String(key), Reflect.get(globalThis, key));
  for (const name of INTERFACES) {
    for (const key of Reflect.ownKeys(globalThis[name].prototype)) {
      const { get, value } = Object.getOwnPropertyDescriptor(globalThis[name].prototype, key) ?? {};
      all.set(`${name}.prototype.${String(key)}`, get ?? (value as unknown));
    }
  }
  for (const name of process.eventNames()) all.set(`listeners of ${String(name)}`, process.listenerCount(name));
  return all;
}

// Node makes some of its globals when they are first asked for.
seen();
const before = seen();
const { OpsHandler, OpsServer } = await import('../../ts/ops/index.js');
const events = [new FakeProxySource('web')];
const server = new OpsServer({ source: sourceOf(SNAPSHOT), events, port: 0 });
const handler = new OpsHandler({ source: sourceOf(SNAPSHOT) });
handler.nodeListener();
await server.start();
const { status } = await ask(`${server.url}/metrics`);
for (const path of ['/', '/api/stats', '/api/openapi.json', '/api/system']) await ask(`${server.url}${path}`);
await StreamClient.open(`${server.url}/api/events`);
handler.registerOn({ addTypedHandler: () => undefined }, { guard: false });
const mounted = await handler.fetch(new Request('http://localhost/metrics'));
await server.stop();
handler.stop();

const after = seen();
const changed = [...before.keys()].filter((key) => !Object.is(before.get(key), after.get(key)));
const added = [...after.keys()].filter((key) => !before.has(key));
const looked = before.size > 60 && before.has('Request') && before.has('Response.prototype.status');
process.stdout.write(JSON.stringify({ status: [status, mounted.status], changed, added, looked }));
