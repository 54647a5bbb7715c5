/**
 * What recording costs: one connection life (open, 3 samples of traffic, 2 requests, close) and one DNS query through
 * the whole write side (emitter, fence, manager), beside the same counters, gauges and histograms kept by hand with
 * prom-client and with OpenTelemetry. Each in a process of its own, alternating. Nothing here touches a socket.
 *
 *   npm run bench -- recording [--check] [--rounds N]
 */
import { type IOutcome, type ISettings, main } from './harness/benchmark.js';
import { type IFigure, median, short, spread } from './harness/figures.js';
import { rotate } from './harness/rotation.js';
import { Contestants, LIKE_FOR_LIKE, LISTS, OURS, RECORDERS, type TAsked } from './recording/contestants.js';
import { EVENTS } from './recording/recorder.js';

type TWhat = 'life' | 'query';
type TCosts = ReadonlyMap<string, readonly number[]>;

const PEERS: readonly string[] = RECORDERS.filter((name) => !name.startsWith(OURS));
const CASES: readonly (readonly [who: string, what: TAsked])[] = [
  ...(['life', 'query'] as const).flatMap((what) => RECORDERS.map((who) => [who, what] as const)),
  [LISTS, 'names made'],
  [LISTS, 'names held'],
];
const keyOf = (who: string, what: TAsked): string => `${what}: ${who}`;

async function run({ rounds }: ISettings): Promise<IOutcome> {
  const contestants = new Contestants();
  try {
    await contestants.start([...RECORDERS, LISTS]);
    const cases = new Map(CASES.map((each) => [keyOf(...each), each]));
    const costs = await rotate('recording', [...cases.keys()], rounds, async (key) => {
      const [who, what] = cases.get(key) ?? [LISTS, 'names made'];
      return contestants.ask(who, what);
    });
    const weights: string[][] = [];
    for (const what of ['life', 'query'] as const) {
      for (const who of RECORDERS) {
        const bytes = await contestants.ask(who, `weight of a ${what}`);
        const each = who.startsWith(OURS) ? short(bytes / EVENTS[what]) : '';
        weights.push([keyOf(who, what), short(bytes), each]);
      }
    }
    return outcome(costs, weights);
  } finally {
    contestants.stop();
  }
}

function outcome(costs: TCosts, weights: readonly string[][]): IOutcome {
  const of = (who: string, what: TAsked): readonly number[] => costs.get(keyOf(who, what)) ?? [];
  const ratio = (what: TWhat, peer: string, ours: string): number =>
    median(of(peer, what).map((theirs, round) => theirs / (of(ours, what)[round] ?? NaN)));
  const ns = (name: string, who: string, what: TWhat, atMost: number): IFigure => ({
    name: `${what}, ${name}, ns`,
    measured: median(of(who, what)),
    atMost,
  });
  const ratios = (name: string, ours: string): IFigure[] =>
    (
      [
        ['life', 'prom-client', 'prom-client, labels', 5],
        ['query', 'prom-client', 'prom-client, labels', 4],
        ['life', 'OpenTelemetry', 'OpenTelemetry, with a reader', 8],
        ['query', 'OpenTelemetry', 'OpenTelemetry, with a reader', 8],
      ] as const
    ).map(([what, title, peer, atLeast]) => ({
      name: `${what}: ${title} over routemeter, ${name}`,
      measured: ratio(what, peer, ours),
      atLeast,
    }));
  return {
    tables: [
      {
        title: 'Nanoseconds of CPU for each',
        columns: ['what', 'ns', 'over routemeter, all in', 'over routemeter, the same figures'],
        rows: CASES.map(([who, what]) => [
          keyOf(who, what),
          spread(of(who, what)),
          ...[OURS, LIKE_FOR_LIKE].map((ours) => (PEERS.includes(who) ? short(ratio(what as TWhat, who, ours)) : '')),
        ]),
      },
      { title: 'Bytes of heap for each', columns: ['what', 'bytes', 'for each event'], rows: weights },
    ],
    figures: [
      ns('no clock reads, no client lists', LIKE_FOR_LIKE, 'life', 700),
      ns('all in', OURS, 'life', 1_200),
      ns('no clock reads', 'routemeter, no clock reads', 'query', 300),
      ns('all in', OURS, 'query', 500),
      ...ratios('the same figures', LIKE_FOR_LIKE),
      ...ratios('all in', OURS),
    ],
    notes: [
      'A life is one connection: open, 3 samples of traffic, 2 requests, close; 1,000 other connections are open, and 100 queries in flight. prom-client and OpenTelemetry keep the counters, gauges and histograms that a life or a query moves. "All in" has what they do not keep: rates of the last seconds and minutes (a look at the clock for each event), a record of each open connection, and lists of clients (four updates for each life) and of names (two for each query). "The same figures" is without the clock and the lists of clients; the records and the lists of names are still in it.',
    ],
  };
}

await main({
  name: 'recording',
  title: 'what recording a connection and a query costs, beside prom-client and OpenTelemetry',
  defaults: { rounds: 15, seconds: 1 },
  run,
});
