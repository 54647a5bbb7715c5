/**
 * What open connections cost, from 1,000 to 100,000: bytes of memory for each, CPU of a pass in which all of them have
 * moved, CPU of the sampler's own beat while nearly all are idle, and how long it holds the event loop. Connections are
 * real sockets as far as the limit of open files goes; the rest has handles of Node's own without a file descriptor,
 * through the same handlers. Each kind of server is a process of its own, with its clients in another.
 *
 *   npm run bench -- scale [--check] [--rounds N] [--seconds S]
 */
import { type IOutcome, type ISettings, main } from './harness/benchmark.js';
import { short } from './harness/figures.js';
import { progress } from './harness/progress.js';
import { Child } from './scale/child.js';
import { type IBeat, type IPass, type IStarted, type IWeight, KINDS, type TKind } from './scale/orders.js';
import { type IStage, report } from './scale/report.js';

/** All real in the second where a process may have 20,000 open files. */
const COUNTS = [1_000, 18_000, 40_000, 60_000, 80_000, 100_000];
const MOST = COUNTS.at(-1) ?? 0;
/** For what is neither a client nor a server's end of one. */
const SPARE_FILES = 1_000;
const WARMING = 10;
/** No beat of its own falls into a pass that is measured. */
const NO_BEAT_MS = 60_000;
const BEAT_MS = 1_000;
/** Then every connection is visited as seldom as it will be. */
const SETTLE_SECONDS = 17;

interface IPair {
  readonly server: Child;
  readonly client: Child;
  readonly port: number;
  readonly openFiles: number;
}

async function pair(kind: TKind, intervalMs: number): Promise<IPair> {
  const server = new Child(new URL('./scale/server.ts', import.meta.url));
  const client = new Child(new URL('./scale/client.ts', import.meta.url));
  return { server, client, ...(await server.ask<IStarted>({ what: 'start', kind, intervalMs })) };
}

/** How many of them are real. */
async function grow({ server, client, port, openFiles }: IPair, count: number): Promise<number> {
  const real = Math.min(count, Math.max(0, openFiles - SPARE_FILES));
  await Promise.all([
    client.ask({ what: 'connect', port, count: real }),
    server.ask({ what: 'grow', real, synthetic: count - real }),
  ]);
  return real;
}

async function passes(rounds: number, kind: TKind): Promise<IStage[]> {
  const servers = await pair(kind, NO_BEAT_MS);
  const { server, client } = servers;
  const stages: IStage[] = [];
  try {
    const empty = await server.ask<IWeight>({ what: 'weigh' });
    for (const count of COUNTS) {
      progress(`${kind}: ${short(count)} connections`);
      const real = await grow(servers, count);
      const { bytes } = await server.ask<IWeight>({ what: 'weigh' });
      const taken: IPass[] = [];
      // The first rounds warm up: with few connections it takes more of them until the code is compiled.
      const warming = count === COUNTS[0] ? WARMING : 1;
      for (let round = -warming; kind !== 'bare' && round < rounds; round++) {
        await client.ask({ what: 'send' });
        const pass = await server.ask<IPass>({ what: 'pass', messages: real });
        if (pass.moved !== null && pass.moved !== count) throw new Error(`${pass.moved} of ${count} moved`);
        if (round >= 0) taken.push(pass);
      }
      stages.push({ count, real, bytes: bytes - empty.bytes, passes: taken });
    }
  } finally {
    await server.stop();
    await client.stop();
  }
  return stages;
}

/** All kinds at once: each takes some hundredths of a processor. */
async function beats(seconds: number): Promise<ReadonlyMap<TKind, IBeat>> {
  const servers = new Map<TKind, IPair>();
  try {
    for (const kind of KINDS) {
      progress(`${kind}: ${short(MOST)} connections, nearly all idle`);
      const one = await pair(kind, BEAT_MS);
      servers.set(kind, one);
      await grow(one, MOST);
    }
    const measure = (time: number): Promise<[TKind, IBeat][]> =>
      Promise.all(
        Array.from(servers, async ([kind, { server }]): Promise<[TKind, IBeat]> => [
          kind,
          await server.ask<IBeat>({ what: 'beat', seconds: time }),
        ]),
      );
    await measure(SETTLE_SECONDS);
    return new Map(await measure(Math.ceil(seconds)));
  } finally {
    for (const { server, client } of servers.values()) {
      await server.stop();
      await client.stop();
    }
  }
}

async function run({ rounds, seconds }: ISettings): Promise<IOutcome> {
  const stages = new Map<TKind, IStage[]>();
  for (const kind of KINDS) stages.set(kind, await passes(rounds, kind));
  const outcome = report(stages, await beats(seconds));
  progress('');
  return outcome;
}

await main({
  name: 'scale',
  title: 'what open connections cost, up to 100,000 of them',
  defaults: { rounds: 5, seconds: 16 },
  run,
});
