/**
 * What a top list finds, and what an update costs: a stream of 5,000,000 over 1,000,000 names with Zipf's distribution,
 * as names that are made for each update and as names that are held, counted and weighted with bytes, beside the top-k
 * of `bloom-filters`; and the same under a flood of random names.
 *
 *   npm run bench -- toplists [--check] [--rounds N]
 */
import bloomFilters from 'bloom-filters';
import { TopList } from '../ts/manager/classes.toplist.js';
import { type IOutcome, type ISettings, main } from './harness/benchmark.js';
import { type IFigure, median, short, spread } from './harness/figures.js';
import { progress } from './harness/progress.js';
import { seeded } from './harness/random.js';
import { type IQuality, qualityOf } from './toplists/quality.js';
import { Stream } from './toplists/stream.js';

const DISTINCT = 1_000_000;
const LENGTH = 5_000_000;
const CAPACITY = 2_048;
const FIRST = 100;
/** Its top-k looks through all that it keeps at each update: the whole stream would take minutes. */
const PEER_LENGTH = 500_000;
const FLOODED_FIRST = 10;
/** Random names for each real one. */
const FLOOD = 10;

const counted = (): number => 1;
/** Up to 64 KiB, as a sample of traffic may be. */
const weighted = (position: number): number => 1 + ((position * 40_503) & 0xffff);

/** Nanoseconds of CPU for each, the collector's threads included. */
function cost(times: number, work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / times;
}

interface IPlayed {
  readonly ns: number;
  readonly list: TopList;
}

function play(picks: Int32Array, name: (index: number) => string, weight?: (position: number) => number): IPlayed {
  const list = new TopList(CAPACITY, CAPACITY);
  const ns = cost(picks.length, () => {
    if (weight === undefined) for (const index of picks) list.add(name(index));
    else
      for (let position = 0; position < picks.length; position++)
        list.add(name(picks[position] ?? 0), weight(position));
  });
  return { ns, list };
}

function amountsOf(stream: Stream, weight: (position: number) => number): ReadonlyMap<string, number> {
  return new Map(Array.from(stream.truth(weight), (amount, index) => [stream.held(index), amount]));
}

/** What a list says after a stream of real names, with so many random ones for each. */
function flooded(stream: Stream): IQuality {
  const list = new TopList(CAPACITY, CAPACITY);
  const random = seeded(2);
  const amounts = new Map<string, number>();
  const real = stream.picks.subarray(0, LENGTH / FLOOD);
  for (const index of real) {
    const name = stream.held(index);
    list.add(name);
    amounts.set(name, (amounts.get(name) ?? 0) + 1);
    for (let more = 0; more < FLOOD; more++) list.add(`${random().toString(36).slice(2)}.example.test`);
  }
  const { entries } = list.snapshot();
  // Each random name came once.
  for (const { key } of entries) if (!amounts.has(key)) amounts.set(key, 1);
  return qualityOf(entries, amounts, FLOODED_FIRST);
}

/** Both over the beginning of the stream. Its `accuracy` is in its formula the share of answers that may be wrong. */
function besidePeer(stream: Stream): { readonly ours: IAnswer; readonly theirs: IAnswer } {
  const picks = stream.picks.subarray(0, PEER_LENGTH);
  const amounts = new Map<string, number>();
  for (const index of picks) amounts.set(stream.held(index), (amounts.get(stream.held(index)) ?? 0) + 1);
  const { ns, list } = play(picks, (index) => stream.held(index));
  const topK = new bloomFilters.TopK(FIRST, 0.001, 0.01);
  const theirNs = cost(picks.length, () => {
    for (const index of picks) topK.add(stream.held(index));
  });
  // It states no error.
  const entries = topK.values().map(({ value, frequency }) => ({ key: value, count: frequency, maxError: 0 }));
  return {
    ours: { ns, ...qualityOf(list.snapshot().entries, amounts, FIRST) },
    theirs: { ns: theirNs, ...qualityOf(entries, amounts, FIRST) },
  };
}

interface IAnswer extends IQuality {
  readonly ns: number;
}

async function run({ rounds }: ISettings): Promise<IOutcome> {
  progress('the stream');
  const stream = new Stream(DISTINCT, LENGTH);
  const { picks } = stream;
  const [fresh, held] = [(index: number) => stream.fresh(index), (index: number) => stream.held(index)];
  const costs = { fresh: [] as number[], held: [] as number[], weighted: [] as number[] };
  let lists: { readonly held: TopList; readonly weighted: TopList } | undefined;
  for (let round = 0; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`);
    let length = 0;
    const making = cost(LENGTH, () => {
      for (const index of picks) length += fresh(index).length;
    });
    const ofFresh = play(picks, fresh);
    const ofHeld = play(picks, held);
    const ofWeighted = play(picks, held, weighted);
    lists = { held: ofHeld.list, weighted: ofWeighted.list };
    // The first round warms up.
    if (round === 0) continue;
    costs.fresh.push(length > 0 ? ofFresh.ns - making : NaN);
    costs.held.push(ofHeld.ns);
    costs.weighted.push(ofWeighted.ns);
  }
  if (lists === undefined) throw new Error('there was no round');
  const of = (list: TopList, weight: (position: number) => number): IQuality =>
    qualityOf(list.snapshot().entries, amountsOf(stream, weight), FIRST);
  progress('how true they are');
  const [ofCounts, ofBytes] = [of(lists.held, counted), of(lists.weighted, weighted)];
  const flood = flooded(stream);
  progress('bloom-filters');
  const { ours, theirs } = besidePeer(stream);
  progress('');

  const row = (what: string, ns: string, { recall, wrong }: IQuality): string[] => [
    what,
    ns,
    short(recall),
    `${wrong}`,
  ];
  const figures: IFigure[] = [
    { name: `recall of the true top ${FIRST}`, measured: ofCounts.recall, atLeast: 0.99 },
    { name: `recall of the true top ${FIRST} by bytes`, measured: ofBytes.recall, atLeast: 0.99 },
    { name: 'entries whose truth is not within their stated error', measured: ofCounts.wrong + ofBytes.wrong + flood.wrong, atMost: 0 }, // prettier-ignore
    { name: `real ones in the first ${FLOODED_FIRST} under a flood`, measured: flood.recall * FLOODED_FIRST, atLeast: FLOODED_FIRST }, // prettier-ignore
    { name: 'an update, fresh names, ns', measured: median(costs.fresh), atMost: 150 },
    { name: 'an update, a million held names, ns', measured: median(costs.held), atMost: 300 },
    { name: 'an update by bytes, a million held names, ns', measured: median(costs.weighted), atMost: 400 },
  ];
  return {
    tables: [
      {
        title: `${short(LENGTH)} updates over ${short(DISTINCT)} names, ${short(CAPACITY)} entries`,
        columns: ['what', 'ns an update', 'recall', 'entries beyond their error'],
        rows: [
          row('made for each update', spread(costs.fresh), ofCounts),
          row('held', spread(costs.held), ofCounts),
          row('held, by bytes', spread(costs.weighted), ofBytes),
          row(`flood: ${FLOOD} random names for each real one, first ${FLOODED_FIRST}`, '', flood),
        ],
      },
      {
        title: `The first ${short(PEER_LENGTH)} of them, beside bloom-filters`,
        columns: ['what', 'ns an update', 'recall', 'entries beyond their error'],
        rows: [
          row('routemeter', short(ours.ns), ours),
          row(`TopK of bloom-filters (error rate 0.001, accuracy 0.01)`, short(theirs.ns), theirs).with(-1, '—'),
        ],
      },
    ],
    figures,
    notes: [
      'The nth name comes 1/n as often as the first. The cost of making a name is subtracted. The top-k of bloom-filters states no error.',
    ],
  };
}

await main({
  name: 'toplists',
  title: 'what a list of the most frequent names finds, and what an update of it costs',
  defaults: { rounds: 7, seconds: 1 },
  run,
});
