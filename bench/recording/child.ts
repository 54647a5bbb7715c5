/** One recorder in a process of its own, as a router has one: what others made V8 learn of the same code is not its. */
import { FakeClock } from '../../test/helpers/fakesource.js';
import { lists, picks } from './lists.js';
import { openTelemetry } from './opentelemetry.js';
import { promClient } from './promclient.js';
import type { IRecorder } from './recorder.js';
import { routemeter } from './routemeter.js';
import { LISTS, type TAsked, type TRecorder } from './contestants.js';

const TIMES = 20_000;
/** Few enough that nothing is collected while they are made. */
const WEIGHED = 1_000;

/** A clock that stands: what is left is the recording itself. */
const still = new FakeClock();
const MAKE: Readonly<Record<TRecorder, () => IRecorder>> = {
  routemeter: () => routemeter({}),
  'routemeter, no clock reads': () => routemeter({ clock: still }),
  'routemeter, no clock reads, no client lists': () => routemeter({ clock: still, privacy: 'none' }),
  'prom-client, labels': () => promClient(false),
  'prom-client, children': () => promClient(true),
  'OpenTelemetry, with a reader': openTelemetry,
};

/** Nanoseconds of CPU for each of them, the collector's threads included. */
function cost(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / TIMES;
}

/** Bytes of heap for each of them, those that live on included. */
function weight(call: (id: number) => void): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let id = 0; id < WEIGHED; id++) call(id);
  return (process.memoryUsage().heapUsed - before) / WEIGHED;
}

function recorderAnswers({ life, query }: IRecorder): (asked: TAsked) => number {
  let id = 0;
  const costOf = (call: (id: number) => void): number =>
    cost(() => {
      for (const end = id + TIMES; id < end; id++) call(id);
    });
  return (asked) => {
    if (asked === 'life') return costOf(life);
    if (asked === 'query') return costOf(query);
    return weight(asked === 'weight of a life' ? life : query);
  };
}

function listAnswers(): (asked: TAsked) => number {
  const { fresh, making, held } = lists();
  const costOf = ({ below, update }: typeof fresh): number => {
    const indexes = picks(TIMES, below);
    return cost(() => {
      for (const index of indexes) update(index);
    });
  };
  return (asked) => (asked === 'names held' ? costOf(held) : costOf(fresh) - costOf(making));
}

const name = process.argv[2] as TRecorder | typeof LISTS;
const answer = name === LISTS ? listAnswers() : recorderAnswers(MAKE[name]());
process.on('message', (asked: TAsked) => process.send?.(answer(asked)));
process.once('disconnect', () => process.exit(0));
process.send?.('ready');
