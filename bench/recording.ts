/**
 * What recording costs: one connection life (open, 3 samples of traffic, 2 requests, close) and one DNS query through
 * the whole write side (emitter, fence, manager), beside the same counters and histograms kept by hand with prom-client
 * and with OpenTelemetry. Alternating rounds in one process. Nothing here touches a socket.
 *
 *   npm run bench -- recording [--check] [--rounds N]
 */
import { FakeClock } from '../test/helpers/fakesource.js';
import { TopList } from '../ts/manager/classes.toplist.js';
import { type IOutcome, type ISettings, main } from './harness/benchmark.js';
import { type IFigure, median, short, spread } from './harness/figures.js';
import { openTelemetry } from './recording/opentelemetry.js';
import { promClient } from './recording/promclient.js';
import type { IRecorder } from './recording/recorder.js';
import { routemeter } from './recording/routemeter.js';

const TIMES = 20_000;
/** Few enough that nothing is collected while they are made. */
const WEIGHED = 1_000;
const DISTINCT = 1_000_000;
const CAPACITY = 2_048;

/** A clock that stands: what is left is the recording itself. */
const still = new FakeClock();
const RECORDERS: Readonly<Record<string, IRecorder>> = {
  routemeter: routemeter({}),
  'routemeter, no clock reads': routemeter({ clock: still }),
  'routemeter, no clock reads, no client lists': routemeter({ clock: still, privacy: 'none' }),
  'prom-client, labels': promClient(false),
  'prom-client, children': promClient(true),
  'OpenTelemetry, with a reader': openTelemetry(),
};

/** Nanoseconds of CPU for each of them, the collector's threads included. */
function cost(times: number, work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / times;
}

/** Bytes of heap for each of them, those that live on included. */
function weight(call: (id: number) => void): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let id = 0; id < WEIGHED; id++) call(id);
  return (process.memoryUsage().heapUsed - before) / WEIGHED;
}

/** Updates of a top list: of names that are made for each one, as a packet's are, and of a million that are held. */
function listCosts(): { fresh: () => number; held: () => number } {
  const names = Array.from({ length: DISTINCT }, (_unused, index) => `name-${index}.example.test`);
  const octets = names.slice(0, 10_000).map((name) => Buffer.from(name));
  const ofFresh = new TopList(CAPACITY, 10);
  const ofHeld = new TopList(CAPACITY, 10);
  /** Zipf's law: the nth as often as 1/n. */
  const picks = (below: number): number[] =>
    Array.from({ length: TIMES }, () => Math.floor(below ** Math.random()) - 1);
  let length = 0;
  return {
    fresh: () => {
      const indexes = picks(octets.length);
      const text = (index: number): string => octets[index]?.toString('latin1') ?? '';
      const all = cost(TIMES, () => {
        for (const index of indexes) ofFresh.add(text(index));
      });
      const making = cost(TIMES, () => {
        for (const index of indexes) length += text(index).length;
      });
      return length > 0 ? all - making : NaN;
    },
    held: () => {
      const indexes = picks(DISTINCT);
      return cost(TIMES, () => {
        for (const index of indexes) ofHeld.add(names[index] ?? '');
      });
    },
  };
}

async function run({ rounds }: ISettings): Promise<IOutcome> {
  const lists = listCosts();
  const cases = new Map<string, (round: number) => number>([
    ...Object.entries(RECORDERS).flatMap(([name, { life, query }]) =>
      (
        [
          ['life', life],
          ['query', query],
        ] as const
      ).map(([what, call]) => {
        const measure = (round: number): number =>
          cost(TIMES, () => {
            for (let id = round * TIMES; id < (round + 1) * TIMES; id++) call(id);
          });
        return [`${what}: ${name}`, measure] as const;
      }),
    ),
    ['top list: names made for each update', lists.fresh],
    ['top list: a million names, held', lists.held],
  ]);
  const costs = new Map<string, number[]>(Array.from(cases.keys(), (name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, measure] of cases) {
      const nanoseconds = measure(round);
      // The first round warms up.
      if (round > 0) costs.get(name)?.push(nanoseconds);
    }
  }
  return outcome(costs);
}

function outcome(costs: ReadonlyMap<string, readonly number[]>): IOutcome {
  const of = (name: string): readonly number[] => costs.get(name) ?? [];
  const ratio = (what: string, peer: string): number => {
    const ours = of(`${what}: routemeter`);
    return median(of(`${what}: ${peer}`).map((theirs, round) => theirs / (ours[round] ?? NaN)));
  };
  const { life, query } = RECORDERS.routemeter ?? {};
  const bytes = (call: IRecorder['life'] | undefined): string => (call === undefined ? '—' : short(weight(call)));
  const peers = ['prom-client, labels', 'prom-client, children', 'OpenTelemetry, with a reader'];
  const figures: IFigure[] = [
    { name: 'life, no clock reads, top lists apart, ns', measured: median(of('life: routemeter, no clock reads, no client lists')), atMost: 700 }, // prettier-ignore
    { name: 'life, all in, ns', measured: median(of('life: routemeter')), atMost: 1_200 },
    { name: 'query, no clock reads, ns', measured: median(of('query: routemeter, no clock reads')), atMost: 300 },
    { name: 'query, all in, ns', measured: median(of('query: routemeter')), atMost: 500 },
    { name: 'life: prom-client over routemeter', measured: ratio('life', 'prom-client, labels'), atLeast: 5 },
    { name: 'query: prom-client over routemeter', measured: ratio('query', 'prom-client, labels'), atLeast: 4 },
    {
      name: 'life: OpenTelemetry over routemeter',
      measured: ratio('life', 'OpenTelemetry, with a reader'),
      atLeast: 8,
    },
    { name: 'query: OpenTelemetry over routemeter', measured: ratio('query', 'OpenTelemetry, with a reader'), atLeast: 8 }, // prettier-ignore
  ];
  return {
    tables: [
      {
        title: 'Nanoseconds of CPU for each',
        columns: ['what', 'ns', 'over routemeter'],
        rows: Array.from(costs, ([name, values]) => {
          const [what = '', who = ''] = name.split(': ');
          return [name, spread(values), peers.includes(who) ? short(ratio(what, who)) : ''];
        }),
      },
      {
        title: 'Bytes of heap for each',
        columns: ['what', 'bytes'],
        rows: [
          ['life', bytes(life)],
          ['query', bytes(query)],
        ],
      },
    ],
    figures,
    notes: [
      'A life is one connection: open, 3 samples of traffic, 2 requests, close. "No client lists" leaves out its four updates of the lists of clients (`privacy: \'none\'`); a query has two of names in every row.',
    ],
  };
}

await main({
  name: 'recording',
  title: 'what recording a connection and a query costs, beside prom-client and OpenTelemetry',
  defaults: { rounds: 15, seconds: 1 },
  run,
});
