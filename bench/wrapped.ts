/**
 * The same EmbeddedProxy with the same handlers bare, wrapped by a MetricsAwareProxy that a MetricsManager observes, and
 * instrumented with prom-client by hand, OpenTelemetry and express-prom-bundle. All servers of a load are alive at once, each in
 * three processes of its own, and visited in turns by the same clients in another process; ratios are those of one round.
 *
 *   npm run bench -- wrapped [--check] [--rounds N] [--seconds S]
 */
import { availableParallelism } from 'node:os';
import { type IOutcome, type ISettings, main } from './harness/benchmark.js';
import { machineMs } from './harness/cpu.js';
import { type IFigure, median, short, spread } from './harness/figures.js';
import { progress } from './harness/progress.js';
import { rotate } from './harness/rotation.js';
import type { IVisitResult } from './wrapped/client.js';
import { Fleet, type IServer } from './wrapped/fleet.js';
import { COMPARED, LOADS, type TLoad } from './wrapped/loads.js';

interface IVisit {
  /** Of the server for each unit. */
  readonly cpuUs: number;
  /** Share of the machine's processors that went to processes that are none of ours. */
  readonly others: number;
  readonly did: IVisitResult;
}

type TVisits = ReadonlyMap<string, readonly IVisit[]>;

/**
 * Of each server. Two processes of the same program differ by some per cent for as long as they live: where their
 * memory came to lie, and what the compiler saw first.
 */
const PROCESSES = 3;
/** A process is warm after so many visits, however few its units were: a short run stays one. */
const WARM_UP_VISITS = 15;
const ASKED: Readonly<Partial<Record<TLoad, number>>> = {
  bulk: 0.98,
  short: 0.93,
  http: 0.95,
  websocket: 0.98,
  tls: 0.98,
};

const column = (visits: TVisits, name: string, read: (visit: IVisit) => number): number[] =>
  (visits.get(name) ?? []).map(read);
const pairwise = (values: readonly number[], by: readonly number[]): number[] =>
  values.map((value, round) => value / (by[round] ?? NaN));

async function visited(fleet: Fleet, load: TLoad, server: IServer, seconds: number): Promise<IVisit> {
  const before = { at: performance.now(), machine: machineMs(), server: await server.cpuUs(), own: process.cpuUsage() };
  const did = await fleet.visit({ load, port: server.port, seconds });
  const cpu = (await server.cpuUs()) - before.server;
  const own = process.cpuUsage(before.own);
  const others = machineMs() - before.machine - (cpu + did.cpuUs + own.user + own.system) / 1_000;
  const all = (performance.now() - before.at) * availableParallelism();
  return { cpuUs: cpu / did.units, others: Math.max(0, others / all), did };
}

interface IMeasured {
  readonly visits: TVisits;
  /** Connections and requests by which the wrapped server's figures differ from what its clients did. */
  readonly miscounted: number;
}

/** All variants of one load. */
async function measure(load: TLoad, { rounds, seconds }: ISettings): Promise<IMeasured> {
  const { title, variants, warmUp, length = 1 } = COMPARED[load];
  const fleet = new Fleet();
  try {
    const servers = new Map<string, IServer[]>();
    for (const variant of variants) {
      servers.set(variant, await Promise.all(Array.from({ length: PROCESSES }, () => fleet.start(load, variant))));
    }
    let [connections, requests] = [0, 0];
    const visit = async (name: string, round: number): Promise<IVisit> => {
      const server = servers.get(name)?.at(round % PROCESSES);
      if (server === undefined) throw new Error(`there is no server ${name}`);
      const done = await visited(fleet, load, server, seconds * length);
      if (name === 'wrapped') {
        connections += done.did.connections;
        requests += done.did.requests;
      }
      return done;
    };
    for (let process = 0; process < PROCESSES; process++) {
      for (const name of variants) {
        progress(`${title}: warming up, ${name}`);
        let units = 0;
        for (let count = 0; units < warmUp && count < WARM_UP_VISITS; count++) {
          units += (await visit(name, process)).did.units;
        }
      }
    }
    const visits = await rotate(title, variants, rounds, visit, 0);
    for (const server of servers.get('wrapped') ?? []) {
      const counted = await server.counted();
      connections -= counted.connections;
      requests -= counted.requests;
    }
    return { visits, miscounted: Math.abs(connections) + Math.abs(requests) };
  } finally {
    await fleet.stop();
  }
}

function rowsOf(load: TLoad, visits: TVisits): string[][] {
  const { title, unit } = COMPARED[load];
  const bare = (read: (visit: IVisit) => number): number[] => column(visits, 'bare', read);
  return Array.from(visits.keys(), (name) => {
    const own = (read: (visit: IVisit) => number): number[] => column(visits, name, read);
    const [cpu, speed, p99] = [
      own((visit) => visit.cpuUs),
      own((visit) => visit.did.perSecond),
      own((visit) => visit.did.p99),
    ];
    return [
      `${title}, ${unit}`,
      name,
      `${short(median(cpu))} µs`,
      spread(
        pairwise(
          bare((visit) => visit.cpuUs),
          cpu,
        ),
      ),
      `${short(median(speed))}/s`,
      spread(
        pairwise(
          speed,
          bare((visit) => visit.did.perSecond),
        ),
      ),
      `${short(median(p99))} ms`,
      spread(
        pairwise(
          p99,
          bare((visit) => visit.did.p99),
        ),
      ),
    ];
  });
}

function figuresOf(load: TLoad, visits: TVisits): IFigure[] {
  const atLeast = ASKED[load];
  if (atLeast === undefined) return [];
  const { title } = COMPARED[load];
  const [bare, wrapped] = ['bare', 'wrapped'].map((name) => ({
    cpu: column(visits, name, (visit) => visit.cpuUs),
    speed: column(visits, name, (visit) => visit.did.perSecond),
  }));
  if (bare === undefined || wrapped === undefined) throw new Error('nothing was visited');
  const figures: IFigure[] = [
    { name: `${title}: CPU bare, of wrapped`, measured: median(pairwise(bare.cpu, wrapped.cpu)), atLeast },
  ];
  if (load === 'short') {
    const measured = median(pairwise(wrapped.speed, bare.speed));
    figures.push({ name: `${title}: connections/s wrapped, of bare`, measured, atLeast: 0.97 });
  }
  return figures;
}

async function run(settings: ISettings): Promise<IOutcome> {
  const rows: string[][] = [];
  const figures: IFigure[] = [];
  const others: number[] = [];
  let wrong = 0;
  for (const load of LOADS) {
    const { visits, miscounted } = await measure(load, settings);
    wrong += miscounted;
    rows.push(...rowsOf(load, visits));
    figures.push(...figuresOf(load, visits));
    for (const each of visits.values()) others.push(...each.map((visit) => visit.others * 100));
  }
  return {
    tables: [
      {
        title: 'CPU of the serving process for each unit of work, and what its clients saw',
        columns: ['load, unit', 'server', 'CPU', 'CPU bare, of its own', 'speed', 'of bare', 'p99', 'of bare'],
        rows,
      },
    ],
    figures: [
      ...figures,
      { name: 'connections and requests that wrapping counted otherwise than the clients', measured: wrong, atMost: 0 },
    ],
    notes: [`Other processes took ${spread(others)} % of the machine during a visit.`],
  };
}

await main({
  name: 'wrapped',
  title: 'what wrapping costs the process that is measured, beside other ways to measure it',
  defaults: { rounds: 18, seconds: 0.3 },
  run,
});
