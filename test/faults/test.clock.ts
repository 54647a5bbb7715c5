import assert from 'node:assert/strict';
import * as net from 'node:net';
import { mock } from 'node:test';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { statsSchema } from '../../ts/schema/statsschema.js';
import { message } from '../helpers/smartdns.js';
import { FrontBench, UdpClient } from '../dns/front/support.js';
import { parseOpenMetrics, parseText } from '../helpers/exposition/index.js';
import { FakeClock } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';
import { holds } from './rig.js';

const [HOUR, DAY] = [3_600_000, 86_400_000];
/** Of the wall clock, in the order in which they come. */
const STEPS = [HOUR, -HOUR, -DAY, 30 * DAY, -30 * DAY, -1_700_000_000_000 + 10 * DAY, 1, -1];

/** Its monotonic side goes on, whatever is done to the other. */
class SteppedClock extends FakeClock {
  stepped = 0;

  override wall(): number {
    return super.wall() + this.stepped;
  }
}

const KEYS_OF_WALL = /^(takenAt|startedAt|sampledAt|until|timestamp|lastOpenedAt|lastClosedAt)$/;

/** All that is no Unix time. Figures of the process are not those of the injected clock. */
function withoutWall(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, one: unknown) => (KEYS_OF_WALL.test(key) || key === 'process' ? undefined : one)),
  ) as unknown;
}

const without = (page: string): string[] =>
  page.split('\n').filter((line) => !/^(process_|nodejs_|router_(render_duration|build_info))/.test(line));

/** The same life, with or without steps; what was read after each of them. */
async function play(steps: boolean): Promise<{ stats: unknown[]; pages: string[][]; answers: string[] }> {
  const clock = new SteppedClock();
  const proxy = new MetricsAwareProxy({ clock, sampleIntervalMs: 60_000 });
  const bench = await FrontBench.open({}, { clock, cache: {} });
  const manager = new MetricsManager({ clock });
  manager.observe(proxy);
  manager.observe(bench.dns);
  const exporter = new PrometheusExporter(manager, { clock, processMetrics: false });
  const client = new UdpClient(bench.udp);
  const handler = proxy.wrapSocketHandler((socket: net.Socket) => void socket.on('error', () => undefined), {
    routeName: 'r',
  });
  const open: net.Socket[] = [];
  const [stats, pages, answers]: [unknown[], string[][], string[]] = [[], [], []];
  for (const [index, step] of STEPS.entries()) {
    const socket = new net.Socket();
    open.push(socket);
    handler(socket);
    await proxy.sweep();
    clock.advance(700);
    answers.push((await client.ask(message(index + 1, [[`n${index % 3}.test`, 1]]))).toString('hex'));
    await until(() => bench.dns.activeCount() === 0, 'the answer to be counted');
    // How full the cache is it tells once a second of the machine's, whatever the injected clock says.
    mock.timers.tick(1_000);
    if (steps) clock.stepped += step;
    // At once, before anything else has noticed.
    const now = manager.getStats();
    statsSchema.parse(now);
    stats.push(withoutWall(now));
    const text = (await exporter.render('text/plain')).body;
    parseText(text);
    parseOpenMetrics((await exporter.render('application/openmetrics-text; version=1.0.0')).body);
    pages.push(without(text));
    clock.advance(600);
    if (index % 2 === 1) {
      open[index - 1]?.destroy();
      await until(() => open[index - 1]?.closed === true, 'its end');
    }
    stats.push(withoutWall(manager.snapshot()));
  }
  for (const socket of open) socket.destroy();
  await until(() => proxy.activeCount() === 0, 'the end of all');
  stats.push(withoutWall(manager.snapshot()));
  holds(manager);
  await manager.stop();
  client.close();
  await bench.close();
  return { stats, pages, answers };
}

tap.test('the wall clock steps forwards and back: answers and figures are those of a clock that did not', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const steady = await play(false);
  const stepped = await play(true);
  mock.timers.reset();
  assert.deepEqual(stepped.answers, steady.answers);
  assert.deepEqual(stepped.stats, steady.stats);
  assert.deepEqual(stepped.pages, steady.pages);
});

export default tap.start({ throwOnError: true });
