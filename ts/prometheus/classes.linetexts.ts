import { escapeLabelValue } from './format.js';
import { edgeTexts } from './histogramtext.js';

/** What follows a route's name in a line, up to the number. Equal texts have the same `id`. */
export interface ITail {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** What follows a route's name in the lines of a histogram. */
export interface IHistogramTails {
  readonly id: number;
  readonly buckets: readonly Uint8Array[];
}

const END = Buffer.from('"} ');

/** The parts of a family's lines that come again with each route, as bytes. */
export class LineTexts {
  /** Up to the route's name; for histograms of the three kinds of lines. */
  readonly start: Uint8Array;
  readonly bucket: Uint8Array;
  readonly sum: Uint8Array;
  readonly count: Uint8Array;
  readonly le = Buffer.from('",le="');
  /** Where nothing but the route is told. */
  readonly only: ITail = { id: 0, bytes: END };
  readonly #names: readonly string[];
  /** By the values of the second and the third label: few, and the same for each route. */
  readonly #tails = new Map<string, Map<string | undefined, ITail>>();
  readonly #byText = new Map<string, ITail>();
  readonly #byEdges = new WeakMap<readonly number[], IHistogramTails>();
  #ids = 0;

  constructor(name: string, labels: readonly string[]) {
    const first = (suffix: string): Uint8Array => Buffer.from(`${name}${suffix}{${labels[0] ?? ''}="`);
    this.start = first('');
    this.bucket = first('_bucket');
    this.sum = first('_sum');
    this.count = first('_count');
    this.#names = labels;
  }

  /** Label values and edges met so far. */
  get size(): number {
    return this.#ids;
  }

  tail(second: string | undefined, third: string | undefined): ITail {
    if (second === undefined) return this.only;
    let thirds = this.#tails.get(second);
    if (thirds === undefined) this.#tails.set(second, (thirds = new Map<string | undefined, ITail>()));
    let tail = thirds.get(third);
    if (tail === undefined) thirds.set(third, (tail = this.#made(second, third)));
    return tail;
  }

  histogram(edges: readonly number[]): IHistogramTails {
    let tails = this.#byEdges.get(edges);
    if (tails === undefined) {
      tails = { id: ++this.#ids, buckets: edgeTexts(edges).map((edge) => Buffer.from(`${edge}"} `)) };
      this.#byEdges.set(edges, tails);
    }
    return tails;
  }

  #made(second: string, third: string | undefined): ITail {
    const one = `",${this.#names[1] ?? ''}="${escapeLabelValue(second)}`;
    const text = third === undefined ? one : `${one}",${this.#names[2] ?? ''}="${escapeLabelValue(third)}`;
    let tail = this.#byText.get(text);
    if (tail === undefined) this.#byText.set(text, (tail = { id: ++this.#ids, bytes: Buffer.from(`${text}"} `) }));
    return tail;
  }
}
