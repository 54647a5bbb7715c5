import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hottest } from '../../bench/harness/hottest.js';
import { rotate } from '../../bench/harness/rotation.js';
import { Fleet } from '../../bench/wrapped/fleet.js';
import type { TLoad, TVariant } from '../../bench/wrapped/loads.js';

const project = fileURLToPath(new URL('../../', import.meta.url));

tap.test('a rotation visits each once a round, in orders of their own, and does not tell the first round', async () => {
  const orders = new Map<number, string>();
  const names = ['a', 'b', 'c', 'd'];
  const visits = await rotate('something', names, 20, async (name, round) => {
    orders.set(round, (orders.get(round) ?? '') + name);
    return `${name}${round}`;
  });
  assert.deepEqual(
    [...orders.keys()],
    Array.from({ length: 21 }, (_unused, round) => round),
  );
  for (const order of orders.values()) assert.equal([...order].toSorted().join(''), 'abcd');
  assert.ok(new Set(orders.values()).size > 10, 'the order does not change');
  assert.deepEqual([...visits.keys()], names);
  for (const [name, each] of visits) {
    assert.deepEqual(
      each,
      Array.from({ length: 20 }, (_unused, index) => `${name}${index + 1}`),
    );
  }
});

tap.test('rounds that warm up are counted backwards, and none of them is told', async () => {
  const rounds: number[] = [];
  const visits = await rotate('something', ['a'], 2, async (_name, round) => rounds.push(round), 3);
  assert.deepEqual(rounds, [-2, -1, 0, 1, 2]);
  assert.deepEqual(visits.get('a'), [4, 5]);
});

tap.test('the hottest functions are those of the last seconds, by their own time, without what is idle', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'routemeter-hottest-'));
  const file = path.join(folder, 'some.cpuprofile');
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 6 });
  const nodes = [
    { id: 1, callFrame: frame('loading', 'node:internal') },
    { id: 2, callFrame: frame('', 'file:///somewhere/ts/proxy/x.ts') },
    { id: 3, callFrame: frame('writev', '') },
    { id: 4, callFrame: frame('(idle)', '') },
  ];
  try {
    const timeDeltas = [9e6, 1.2e6, 1e6, 0.5e6, 0.3e6];
    writeFileSync(file, JSON.stringify({ nodes, samples: [1, 2, 4, 3, 2], timeDeltas }));
    assert.deepEqual(hottest(file, 3, 2), [
      { share: 0.75, name: 'anonymous', place: 'ts/proxy/x.ts:7' },
      { share: 0.25, name: 'writev', place: 'native' },
    ]);
    assert.deepEqual(
      hottest(file, 60, 1).map(({ name }) => name),
      ['loading'],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

tap.test('a program with its types blanked out runs as it is written', async () => {
  const args = ['--import', './bench/harness/strip.mjs', 'bench/run.ts', '--help'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /NAME: .*wrapped/);
});

tap.test(
  'what a wrapped server counts is what its clients did; what others measure with lets a server serve',
  async () => {
    const fleet = new Fleet();
    const visit = async (load: TLoad, variant: TVariant): Promise<void> => {
      const server = await fleet.start(load, variant);
      const before = await server.cpuUs();
      const did = await fleet.visit({ load, port: server.port, seconds: 0.1 });
      const { connections, requests } = did;
      assert.ok(did.units > 0 && did.perSecond > 0 && did.p99 > 0 && did.cpuUs > 0, `${load} ${variant}`);
      assert.ok((await server.cpuUs()) > before);
      if (variant === 'wrapped') assert.deepEqual(await server.counted(), { connections, requests });
    };
    try {
      for (const load of ['short', 'http', 'tls'] as const) await visit(load, 'wrapped');
      await visit('http', 'opentelemetry');
      await visit('express', 'express-prom-bundle');
    } finally {
      await fleet.stop();
    }
  },
);

export default tap.start({ throwOnError: true });
