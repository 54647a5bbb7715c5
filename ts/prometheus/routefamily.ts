import type { IMetric, TAddSample } from '../catalog/index.js';
import type { IHistogramSnapshot } from '../interfaces/snapshot.js';
import { END_LENGTH } from './classes.pagebytes.js';
import type { PageBytes } from './classes.pagebytes.js';
import { BLOCK_LENGTH } from './family.js';
import type { IFamily } from './family.js';
import { escapeLabelValue } from './format.js';
import { edgeTexts } from './histogramtext.js';
import type { IRouteLabels } from './routelabels.js';

type TReadRoute = NonNullable<IMetric['readRoute']>;

/**
 * A catalogue metric by route, of routes whose labels all differ. A page of many routes is nearly all made here: what is
 * the same for a family or for a route is made into bytes once, and no object for a line.
 */
export function routeFamily(metric: IMetric, readRoute: TReadRoute, prefix: string, labels: IRouteLabels): IFamily {
  const { type, unit, help } = metric;
  const name = `${prefix}${metric.name}`;
  return { name, type, unit, help, write: (page) => write(page, name, metric.labels, readRoute, labels) };
}

function* write(
  page: PageBytes,
  name: string,
  names: readonly string[],
  readRoute: TReadRoute,
  { routes, bytes, ends }: IRouteLabels,
): Iterable<number> {
  const lines = routeLines(page, name, names, bytes);
  let from = page.length;
  let told = 0;
  for (let index = 0; index < routes.length; index++) {
    const route = routes[index];
    if (route === undefined) continue;
    lines.begin(index === 0 ? 0 : (ends[index - 1] ?? 0), ends[index] ?? 0);
    readRoute(route, lines.add);
    if (page.length - from < BLOCK_LENGTH) continue;
    from = page.length;
    yield lines.series() - told;
    told = lines.series();
  }
  yield lines.series() - told;
}

function routeLines(
  page: PageBytes,
  name: string,
  [first = '', second = '', third]: readonly string[],
  labels: Uint8Array,
): {
  readonly begin: (labelFrom: number, labelTo: number) => void;
  readonly add: TAddSample;
  readonly series: () => number;
} {
  const start = Buffer.from(`${name}{${first}="`);
  const end = Buffer.from('"} ');
  const seconds = labelBytes(second, third === undefined ? '"} ' : '');
  const thirds = labelBytes(third ?? '', '"} ');
  const histogram = histogramLines(page, name, first, labels);
  let series = 0;
  let from = 0;
  let to = 0;
  // What this route told so far. A source may tell one thing twice, and one series twice makes a page unreadable.
  const toldTwo: Uint8Array[] = [];
  const toldThree: Uint8Array[] = [];
  let told = 0;
  return {
    begin: (labelFrom, labelTo) => {
      from = labelFrom;
      to = labelTo;
      told = 0;
    },
    add: (value, two, three) => {
      if (typeof value !== 'number') {
        series += histogram(from, to, value);
        return;
      }
      const afterOne = two === undefined ? end : seconds(two);
      const afterTwo = three === undefined ? end : thirds(three);
      if (two !== undefined) {
        for (let index = 0; index < told; index++) {
          if (toldTwo[index] === afterOne && toldThree[index] === afterTwo) return;
        }
        toldTwo[told] = afterOne;
        toldThree[told++] = afterTwo;
      }
      page.reserve(start.length + to - from + afterOne.length + afterTwo.length + END_LENGTH);
      page.bytes(start);
      page.bytes(labels, from, to);
      page.bytes(afterOne);
      if (three !== undefined) page.bytes(afterTwo);
      page.endLine(value);
      series++;
    },
    series: () => series,
  };
}

/** Writes the lines of one histogram of a route and returns how many. */
function histogramLines(
  page: PageBytes,
  name: string,
  first: string,
  labels: Uint8Array,
): (labelFrom: number, labelTo: number, histogram: IHistogramSnapshot) => number {
  const [bucket, sum, count] = ['bucket', 'sum', 'count'].map((part) => Buffer.from(`${name}_${part}{${first}="`));
  const le = Buffer.from('",le="');
  const end = Buffer.from('"} ');
  let edges: readonly number[] | null = null;
  let ends: Uint8Array[] = [];
  if (bucket === undefined || sum === undefined || count === undefined) return () => 0;
  return (labelFrom, labelTo, histogram) => {
    // Mostly the histograms of a family share their edges.
    if (histogram.edges !== edges) {
      edges = histogram.edges;
      ends = edgeTexts(edges).map((edge) => Buffer.from(`${edge}"} `));
    }
    const length = bucket.length + labelTo - labelFrom + le.length;
    page.reserve((ends.length + 2) * (length + 2 * END_LENGTH));
    page.bytes(bucket);
    page.bytes(labels, labelFrom, labelTo);
    page.bytes(le);
    let cumulative = 0;
    let from = page.length - length;
    for (let index = 0; index < ends.length; index++) {
      if (index > 0) {
        const next = page.length;
        page.again(next - from, length);
        from = next;
      }
      page.bytes(ends[index] ?? end);
      cumulative += histogram.counts[index] ?? 0;
      page.endLine(cumulative);
    }
    page.bytes(sum);
    page.bytes(labels, labelFrom, labelTo);
    page.bytes(end);
    page.endLine(histogram.sum);
    // The count is the last bucket by construction, whatever the source says it is.
    page.bytes(count);
    page.bytes(labels, labelFrom, labelTo);
    page.bytes(end);
    page.endLine(cumulative);
    return ends.length + 2;
  };
}

/** Label values that are few and come again with each route; texts that are equal once written give the same object. */
function labelBytes(name: string, end: string): (value: string) => Uint8Array {
  const byValue = new Map<string, Uint8Array>();
  const byText = new Map<string, Uint8Array>();
  return (value) => {
    let bytes = byValue.get(value);
    if (bytes !== undefined) return bytes;
    const text = escapeLabelValue(value);
    bytes = byText.get(text) ?? Buffer.from(`",${name}="${text}${end}`);
    byText.set(text, bytes);
    byValue.set(value, bytes);
    return bytes;
  };
}
