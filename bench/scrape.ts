/**
 * What a scrape costs the process that is scraped: `snapshot()`, a page in both formats, the longest turn of the event
 * loop while the page is made and while it goes out over HTTP, and the same series in a prom-client registry. Between two
 * pages 15 s pass, in which nothing happens (`idle`), something on each route (`busy`), on one of ten or of a hundred; under
 * `traffic` lives begin and end in every turn, with and without a scrape. Alternating rounds in one process. `nothing` is
 * the same watch over a loop that does nothing: what a busy machine adds to every stall.
 *
 *   npm run bench -- scrape [--check] [--rounds N]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OpsServer } from '../ts/ops/index.js';
import { type IOutcome, type ISettings, type ITable, main } from './harness/benchmark.js';
import { type IFigure, median, short, spread } from './harness/figures.js';
import { progress } from './harness/progress.js';
import { client, fetched } from './scrape/client.js';
import { promClient } from './scrape/promclient.js';
import { router } from './scrape/router.js';
import { type IWatched, watched } from './scrape/watched.js';

const COUNTS = [100, 1_000, 10_000];
/** The figures are those of the last. */
const WANTED = COUNTS.at(-1);
const TEXT = 'text/plain;version=0.0.4';
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
const NOTHING_MS = 100;
const SCRAPE_INTERVAL_MS = 15_000;
/** Lives that begin and end in one turn under traffic: less than half a millisecond of work. */
const LIVES_A_TURN = 100;

const PEER = 'page, prom-client';
const PAGES = {
  idle: 'page, text, idle',
  hundredth: 'page, text, 1 of 100 busy',
  tenth: 'page, text, 1 of 10 busy',
  all: 'page, text, all busy',
} as const;
const IDLE = 'nothing';
const OVER_HTTP = { idle: 'over HTTP, idle', all: 'over HTTP, all busy' } as const;
const TRAFFIC = 'traffic alone';
const UNDER_TRAFFIC = 'traffic, over HTTP';

interface ICase {
  readonly work: () => unknown;
  /** Something happens on each n-th route before; `null`: only time passes. */
  readonly step?: number | null;
  readonly traffic?: boolean;
}

type TWatches = ReadonlyMap<string, readonly IWatched[]>;

async function measure(count: number, rounds: number): Promise<{ table: ITable; watches: TWatches }> {
  const ours = router(count);
  const theirs = await promClient(count);
  const page = await ours.exporter.render(TEXT);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const series = page.body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  const { bytes: theirBytes = 0 } = await theirs.measure();
  const ops = new OpsServer({ source: ours.manager, exporter: ours.exporter, port: 0 });
  await ops.start();
  const reader = await client();
  const get = (headers: Record<string, string>) => () => fetched(reader, ops.url ?? '', headers);
  // As the ops server does it: what nobody reads any more is memory for the next page.
  const render = (accept: string) => async () => {
    (await ours.exporter.render(accept)).release();
  };
  const snapshot = (): unknown => ours.manager.snapshot();
  const cases: Readonly<Record<string, ICase>> = {
    'snapshot, idle': { work: snapshot },
    'snapshot, 1 of 100 busy': { work: snapshot, step: 100 },
    'snapshot, all busy': { work: snapshot, step: 1 },
    [PAGES.idle]: { work: render(TEXT), step: null },
    'page, OpenMetrics, idle': { work: render(OPENMETRICS), step: null },
    [PAGES.hundredth]: { work: render(TEXT), step: 100 },
    [PAGES.tenth]: { work: render(TEXT), step: 10 },
    [PAGES.all]: { work: render(TEXT), step: 1 },
    [PEER]: { work: () => undefined },
    [IDLE]: { work: () => sleep(NOTHING_MS) },
    [OVER_HTTP.idle]: { work: get({}), step: null },
    [OVER_HTTP.all]: { work: get({}), step: 1 },
    'over HTTP, gzip, all busy': { work: get({ 'Accept-Encoding': 'gzip' }), step: 1 },
    [TRAFFIC]: { work: () => sleep(NOTHING_MS), step: 1, traffic: true },
    [UNDER_TRAFFIC]: { work: get({}), step: 1, traffic: true },
  };
  const traffic = (): void => ours.happen(Math.max(1, Math.floor(count / LIVES_A_TURN)), 1);
  const watches = new Map<string, IWatched[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    progress(`scrape, ${count} routes: round ${round} of ${rounds}`);
    for (const [name, { work, step, traffic: busy }] of Object.entries(cases)) {
      // The page that the next one is made from, also where the case before was none.
      await render(TEXT)();
      if (step !== undefined) ours.happen(step, SCRAPE_INTERVAL_MS);
      const watch = name === PEER ? await theirs.measure() : await watched(work, busy === true ? traffic : undefined);
      // The first round warms up.
      if (round > 0) watches.get(name)?.push(watch);
    }
  }
  progress('');
  reader.kill();
  await theirs.worker.terminate();
  await ops.stop();
  const table = {
    title: `${short(count)} routes: ${short(series)} series, ${megabytes(Buffer.byteLength(page.body))} (prom-client ${megabytes(theirBytes)}), ms`,
    columns: ['what', 'took', 'longest turn', 'by the clock'],
    rows: Array.from(watches, ([name, each]) => [
      name,
      spread(tookMs(each)),
      spread(ownMs(each)),
      spread(stallMs(each)),
    ]),
  };
  return { table, watches };
}

const tookMs = (watches: readonly IWatched[] = []): number[] => watches.map((watch) => watch.tookMs);
const ownMs = (watches: readonly IWatched[] = []): number[] => watches.map((watch) => watch.ownMs);
const stallMs = (watches: readonly IWatched[] = []): number[] => watches.map((watch) => watch.stallMs);
const pairs = (ones: readonly number[], others: readonly number[], join: (one: number, other: number) => number) =>
  median(ones.map((one, round) => join(one, others[round] ?? NaN)));

function figuresOf(watches: TWatches): IFigure[] {
  const took = (name: string): number[] => tookMs(watches.get(name));
  const stall = (name: string): number[] => ownMs(watches.get(name));
  return [
    ...Object.values(PAGES).map((name) => ({
      name: `${WANTED} routes: prom-client over routemeter, ${name}`,
      measured: pairs(took(PEER), took(name), (theirs, ours) => theirs / ours),
      atLeast: 15,
    })),
    ...Object.values(OVER_HTTP).map((name) => ({
      name: `${WANTED} routes: longest turn ${name}, loop idle otherwise, ms`,
      measured: median(stall(name)),
      atMost: 3,
    })),
    {
      name: `${WANTED} routes: longest turn over HTTP under traffic, above that of the traffic alone, ms`,
      measured: pairs(stall(UNDER_TRAFFIC), stall(TRAFFIC), (both, alone) => both - alone),
      atMost: 6,
    },
  ];
}

const NOTE =
  "A page is made from the one before, 15 s earlier, and so it matters how many routes something happened on since: on a busy one a whole life, with a request and its bytes, which changes about half of its 55 lines; on an idle one only its oldest connection grows older. `prom-client`: `registry.metrics()` of the same series, whose cost does not depend on that. `traffic`: 100 lives in each turn of the event loop, spread over the routes. `longest turn`: the lesser of the time by the clock and the process's CPU time, which is what the figures are of; the clock alone also counts what other processes of the machine took, as `nothing` shows, the same watch over a loop that does nothing.";

async function run({ rounds }: ISettings): Promise<IOutcome> {
  const tables: ITable[] = [];
  let figures: IFigure[] = [];
  for (const count of COUNTS) {
    const { table, watches } = await measure(count, rounds);
    tables.push(table);
    if (count === WANTED) figures = figuresOf(watches);
  }
  return { tables, figures, notes: [NOTE] };
}

await main({
  name: 'scrape',
  title: 'what a scrape costs the process that is scraped, beside prom-client',
  defaults: { rounds: 7, seconds: 1 },
  run,
});
