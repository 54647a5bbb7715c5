/**
 * SmartDNS alone against SmartDNS observed in handler mode, behind the front, behind the front with its cache, behind
 * dnsdist with and without its packet cache where that is installed, and against what Node can do at all: an echo. All
 * servers are alive at once, each in processes of its own, and visited in turns by dnsperf with the same load; ratios are
 * those of one round.
 *
 *   npm run bench -- dns-front [--check] [--rounds N] [--seconds S]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contest, type IVisit, type TMakeLoad } from './dns/contest.js';
import { dnsperf } from './dns/dnsperf.js';
import { Fleet, hasDnsdist, type IServer } from './dns/fleet.js';
import { ANSWERED_ZONE, uniqueQueries, zipfQueries } from './dns/queries.js';
import { type IOutcome, type ISettings, main } from './harness/benchmark.js';
import { type IFigure, median, quantile, short, spread } from './harness/figures.js';

const NAMES = {
  bare: 'SmartDNS alone',
  handlers: 'handler mode',
  front: 'front',
  cache: 'front, cache',
  coalesce: 'front, coalesce',
  dnsdist: 'dnsdist, packet cache',
  relay: 'dnsdist, no cache',
  echo: 'echo in Node',
} as const;
type TEntrant = keyof typeof NAMES;
/** What is not ours. */
const PEERS: readonly string[] = ['bare', 'dnsdist', 'relay', 'echo'] satisfies TEntrant[];

const ZIPF_LINES = 200_000;
/** More than any of them can relay. */
const UNIQUE_PER_SECOND = 60_000;
const DNSDIST = hasDnsdist();
const ofDnsdist = (name: TEntrant): name is 'dnsdist' | 'relay' => name === 'dnsdist' || name === 'relay';
const entrants = (...names: TEntrant[]): TEntrant[] => names.filter((name) => DNSDIST || !ofDnsdist(name));

type TVisits = ReadonlyMap<string, readonly IVisit[]>;

class DnsFrontBenchmark {
  readonly #folder = mkdtempSync(join(tmpdir(), 'routemeter-bench-'));
  readonly #fleet = new Fleet(this.#folder);
  readonly #settings: ISettings;
  readonly #throughput: string[][] = [];
  readonly #latency: string[][] = [];
  readonly #figures: IFigure[] = [];
  readonly #all: IVisit[] = [];
  readonly #ours: IVisit[] = [];

  constructor(settings: ISettings) {
    this.#settings = settings;
  }

  async run(): Promise<IOutcome> {
    try {
      const two = await this.#start(2, entrants(...(Object.keys(NAMES) as TEntrant[])));
      const fifty = await this.#start(50, entrants('bare', 'handlers', 'front', 'cache', 'dnsdist'));
      const zipf = await this.#repeats('Zipf, 2 handlers', two);
      await this.#repeats('Zipf, 50 handlers', fifty);
      await this.#misses(two);
      await this.#uncacheable(two);
      await this.#halfLoad(two, median(speeds(zipf.get('bare'))));
    } finally {
      await this.#fleet.stop();
      rmSync(this.#folder, { recursive: true, force: true });
    }
    return this.#outcome();
  }

  async #start(handlers: number, names: readonly TEntrant[]): Promise<Map<TEntrant, IServer>> {
    const servers = new Map<TEntrant, IServer>();
    for (const name of names) {
      const server = ofDnsdist(name)
        ? await this.#fleet.startDnsdist(handlers, name === 'dnsdist')
        : await this.#fleet.start(name, handlers);
      servers.set(name, server);
    }
    return servers;
  }

  /** The same names again and again: what a cache is for. */
  async #repeats(load: string, servers: ReadonlyMap<TEntrant, IServer>): Promise<TVisits> {
    const [file, each] = [join(this.#folder, 'zipf'), join(this.#folder, 'zipf-once')];
    zipfQueries(file, ANSWERED_ZONE, ZIPF_LINES);
    zipfQueries(each, ANSWERED_ZONE, ZIPF_LINES, true);
    const contestants = only(servers, 'bare', 'handlers', 'front', 'cache', 'dnsdist', 'relay', 'echo');
    for (const { port } of contestants.values()) await dnsperf({ port, file: each, seconds: 30, once: true });
    const visits = await this.#contest(load, contestants, () => ({ file }));
    this.#ratio(`${load}: handler mode`, visits, 'handlers', { atLeast: 0.97 });
    this.#ratio(`${load}: front`, visits, 'front', { atLeast: 0.6 });
    this.#ratio(`${load}: front with cache`, visits, 'cache', { atLeast: 2.5 });
    this.#ratio(`${load}: front with cache, of dnsdist`, visits, 'cache', { atLeast: 0.65 }, 'dnsdist');
    return visits;
  }

  /** No name comes twice, so that no cache ever has an answer. */
  async #misses(servers: ReadonlyMap<TEntrant, IServer>): Promise<void> {
    const load = 'each name once, 2 handlers';
    const file = join(this.#folder, 'unique');
    const visits = await this.#contest(
      load,
      only(servers, 'bare', 'front', 'cache', 'dnsdist', 'relay'),
      (...visit) => {
        uniqueQueries(file, visit.join('-'), UNIQUE_PER_SECOND * this.#settings.seconds);
        return { file, once: true };
      },
    );
    this.#ratio(`${load}: front`, visits, 'front', { atLeast: 0.5 });
    this.#ratio(`${load}: front with cache`, visits, 'cache', { atLeast: 0.5 });
  }

  /** The same names again, but nobody answers them and the cache keeps no such answer: each is a miss. */
  async #uncacheable(servers: ReadonlyMap<TEntrant, IServer>): Promise<void> {
    const load = 'Zipf, nothing kept, 2 handlers';
    const file = join(this.#folder, 'unanswered');
    zipfQueries(file, 'unanswered.test', ZIPF_LINES);
    const visits = await this.#contest(load, only(servers, 'bare', 'front', 'coalesce'), () => ({ file }));
    this.#ratio(`${load}: front that coalesces`, visits, 'coalesce', { atLeast: 0.8 });
  }

  async #halfLoad(servers: ReadonlyMap<TEntrant, IServer>, capacity: number): Promise<void> {
    const rate = capacity / 2;
    const { rounds, seconds } = this.#settings;
    const file = join(this.#folder, 'zipf');
    const contestants = only(servers, 'bare', 'handlers', 'front', 'cache', 'dnsdist', 'relay');
    const visits = await contest('half of capacity', contestants, rounds, () => ({ file, seconds, rate }));
    this.#keep(visits);
    for (const [name, each] of visits) {
      const cells = [0.5, 0.99].map((share) => spread(latencies(each, share)));
      this.#latency.push([NAMES[name as TEntrant], `${short(median(speeds(each)))}/s`, ...cells]);
    }
    const ratio = (name: TEntrant, share: number): number =>
      median(pairwise(latencies(visits.get(name), share), latencies(visits.get('bare'), share)));
    this.#figures.push(
      { name: 'half of capacity: p50 of the front, of SmartDNS alone', measured: ratio('front', 0.5), atMost: 1.5 },
      { name: 'half of capacity: p99 with cache, of SmartDNS alone', measured: ratio('cache', 0.99), atMost: 1 },
    );
  }

  async #contest(
    load: string,
    servers: ReadonlyMap<TEntrant, IServer>,
    makeLoad: (...visit: Parameters<TMakeLoad>) => { file: string; once?: boolean },
  ): Promise<TVisits> {
    const { rounds, seconds } = this.#settings;
    const visits = await contest(load, servers, rounds, (...visit) => ({ ...makeLoad(...visit), seconds }));
    this.#keep(visits);
    const bare = visits.get('bare');
    for (const [name, each] of visits) {
      const cpu = spread(each.map(({ cpuUs }) => cpuUs));
      const ratio = spread(pairwise(speeds(each), speeds(bare)));
      this.#throughput.push([load, NAMES[name as TEntrant], short(median(speeds(each))), ratio, cpu, lostOf(each)]);
    }
    return visits;
  }

  #keep(visits: TVisits): void {
    for (const [name, each] of visits) {
      this.#all.push(...each);
      if (!PEERS.includes(name)) this.#ours.push(...each);
    }
  }

  #ratio(name: string, visits: TVisits, of: TEntrant, bound: Partial<IFigure>, to: TEntrant = 'bare'): void {
    const [ours, theirs] = [visits.get(of), visits.get(to)];
    const measured = theirs === undefined ? null : median(pairwise(speeds(ours), speeds(theirs)));
    this.#figures.push({ name, measured, ...bound });
  }

  #outcome(): IOutcome {
    const others = this.#all.map((visit) => visit.others * 100);
    const notes = [
      `Other processes took ${spread(others)} % of the machine during a visit; a visit with more than 5 % is repeated up to two times.`,
      ...(DNSDIST ? [] : ['dnsdist: not installed, and so not compared (apt-get install dnsdist).']),
    ];
    const sum = (read: (visit: IVisit) => number): number => this.#ours.reduce((all, visit) => all + read(visit), 0);
    return {
      tables: [
        {
          title: 'As fast as it goes (`dnsperf -c 4 -q 200`)',
          columns: ['load', 'server', 'queries/s', 'of SmartDNS alone', 'µs of CPU a query', 'lost'],
          rows: this.#throughput,
        },
        {
          title: 'Time of an answer at half of what SmartDNS alone can do, ms (Zipf, 2 handlers)',
          columns: ['server', 'queries', 'p50', 'p99'],
          rows: this.#latency,
        },
      ],
      figures: [
        ...this.#figures,
        { name: 'queries that a mode of routemeter lost', measured: sum(({ lost }) => lost), atMost: 0 },
        { name: 'queries that it refused', measured: sum(({ refused }) => refused), atMost: 0 },
      ],
      notes,
    };
  }
}

const only = (servers: ReadonlyMap<TEntrant, IServer>, ...names: TEntrant[]): Map<TEntrant, IServer> =>
  new Map([...servers].filter(([name]) => names.includes(name)));
const speeds = (visits: readonly IVisit[] = []): number[] => visits.map(({ perSecond }) => perSecond);
const latencies = (visits: readonly IVisit[] = [], share: number): number[] =>
  visits.map((visit) => quantile(visit.latencies, share));
const pairwise = (values: readonly number[], by: readonly number[]): number[] =>
  values.map((value, round) => value / (by[round] ?? NaN));
const lostOf = (visits: readonly IVisit[]): string => String(visits.reduce((sum, { lost }) => sum + lost, 0));

await main({
  name: 'dns-front',
  title: 'what the DNS front and handler mode cost, and what the cache gains',
  defaults: { rounds: 7, seconds: 1.5 },
  run: (settings) => new DnsFrontBenchmark(settings).run(),
});
