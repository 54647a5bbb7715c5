import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { METRICS } from '../../ts/catalog/index.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { formatEdge, formatValue } from '../../ts/prometheus/format.js';
import { histogramText } from '../../ts/prometheus/histogramtext.js';
import { RoutemeterError } from '../../ts/shared/errors.js';
import { parseOpenMetrics, parseText, valueOf } from '../helpers/exposition/index.js';
import { emptyRoute, emptySnapshot, fullDns, fullProxy, fullRoute, fullSnapshot } from '../helpers/snapshot.js';
import { fixedExporter, frozenClock, OPENMETRICS, promtool, sourceOf, TEXT } from './support.js';

/** Compares with a file of test/golden; `UPDATE_GOLDEN=1` writes it instead. */
function golden(name: string, body: string): void {
  const file = new URL(`../golden/${name}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, body);
  assert.equal(body, readFileSync(file, 'utf8'));
}

tap.test('a full snapshot renders as the golden files have it, in both formats', async () => {
  const exporter = fixedExporter(fullSnapshot(), { topLists: true });
  const text = await exporter.render(TEXT);
  const openMetrics = await exporter.render(OPENMETRICS);
  golden('metrics.txt', text.body);
  golden('metrics.openmetrics.txt', openMetrics.body);
  expect(text.contentType).toEqual('text/plain; version=0.0.4; charset=utf-8');
  expect(openMetrics.contentType).toEqual('application/openmetrics-text; version=1.0.0; charset=utf-8');
});

tap.test('both formats parse strictly and carry the same samples', async () => {
  for (const snapshot of [
    fullSnapshot(),
    emptySnapshot(),
    fullSnapshot({ dns: null }),
    fullSnapshot({ proxy: null }),
  ]) {
    const exporter = fixedExporter(snapshot, { topLists: 3 });
    const text = parseText((await exporter.render(TEXT)).body);
    const openMetrics = parseOpenMetrics((await exporter.render(OPENMETRICS)).body);
    const samples = (families: typeof text) =>
      families.flatMap((family) => family.samples.map(({ name, labels, text: value }) => ({ name, labels, value })));
    assert.deepEqual(samples(text), samples(openMetrics));
    assert.equal(valueOf(text, 'router_series'), samples(text).length);
    assert.ok(text.every((family) => family.samples.length > 0));
  }
});

tap.test('the page has each metric with its name, type, unit, labels and help', async () => {
  const exporter = fixedExporter(fullSnapshot(), { topLists: true, prefix: 'my_' });
  const text = parseText((await exporter.render(TEXT)).body);
  const openMetrics = parseOpenMetrics((await exporter.render(OPENMETRICS)).body);
  expect(text.length).toEqual(METRICS.length);
  for (const { name, type, unit, labels, help } of METRICS) {
    const inText = text.find((family) => family.name === `my_${name}`);
    assert.equal(inText?.type, type === 'info' ? 'gauge' : type, name);
    assert.equal(inText?.help, help);
    const base = `my_${name}`.replace(/_(total|info)$/, '');
    const inOpenMetrics = openMetrics.find((family) => family.name === base);
    assert.equal(inOpenMetrics?.type, type, name);
    assert.equal(inOpenMetrics?.unit, unit, name);
    assert.equal(inOpenMetrics?.help, help);
    for (const sample of inOpenMetrics.samples) {
      assert.deepEqual(Object.keys(sample.labels).filter((label) => label !== 'le'), labels, name); // prettier-ignore
    }
  }
});

tap.test('promtool has nothing to say about the text format, process figures included', async () => {
  const exporter = new PrometheusExporter(sourceOf(fullSnapshot()), { topLists: true });
  const first = await exporter.render(TEXT);
  const second = await exporter.render();
  exporter.stop();
  expect(promtool(first.body)).toEqual({ status: 0, output: '' });
  expect(promtool(second.body)).toEqual({ status: 0, output: '' });
  expect(second.body).toInclude('process_cpu_seconds_total');
  // The tool does look.
  expect(promtool('# HELP a_total b\n# TYPE a_total gauge\na_total 1\n').status).toEqual(3);
});

tap.test('hostile label values come back as they were, in both formats', async () => {
  const bytes = Array.from({ length: 256 }, (_unused, byte) => `x${String.fromCharCode(byte)}`);
  const hostile = [
    ...bytes,
    '',
    '\\',
    '\\\\n',
    '"',
    '"} 1\nrouter_connections_active{route="forged',
    '\n# EOF\n',
    '\r\n',
    '\u2028\u2029\u0085',
    '𐍈🙂 мир',
    '{a="b",}',
    '__proto__',
    'constructor',
    'a'.repeat(10_000),
  ];
  const routes = hostile.map((name) => fullRoute(name));
  const handlers = hostile.map((pattern, index) => ({ pattern, calls: index, errors: 0 }));
  const exporter = fixedExporter(fullSnapshot({ proxy: fullProxy({ routes }), dns: fullDns({ handlers }) }));
  const text = (await exporter.render(TEXT)).body;
  const openMetrics = (await exporter.render(OPENMETRICS)).body;
  for (const families of [parseText(Buffer.from(text)), parseOpenMetrics(Buffer.from(openMetrics))]) {
    for (const [index, name] of hostile.entries()) {
      assert.equal(valueOf(families, 'router_connections_opened_total', { route: name }), 10, JSON.stringify(name));
      assert.equal(valueOf(families, 'router_dns_handler_calls_total', { handler: name }), index);
    }
  }
  expect(promtool(text)).toEqual({ status: 0, output: '' });
});

tap.test('lone surrogates become U+FFFD, and what then is one series is written once', async () => {
  const routes = ['a\ud800', 'a\udfff', 'b\udc00\ud800', 'a\ufffd'].map((name, total) => ({
    ...emptyRoute(name),
    total,
  }));
  const exporter = fixedExporter(fullSnapshot({ proxy: fullProxy({ routes }) }));
  for (const accept of [TEXT, OPENMETRICS]) {
    const { body } = await exporter.render(accept);
    const families = accept === TEXT ? parseText(body) : parseOpenMetrics(body);
    const family = families.find(({ name }) => name.startsWith('router_connections_opened'));
    assert.deepEqual(family?.samples.map(({ labels, value }) => [labels['route'], value]), [['a\ufffd', 0], ['b\ufffd\ufffd', 2]]); // prettier-ignore
    expect(valueOf(families, 'router_series')).toEqual(families.flatMap(({ samples }) => samples).length);
  }
});

tap.test('numbers read back as they were', async () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-0, '-0'],
    [2 ** 53, '9007199254740992'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Number.NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ];
  for (const [value, text] of cases) {
    expect(formatValue(value)).toEqual(text);
    const routes = [{ ...emptyRoute('r'), oldestSeconds: value }];
    const exporter = fixedExporter(fullSnapshot({ proxy: fullProxy({ routes }) }));
    for (const accept of [TEXT, OPENMETRICS]) {
      const { body } = await exporter.render(accept);
      const families = accept === TEXT ? parseText(body) : parseOpenMetrics(body);
      assert.ok(Object.is(valueOf(families, 'router_connections_oldest_seconds', { route: 'r' }), value), text);
      if (accept === TEXT) expect(promtool(body).output).toEqual('');
    }
  }
});

tap.test('bucket edges have the form that OpenMetrics calls canonical', async () => {
  const cases = '0.0 0.001 0.002 0.01 0.1 0.9 0.95 0.99 0.999 1.0 1.7 10.0 1e-10 1e-09 1e-05 5e-05 0.0001 0.00025 120.0 1232.0 65535.0 86400.0 100000.0 1e+06 1.5e+06 1e+10'; // prettier-ignore
  for (const text of cases.split(' ')) expect(formatEdge(Number(text))).toEqual(text);
  expect(formatEdge(Infinity)).toEqual('+Inf');
});

tap.test('a histogram without labels has none but le', async () => {
  const text = histogramText('h', '', { edges: [1], counts: [2, 1], sum: 5, count: 3 });
  assert.equal(text, 'h_bucket{le="1.0"} 2\nh_bucket{le="+Inf"} 3\nh_sum 5\nh_count 3\n');
});

tap.test('concurrent renders of both formats take one snapshot each and do not touch each other', async () => {
  const routes = Array.from({ length: 400 }, (_unused, index) => fullRoute(`route-${index}`));
  const source = sourceOf(deepFreeze(fullSnapshot({ proxy: fullProxy({ routes }) })));
  // A look at this clock takes 3 ms, so that every look is a pause.
  let now = 0;
  const slow = { now: () => (now += 3), wall: () => 0 };
  const options = { processMetrics: false, topLists: true };
  const interleaved = new PrometheusExporter(source, { ...options, clock: slow });
  const alone = new PrometheusExporter(source, { ...options, clock: frozenClock });
  const pages = await Promise.all([TEXT, OPENMETRICS, TEXT, OPENMETRICS].map((accept) => interleaved.render(accept)));
  expect(source.taken).toEqual(4);
  const withoutDuration = (body: string): string => body.replace(/(\nrouter_render_duration_seconds) .*\n/, '$1\n');
  for (const [index, accept] of [TEXT, OPENMETRICS, TEXT, OPENMETRICS].entries()) {
    const expected = await alone.render(accept);
    assert.equal(withoutDuration(pages[index]?.body ?? ''), withoutDuration(expected.body));
  }
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

tap.test('a render that fails rejects', async () => {
  const failing = new PrometheusExporter(
    {
      snapshot: () => {
        throw new Error('no snapshot');
      },
    },
    { processMetrics: false },
  );
  await assert.rejects(failing.render(TEXT), /no snapshot/);
});

tap.test('wrong options throw, each with its code', async () => {
  const source = sourceOf(fullSnapshot());
  const cases: readonly (readonly [unknown, string])[] = [
    [{ prefix: '1a_' }, 'ERR_METRIC_NAME'],
    [{ prefix: 'a-b_' }, 'ERR_METRIC_NAME'],
    [{ prefix: 'a:b_' }, 'ERR_METRIC_NAME'],
    [{ prefix: '_a' }, 'ERR_METRIC_NAME'],
    [{ prefix: 'ä_' }, 'ERR_METRIC_NAME'],
    [{ prefix: 'a\n' }, 'ERR_METRIC_NAME'],
    [{ prefix: 7 }, 'ERR_OPTION_INVALID'],
    [{ registries: {} }, 'ERR_OPTION_INVALID'],
    [{ registries: [{}] }, 'ERR_OPTION_INVALID'],
    [{ processMetrics: 'yes' }, 'ERR_OPTION_INVALID'],
    [{ topLists: 0 }, 'ERR_OPTION_INVALID'],
    [{ topLists: 101 }, 'ERR_OPTION_INVALID'],
    [{ topLists: 'all' }, 'ERR_OPTION_INVALID'],
    [{ clock: {} }, 'ERR_OPTION_INVALID'],
    [{ preffix: 'a_' }, 'ERR_OPTION_UNKNOWN'],
    [7, 'ERR_OPTION_INVALID'],
  ];
  for (const [options, code] of cases) {
    assert.throws(
      () => new PrometheusExporter(source, options as never),
      (error) => error instanceof RoutemeterError && error.code === code,
      JSON.stringify(options),
    );
  }
  for (const wrong of [undefined, null, {}]) {
    assert.throws(() => new PrometheusExporter(wrong as never), /source\.snapshot/);
  }
  expect((await fixedExporter(fullSnapshot(), { prefix: '' }).render(TEXT)).body).toInclude(
    '\nuptime_seconds 3600.5\n',
  );
});

export default tap.start({ throwOnError: true });
