import { FakeClock, FakeProxySource } from '../../test/helpers/fakesource.js';
import { MetricsManager } from '../../ts/index.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';

export interface IRouter {
  readonly manager: MetricsManager;
  readonly exporter: PrometheusExporter;
  /** Something on every `step`-th route, or nothing, and the time that it takes. */
  readonly happen: (step: number | null, ms: number) => void;
}

/** A router of so many routes, with all families fed: both histograms, three close reasons, three codes, an upgrade. */
export function router(count: number): IRouter {
  const clock = new FakeClock();
  const manager = new MetricsManager({ limits: { routes: count }, clock });
  const names = Array.from({ length: count }, (_unused, index) => `route-${index}.example.test`);
  const source = new FakeProxySource(...names);
  source.reading.host = {
    backendConnectErrors: new Map(names.map((name) => [name, 1])),
    backendRetries: new Map(names.map((name) => [name, 2])),
    tlsHandshakeErrors: 3,
    certificates: [{ domain: 'example.test', expiresAt: 1 }],
  };
  manager.observe(source);
  const life = (name: string, index: number): void => {
    const id = source.open(name, { clientIp: `192.0.2.${index % 250}` });
    source.startRequest(id, name);
    source.endRequest(id, name, [200, 404, null][index % 3], 'GET', 1 << (index % 14));
    source.traffic(id, 1000 + index, 20_000 + index);
    const reason = (['client-end', 'server-end', 'idle-timeout'] as const)[index % 3] ?? 'unknown';
    source.close(id, { duration: 1 << (index % 20), reason });
  };
  for (const [index, name] of names.entries()) {
    for (let more = 0; more < 6; more++) life(name, index + more);
    const open = source.open(name);
    source.upgrade(open);
    source.startRequest(open, name);
  }
  clock.advance(60_000);
  let happened = 0;
  return {
    manager,
    exporter: new PrometheusExporter(manager, { processMetrics: false }),
    happen: (step, ms) => {
      for (let index = 0; step !== null && index < names.length; index += step) life(names[index] ?? '', happened++);
      clock.advance(ms);
    },
  };
}
