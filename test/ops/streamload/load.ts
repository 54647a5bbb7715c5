import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ISystemAnswer } from '../../../ts/interfaces/ops.js';
import { until } from '../../helpers/wait.js';
import { ask } from '../client.js';
import type { IOrder } from './clients.js';
import type { IRead, IReaders } from './readers.js';
import type { ISide, IUsage } from './server.js';

export interface IPhase {
  readonly withReaders: boolean;
  readonly connections: number;
  readonly perSecond: number;
  /** Of the serving process, for each connection. */
  readonly cpuMicros: number;
  readonly heapBytes: number;
}

export interface ILoad {
  readonly phases: readonly IPhase[];
  readonly streams: NonNullable<ISystemAnswer['streams']>;
  readonly read: IRead;
  /** After the readers left and those that do not read were let go. */
  readonly afterwards: NonNullable<ISystemAnswer['streams']>;
}

export interface ILoadPlan {
  readonly readers: number;
  /** More readers, which never read. */
  readonly stuck: number;
  readonly rounds: number;
  /** Of each round, with the readers and without. */
  readonly ms: readonly [withReaders: number, without: number];
}

/** Rounds with readers and without in turn, while connections open and close as fast as they can. */
export async function streamLoad({ readers, stuck, rounds, ms }: ILoadPlan): Promise<ILoad> {
  const server = child('server.ts', ['--expose-gc']);
  const [[withReaders, without]] = (await once(server, 'message')) as [[ISide, ISide]];
  const [clients, reading] = [child('clients.ts'), child('readers.ts')];
  try {
    await said(reading, { url: withReaders.url, reading: readers, stuck } satisfies IReaders);
    await until(async () => (await streamsOf(withReaders)).readers === readers + stuck, 'all readers');
    const phase = async (side: ISide): Promise<IPhase> => {
      const order: IOrder = { port: side.port, ms: ms[side === withReaders ? 0 : 1] };
      const before = await said<IUsage>(server, null);
      const connections = await said<number>(clients, order);
      const after = await said<IUsage>(server, null);
      return {
        withReaders: side === withReaders,
        connections,
        perSecond: (connections * 1000) / order.ms,
        cpuMicros: ((after.cpuMs - before.collectedCpuMs) * 1000) / connections,
        heapBytes: after.heapBytes,
      };
    };
    // What is compiled first is slow first.
    await phase(withReaders);
    await phase(without);
    const phases: IPhase[] = [];
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? [withReaders, without] : [without, withReaders];
      for (const side of order) phases.push(await phase(side));
    }
    const streams = await streamsOf(withReaders);
    const read = await said<IRead>(reading, 'told');
    await said(reading, 'leave');
    // Fewer readers are sent more each, until what the kernel keeps for one that does not read is full.
    await until(
      async () => {
        await phase(withReaders);
        return (await streamsOf(withReaders)).readersDropped >= stuck;
      },
      'those that do not read to be let go',
      90_000,
    );
    return { phases, streams, read, afterwards: await streamsOf(withReaders) };
  } finally {
    for (const each of [server, clients, reading]) each.disconnect();
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

/** With readers divided by without: of two phases side by side, since a machine has other things to do at other times. */
export function ratio(phases: readonly IPhase[], figure: (phase: IPhase) => number): number {
  const [one, other] = [phases.filter((phase) => phase.withReaders), phases.filter((phase) => !phase.withReaders)];
  return median(one.map((phase, round) => figure(phase) / figure(other[round] ?? phase)));
}

function child(name: string, args: readonly string[] = []): ChildProcess {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return fork(file, { execArgv: ['--import', 'tsx', ...args] });
}

async function said<T>(to: ChildProcess, what: object | string | null): Promise<T> {
  const answer = once(to, 'message') as Promise<[T]>;
  to.send(what ?? 'usage');
  return (await answer)[0];
}

async function streamsOf({ url }: ISide): Promise<NonNullable<ISystemAnswer['streams']>> {
  const { streams } = JSON.parse((await ask(`${url}/api/system`)).text) as ISystemAnswer;
  if (streams === null) throw new Error('no streams are served');
  return streams;
}

/** What a run showed, in two lines. */
export function summary({ phases, streams, read, afterwards }: ILoad): string {
  const of = (withReaders: boolean, figure: (phase: IPhase) => number): string =>
    median(phases.filter((phase) => phase.withReaders === withReaders).map(figure)).toFixed(0);
  const both = (figure: (phase: IPhase) => number): string =>
    `${of(true, figure)} with readers, ${of(false, figure)} without (median of ratios ${ratio(phases, figure).toFixed(3)})`;
  return [
    `connections/s: ${both((phase) => phase.perSecond)}; CPU µs for each: ${both((phase) => phase.cpuMicros)}`,
    `${streams.readers} readers, ${streams.eventsSent} events sent, ${streams.eventsLeftOut} left out, ${read.bytes} bytes read, ${afterwards.readersDropped} readers let go`,
  ].join('\n');
}
