import { expect, tap } from '@push.rocks/tapbundle';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { parseOpenMetrics } from '../helpers/exposition/index.js';
import { fullProxy, fullRoute, fullSnapshot } from '../helpers/snapshot.js';
import { fixedExporter, OPENMETRICS, sourceOf, TEXT } from './support.js';

const ROUTES = 10_000;

/** Turns of the event loop while a promise is pending, and the longest time between two of them. */
async function watchTurns<T>(work: () => Promise<T>): Promise<{ result: T; turns: number; longestMs: number }> {
  let turns = 0;
  let longestMs = 0;
  let last = performance.now();
  let pending = true;
  const turn = (): void => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    turns++;
    if (pending) setImmediate(turn);
  };
  setImmediate(turn);
  try {
    return { result: await work(), turns, longestMs: Math.max(longestMs, performance.now() - last) };
  } finally {
    pending = false;
  }
}

tap.test('a page of 10,000 routes lets other work run many times, and is whole', async () => {
  const routes = Array.from({ length: ROUTES }, (_unused, index) => fullRoute(`route-${index}.example.test`));
  const source = sourceOf(fullSnapshot({ proxy: fullProxy({ routes }) }));
  for (const accept of [TEXT, OPENMETRICS]) {
    const exporter = new PrometheusExporter(source, { processMetrics: false });
    const startedAt = performance.now();
    const { result, turns, longestMs } = await watchTurns(() => exporter.render(accept));
    const tookMs = performance.now() - startedAt;
    const encodingAt = performance.now();
    const bytes = Buffer.byteLength(Buffer.from(result.body));
    const encodedMs = performance.now() - encodingAt;
    console.log(
      `# ${accept}: ${ROUTES} routes, ${(bytes / 1e6).toFixed(1)} MB in ${tookMs.toFixed(0)} ms, ${turns} turns, ` +
        `longest stall ${longestMs.toFixed(1)} ms, encoding the body ${encodedMs.toFixed(1)} ms`,
    );
    expect(turns).toBeGreaterThan(20);
    expect(result.body.split('\nrouter_connections_opened_total{').length).toEqual(ROUTES + 1);
    expect(result.body.match(/\nrouter_series (\d+)\n/)?.[1]).toEqual(
      String(result.body.trimEnd().split('\n').filter((line) => !line.startsWith('#')).length), // prettier-ignore
    );
  }
  expect(source.taken).toEqual(2);
});

tap.test('a small page is not paused', async () => {
  const { turns } = await watchTurns(() => fixedExporter(fullSnapshot()).render(TEXT));
  expect(turns).toBeLessThan(3);
});

tap.test('a thousand routes parse strictly', async () => {
  const routes = Array.from({ length: 1_000 }, (_unused, index) => fullRoute(`r${index}`));
  const { body } = await fixedExporter(fullSnapshot({ proxy: fullProxy({ routes }) })).render(OPENMETRICS);
  const families = parseOpenMetrics(body);
  expect(families.find(({ name }) => name === 'router_connection_duration_seconds')?.samples.length).toEqual(18_000);
});

export default tap.start({ throwOnError: true });
