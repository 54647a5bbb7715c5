import { availableParallelism } from 'node:os';
import { machineMs, ownMs } from '../harness/cpu.js';
import { rotate } from '../harness/rotation.js';
import { dnsperf, type ILoad } from './dnsperf.js';
import type { IServer } from './fleet.js';

export interface IVisit {
  readonly perSecond: number;
  /** Microseconds of CPU for each query, of all the server's processes. */
  readonly cpuUs: number;
  readonly lost: number;
  readonly refused: number;
  /** Share of the machine's processors that went to processes that are none of ours. */
  readonly others: number;
  readonly latencies: readonly number[];
}

/** What the load is for one visit; `server` tells for whom, `attempt` that it was disturbed so many times. */
export type TMakeLoad = (round: number, server: string, attempt: number) => Omit<ILoad, 'port'>;

/** A visit during which others took more is repeated, a few times. */
const DISTURBED = 0.05;
const ATTEMPTS = 3;

/** By server and in the order of the rounds. */
export async function contest(
  load: string,
  servers: ReadonlyMap<string, IServer>,
  rounds: number,
  makeLoad: TMakeLoad,
): Promise<Map<string, IVisit[]>> {
  return rotate(load, [...servers.keys()], rounds, async (name, round) => {
    const server = servers.get(name);
    if (server === undefined) throw new Error(`there is no server ${name}`);
    return calmest(server, round === 0 ? 1 : ATTEMPTS, (attempt) => makeLoad(round, name, attempt));
  });
}

async function calmest(
  server: IServer,
  attempts: number,
  makeLoad: (attempt: number) => Omit<ILoad, 'port'>,
): Promise<IVisit> {
  let best: IVisit | null = null;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const visit = await visited(server, makeLoad(attempt));
    if (best === null || visit.others < best.others) best = visit;
    if (best.others <= DISTURBED) break;
  }
  if (best === null) throw new Error('no visit was made');
  return best;
}

async function visited(server: IServer, load: Omit<ILoad, 'port'>): Promise<IVisit> {
  const before = { at: performance.now(), machine: machineMs(), own: ownMs(), server: server.cpuMs() };
  const { completed, lost, refused, perSecond, latencies } = await dnsperf({ ...load, port: server.port });
  const cpu = server.cpuMs() - before.server;
  const others = machineMs() - before.machine - (ownMs() - before.own) - cpu;
  const all = (performance.now() - before.at) * availableParallelism();
  return { perSecond, cpuUs: (cpu * 1_000) / completed, lost, refused, others: Math.max(0, others / all), latencies };
}
