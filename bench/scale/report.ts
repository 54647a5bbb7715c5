/** Tables, plots and figures of `scale.ts`. */
import type { IOutcome } from '../harness/benchmark.js';
import { type IFigure, median, quantile, short, spread } from '../harness/figures.js';
import type { IPlot } from '../harness/plot.js';
import type { IBeat, IPass, TKind } from './orders.js';

/** What was measured with so many connections. */
export interface IStage {
  readonly count: number;
  readonly real: number;
  /** Of the whole process, above what it had with none. */
  readonly bytes: number;
  readonly passes: readonly IPass[];
}

type TStages = ReadonlyMap<TKind, readonly IStage[]>;
type TPoints = readonly (readonly [number, number])[];

const PASS_SECONDS = 1;
const WRAPPED: readonly TKind[] = ['alone', 'observed'];
const NAMES: Readonly<Record<TKind, string>> = {
  bare: 'not wrapped',
  alone: 'MetricsAwareProxy alone',
  observed: 'with a MetricsManager',
};

const cpuOf = (stage: IStage | undefined): number[] => stage?.passes.map(({ wholeMs }) => wholeMs) ?? [];
const turnsOf = (stage: IStage | undefined): number[] => stage?.passes.flatMap(({ tookMs }) => [...tookMs]) ?? [];
const percent = (ms: number, seconds: number): number => ms / (10 * seconds);

export function report(stages: TStages, beats: ReadonlyMap<TKind, IBeat>): IOutcome {
  const of = (kind: TKind): readonly IStage[] => stages.get(kind) ?? [];
  /** Bytes above those of the bare server. */
  const extra = (kind: TKind): TPoints =>
    of(kind).map(({ count, bytes }, index) => [count, bytes - (of('bare')[index]?.bytes ?? NaN)]);
  const cpu = (kind: TKind): TPoints => of(kind).map((stage) => [stage.count, median(cpuOf(stage))]);
  const last = (kind: TKind): IStage | undefined => of(kind).at(-1);
  const real = of('observed').findLastIndex((stage) => stage.real === stage.count);
  /** Of a core for as many as there are at most, at the cost of those that are all real. */
  const ofReal = (kind: TKind): number | null => {
    const stage = of(kind)[real];
    if (stage === undefined) return null;
    return (percent(median(cpuOf(stage)), PASS_SECONDS) * (last(kind)?.count ?? NaN)) / stage.count;
  };
  const each = (points: TPoints, index: number): number => {
    const [count, amount] = points.at(index) ?? [NaN, NaN];
    return amount / count;
  };
  const beat = (kind: TKind): number => {
    const { cpuMs, seconds } = beats.get(kind) ?? { cpuMs: NaN, seconds: NaN };
    return percent(cpuMs, seconds);
  };
  const most = short(last('observed')?.count ?? NaN);

  const figures: IFigure[] = [
    ...WRAPPED.flatMap((kind): IFigure[] => [
      { name: `${most}, all move, ${NAMES[kind]}: % of a core`, measured: percent(median(cpuOf(last(kind))), PASS_SECONDS), atMost: 5 }, // prettier-ignore
      { name: `${most}, all move, at the cost of real ones, ${NAMES[kind]}: % of a core`, measured: ofReal(kind), atMost: 5 }, // prettier-ignore
      { name: `${most}, nearly all idle, ${NAMES[kind]}: % of a core`, measured: beat(kind), atMost: 1 },
      { name: `${most}, ${NAMES[kind]}: bytes a connection`, measured: each(extra(kind), -1), atMost: 400 },
      {
        name: `${short(of(kind)[real]?.count ?? NaN)}, all real, ${NAMES[kind]}: bytes a connection`,
        measured: real < 0 ? null : each(extra(kind), real),
        atMost: 400,
      },
      { name: `${most}, ${NAMES[kind]}: median turn of the sampler, ms`, measured: median(turnsOf(last(kind))), atMost: 1.2 }, // prettier-ignore
      { name: `CPU of a pass is linear, ${NAMES[kind]} (R²)`, measured: straightness(cpu(kind)), atLeast: 0.99 },
      { name: `memory is linear, ${NAMES[kind]} (R²)`, measured: straightness(extra(kind)), atLeast: 0.99 },
    ]),
  ];
  const plots: IPlot[] = [
    plot('pass', 'One pass over connections that have all moved', 'ms of CPU', cpu, 1),
    plot('memory', 'Memory of open connections beyond that of Node', 'MB', extra, 1e-6),
  ];
  return {
    tables: [
      {
        title: 'A pass in which all have moved, and the memory of a connection',
        columns: [
          'connections',
          'real',
          'what',
          'ms of CPU',
          'ns each',
          'longest turn, ms',
          'bytes each',
          "Node's own",
        ],
        rows: WRAPPED.flatMap((kind) =>
          of(kind).map((stage, index) => [
            short(stage.count),
            short(stage.real),
            NAMES[kind],
            spread(cpuOf(stage)),
            short((median(cpuOf(stage)) * 1e6) / stage.count),
            short(Math.max(...turnsOf(stage))),
            short(each(extra(kind), index)),
            short((of('bare')[index]?.bytes ?? NaN) / stage.count),
          ]),
        ),
      },
      {
        title: `${most} connections at a beat of a second, of which 1 in 100 moves`,
        columns: ['what', 'sampling, % of a core', 'whole process, % of a core', 'turns, ms', '99th', 'longest'],
        rows: Array.from(beats, ([kind, { tookMs, cpuMs, wholeMs, seconds }]) => [
          NAMES[kind],
          kind === 'bare' ? '—' : short(percent(cpuMs, seconds)),
          short(percent(wholeMs, seconds)),
          spread(tookMs),
          tookMs.length === 0 ? '—' : short(quantile(tookMs, 0.99)),
          tookMs.length === 0 ? '—' : short(Math.max(...tookMs)),
        ]),
      },
    ],
    plots,
    figures,
    notes: [
      `Every connection has a client of its own, on 100 routes. Beyond what a process may open as files, ${most} are made of sockets that wait for a name for ever: Node's own handles, without a file descriptor. The share of a core is that of a pass each second.`,
    ],
  };
}

function plot(name: string, title: string, y: string, points: (kind: TKind) => TPoints, unit: number): IPlot {
  const lines = WRAPPED.map((kind) => ({
    name: NAMES[kind],
    points: points(kind).map(([count, amount]): [number, number] => [count, Number((amount * unit).toPrecision(4))]),
  }));
  return { name: `scale-${name}`, title, x: 'open connections', y, lines };
}

/** R² of the straight line that fits best. */
function straightness(points: TPoints): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const sum = (product: (x: number, y: number) => number): number =>
    points.reduce((total, [x, y]) => total + product(x - meanX, y - meanY), 0);
  return sum((x, y) => x * y) ** 2 / (sum((x) => x * x) * sum((_x, y) => y * y));
}
