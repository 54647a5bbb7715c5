import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { METRICS } from '../../ts/catalog/index.js';
import { anchorsOf, blocksOf, linksOf } from '../examples/markdown.js';
import { Prometheus } from '../helpers/prometheus.js';
import { until } from '../helpers/wait.js';
import { everythingServer } from './everything.js';
import { knownMetrics, unknownIn } from './known.js';
import { mentionedIn } from './promql.js';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** The queries of a document's blocks; between two of them is an empty line. */
function queriesOf(file: string): string[] {
  const blocks = blocksOf(read(file)).filter(({ language }) => language === 'promql');
  const queries = blocks
    .flatMap(({ text }) => text.split(/\n\n+/))
    .map((text) => text.replaceAll(/^#.*\n/gm, '').trim());
  assert.ok(queries.length > 15, `${file} has ${queries.length} queries`);
  return queries;
}

const examples = queriesOf('readme.metrics.md');
const runbook = queriesOf('deploy/runbook.md');

tap.test('the readme has an example query of every metric', async () => {
  const asked = new Set(examples.flatMap((query) => mentionedIn(query).selectors.map(({ name }) => name)));
  const without = METRICS.filter(({ name, type }) => {
    const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name];
    return !names.some((one) => asked.has(`router_${one}`));
  });
  assert.deepEqual(
    without.map(({ name }) => name),
    [],
  );
});

tap.test('every metric and label in an example or in the runbook is there', async () => {
  const known = knownMetrics();
  assert.deepEqual(
    [...examples, ...runbook].flatMap((query) => unknownIn(query, known)),
    [],
  );
});

tap.test('every example, and every query of the runbook, has data of a page that has everything', async () => {
  const server = everythingServer();
  await server.start();
  // The name that the runbook knows the job by.
  const prometheus = new Prometheus({ routemeter: new URL(server.url ?? '').host });
  try {
    await prometheus.start();
    let rest = [...examples, ...runbook];
    const ask = async (): Promise<boolean> => {
      const answers = await Promise.all(rest.map((query) => prometheus.query(query)));
      rest = rest.filter((_, index) => !Object.values(answers[index] ?? {}).some((value) => !Number.isNaN(value)));
      return rest.length === 0;
    };
    await until(ask, 'data', 20_000).catch(() => undefined);
    assert.deepEqual(rest, []);
  } finally {
    await prometheus.stop();
    await server.stop();
  }
});

tap.test('the lists that the runbook and the alerts send to are there', async () => {
  const texts = ['deploy/runbook.md', 'deploy/rules/alerts.yml'].map(read).join('\n');
  const paths = new Set([...texts.matchAll(/\/api\/[\w/]+(?:\?by=[\w:]+)?/g)].map(([path]) => path));
  paths.delete('/api/top/');
  assert.ok(paths.size > 4);
  const server = everythingServer();
  await server.start();
  try {
    for (const path of paths) assert.equal((await fetch(`${server.url}${path}`)).status, 200, path);
  } finally {
    await server.stop();
  }
});

tap.test('links of both documents lead to a file, or to a heading', async () => {
  for (const [file, folder] of [
    ['readme.metrics.md', ''],
    ['deploy/runbook.md', 'deploy/'],
  ] as const) {
    for (const link of linksOf(read(file)).filter((one) => !one.startsWith('https://'))) {
      const [target = '', anchor] = link.split('#', 2);
      const text = read(target === '' ? file : `${folder}${target}`);
      if (anchor !== undefined) assert.ok(anchorsOf(text).includes(anchor), `${file}: ${link}`);
    }
  }
});

export default tap.start({ throwOnError: true });
