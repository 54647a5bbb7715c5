import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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
