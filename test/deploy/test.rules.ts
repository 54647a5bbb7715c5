import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { proseOf } from '../examples/markdown.js';
import { Prometheus, type IPrometheusRule } from '../helpers/prometheus.js';
import { knownMetrics, unknownIn } from './known.js';
import { mentionedIn } from './promql.js';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const RULES = ['recording.yml', 'alerts.yml'].map((file) => path.join(DEPLOY, 'rules', file));
const TESTS = readdirSync(path.join(DEPLOY, 'rules/tests')).map((file) => path.join(DEPLOY, 'rules/tests', file));
const read = (file: string): string => readFileSync(file, 'utf8');

/** Rejects with what promtool says where it finds something. */
async function promtool(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('promtool', args, { timeout: 60_000 });
  return stdout;
}

const prometheus = new Prometheus({}, RULES);
await prometheus.start();
const rules = await prometheus.rules().finally(() => prometheus.stop());
const alerts = rules.filter(({ type }) => type === 'alerting');
const recordings = rules.filter(({ type }) => type === 'recording');

/** The catalogue and what the recording rules add to it. */
function known(): Map<string, readonly string[]> {
  const metrics = knownMetrics();
  for (const { name, query } of recordings) metrics.set(name, mentionedIn(query).grouping);
  return metrics;
}

tap.test('promtool takes the configuration, and the rules that it names', async () => {
  assert.match(await promtool('check', 'config', path.join(DEPLOY, 'prometheus.yml')), /2 rule files found/);
  await promtool('check', 'rules', ...RULES);
});

for (const file of TESTS) {
  tap.test(`promtool test rules ${path.basename(file)}`, async () => {
    await promtool('test', 'rules', file);
  });
}

/** Of each alert, whether a test expects it, and whether a test expects that it is silent. */
function outcomes(texts: readonly string[]): Map<string, { fires: boolean; silent: boolean }> {
  const found = new Map<string, { fires: boolean; silent: boolean }>();
  for (const text of texts) {
    const expected = [...text.matchAll(/^ +alertname: (\w+)\n +exp_alerts:( \[\])?$/gm)];
    assert.equal(expected.length, text.match(/alertname:/g)?.length, 'a form of expectation that is not known here');
    for (const [, name = '', none] of expected) {
      const { fires, silent } = found.get(name) ?? { fires: false, silent: false };
      found.set(name, { fires: fires || none === undefined, silent: silent || none !== undefined });
    }
  }
  return found;
}

tap.test(
  'each alert has a test in which it fires and one in which it does not, and no test is of another',
  async () => {
    assert.ok(alerts.length > 10);
    assert.deepEqual(
      [...outcomes(TESTS.map(read))].toSorted(),
      alerts.map(({ name }) => [name, { fires: true, silent: true }]).toSorted(),
    );
  },
);

tap.test('every metric and label in a rule is there, and every recorded one is used', async () => {
  const metrics = known();
  assert.deepEqual(
    rules.flatMap(({ name, query }) => unknownIn(query, metrics).map((text) => `${name}: ${text}`)),
    [],
  );
  const used = new Set(alerts.flatMap(({ query }) => mentionedIn(query).selectors.map(({ name }) => name)));
  assert.deepEqual(
    recordings.filter(({ name }) => !used.has(name)).map(({ name }) => name),
    [],
  );
});

tap.test('a wrong name or label is found', async () => {
  const metrics = known();
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['sum(rate(router_connections_open_total[5m]))', /router_connections_open_total: there is no such metric/],
    ['router_dns_cache_results_total{outcome="hit"} > 0', /has no label outcome/],
    ['sum by (rout) (router_connections_active)', /none has a label rout$/],
    ['up == 0 and on (instance, domain) router_uptime_seconds > 1', /none has a label domain/],
    ['sum by (le) (rate(router_connection_duration_seconds[5m]))', /there is no such metric/],
    ['router_sent_bytes_total{le="1"}', /has no label le/],
    ['route:router_connections_closed:rate5m > 1', /there is no such metric/],
    ['vector(1)', /has no metric/],
  ];
  for (const [query, finding] of wrong) assert.match(unknownIn(query, metrics).join(), finding);
  assert.deepEqual(
    unknownIn('sum by (job, le) (rate(router_connection_duration_seconds_bucket{route="a"}[5m]))', metrics),
    [],
  );
});

/** The section of the runbook that an alert points to; its heading is the alert's name. */
function sectionOf({ name, annotations }: IPrometheusRule): string {
  const [file = '', anchor = ''] = (annotations?.['runbook'] ?? '').split('#');
  assert.equal(file, 'deploy/runbook.md', name);
  assert.equal(anchor, name.toLowerCase());
  const sections = proseOf(read(path.join(DEPLOY, 'runbook.md'))).split(/^## /m);
  return sections.find((section) => section.startsWith(`${name}\n`)) ?? '';
}

tap.test(
  'each alert says how grave it is, waits, tells where, what, how bad and what to look at, and why its threshold',
  async () => {
    const written = read(path.join(DEPLOY, 'rules/alerts.yml')).split('- alert: ').slice(1);
    for (const alert of alerts) {
      const { name, labels = {}, annotations = {}, duration = 0 } = alert;
      assert.match(labels['severity'] ?? '', /^(critical|warning)$/, name);
      assert.ok(duration >= 60, `${name}: it does not wait`);
      assert.match(annotations['summary'] ?? '', /\$labels\.instance/, name);
      assert.match(annotations['description'] ?? '', /Look at: /, name);
      if (name !== 'RouterScrapeFailing') assert.match(annotations['description'] ?? '', /\$value/, name);
      const text = written.find((one) => one.startsWith(`${name}\n`)) ?? '';
      assert.match(text, /^ +# [A-Z\d][^]*^ +for: /m, `${name}: no word on why`);
      assert.ok(sectionOf(alert).length > 200, `${name} has no section in the runbook`);
    }
  },
);

tap.test('the runbook has no section of an alert that is gone', async () => {
  const headings = [...proseOf(read(path.join(DEPLOY, 'runbook.md'))).matchAll(/^## (Router\w+)$/gm)].map(
    ([, name]) => name,
  );
  assert.deepEqual(
    headings,
    [...read(RULES[1] ?? '').matchAll(/- alert: (\w+)/g)].map(([, name]) => name),
  );
});

export default tap.start({ throwOnError: true });
