import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { Zone } from '../../ts/cli/zone.js';
import type { IDnsAnswer, TDnsHandler } from '../../ts/interfaces/smartdns.js';
import type { TConfigRecord } from '../../ts/schema/configdns.js';

/** Matches as SmartDNS does: every pattern that fits is asked; `*` spans dots. */
class Registry {
  readonly entries: { pattern: string; types: string[]; handler: TDnsHandler }[] = [];

  registerHandler(pattern: string, types: string[], handler: TDnsHandler): void {
    this.entries.push({ pattern, types, handler });
  }

  unregisterHandler(pattern: string, types: string[]): boolean {
    const kept = this.entries.filter(
      (entry) => entry.pattern !== pattern || !types.every((type) => entry.types.includes(type)),
    );
    const removed = kept.length < this.entries.length;
    this.entries.splice(0, Infinity, ...kept);
    return removed;
  }

  ask(name: string, type: string): IDnsAnswer[] {
    return this.entries
      .filter(({ pattern, types }) => types.includes(type) && fits(name, pattern))
      .map(({ handler }) => handler({ name, type }))
      .filter((answer) => answer !== null);
  }
}

const fits = (name: string, pattern: string): boolean =>
  pattern.startsWith('*') ? name.endsWith(pattern.slice(1)) : name === pattern;
const record = (name: string, data: string, type = 'A'): TConfigRecord => ({ name, type, data }) as TConfigRecord;
const data = (answers: readonly IDnsAnswer[]): unknown[] => answers.map((answer) => answer.data);

tap.test('records of one name and type are answered together, with the name asked for', async () => {
  const registry = new Registry();
  const records = [record('a.test', '192.0.2.1'), { ...record('a.test', '192.0.2.2'), ttl: 7 }];
  new Zone(registry).replace(records);
  assert.deepEqual(registry.ask('a.test', 'A'), [
    { name: 'a.test', type: 'A', class: 'IN', ttl: 300, data: '192.0.2.1' },
    { name: 'a.test', type: 'A', class: 'IN', ttl: 7, data: '192.0.2.2' },
  ]);
  assert.deepEqual(registry.ask('a.test', 'AAAA'), []);
});

tap.test('a wildcard answers only where nothing nearer does', async () => {
  const registry = new Registry();
  new Zone(registry).replace([
    record('*.test', 'far'),
    record('*.a.test', 'near'),
    record('b.a.test', 'own'),
    record('c.a.test', 'text', 'TXT'),
  ]);
  assert.deepEqual(data(registry.ask('x.test', 'A')), ['far']);
  assert.deepEqual(data(registry.ask('y.x.test', 'A')), ['far']);
  assert.deepEqual(data(registry.ask('x.a.test', 'A')), ['near']);
  assert.deepEqual(data(registry.ask('b.a.test', 'A')), ['own']);
  // It has records, only none of this type.
  assert.deepEqual(data(registry.ask('c.a.test', 'A')), []);
});

tap.test('a CNAME answers whatever is asked', async () => {
  const registry = new Registry();
  new Zone(registry).replace([record('a.test', 'b.test', 'CNAME')]);
  for (const type of ['A', 'AAAA', 'MX', 'CNAME']) {
    assert.deepEqual(registry.ask('a.test', type), [
      { name: 'a.test', type: 'CNAME', class: 'IN', ttl: 300, data: 'b.test' },
    ]);
  }
});

tap.test('replacing leaves nothing of the old records and nothing of others out', async () => {
  const registry = new Registry();
  registry.registerHandler('other.test', ['A'], () => null);
  const zone = new Zone(registry);
  zone.replace([record('a.test', 'old'), record('*.test', 'old'), record('c.test', 'a.test', 'CNAME')]);
  zone.replace([record('a.test', 'new')]);
  assert.deepEqual(registry.entries.map(({ pattern }) => pattern), ['other.test', 'a.test']); // prettier-ignore
  assert.deepEqual(data(registry.ask('a.test', 'A')), ['new']);
  assert.deepEqual(data(registry.ask('b.test', 'A')), []);
});

export default tap.start({ throwOnError: true });
