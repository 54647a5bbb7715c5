import { Collector, linesOf } from './collector.js';
import { ExpositionError } from './error.js';
import { seriesKey } from './model.js';
import type { IParsedFamily, IParsedSample } from './model.js';
import { numberOf } from './rules.js';
import { METRIC_NAME, Scanner } from './scanner.js';
import type { IDialect } from './scanner.js';

const REAL = /[+-]?(\d+|\d+(\.\d*)?(e[+-]?\d+)?|\d*\.\d+(e[+-]?\d+)?)/i;

const DIALECT: IDialect = {
  // Names that begin with an underscore are reserved.
  labelName: /^[a-zA-Z][a-zA-Z0-9_]*/,
  number: new RegExp(`^(${REAL.source}|[+-]?inf(inity)?|nan)$`, 'i'),
  timestamp: new RegExp(`^${REAL.source}$`, 'i'),
  blanks: false,
  anyEscape: true,
  exemplars: true,
};

/** Suffixes of sample names; the first one must be there for each metric. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [''],
  unknown: [''],
};

/**
 * A strict parser of OpenMetrics 1.0 text, from its specification (prometheus.io/docs/specs/om/open_metrics_spec).
 * Throws an `ExpositionError` at the first thing not allowed.
 */
export function parseOpenMetrics(body: string | Uint8Array): IParsedFamily[] {
  const lines = linesOf(body);
  const collector = new Collector();
  let ended = false;
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    if (ended) throw new ExpositionError(line, 'text after # EOF');
    if (text === '# EOF') ended = true;
    else if (text === '') throw new ExpositionError(line, 'empty line');
    else if (text.startsWith('#')) metadata(collector, text, line);
    else sample(collector, text, line);
  }
  if (!ended) throw new ExpositionError(lines.length, 'no # EOF');
  collector.close();
  collector.checkClashes((type) => SUFFIXES[type] ?? []);
  for (const family of collector.families) checkGroups(family);
  return collector.families;
}

function metadata(collector: Collector, text: string, line: number): void {
  const [, keyword, name = '', rest = ''] = /^# (TYPE|UNIT|HELP) ([^ ]+) (.*)$/s.exec(text) ?? [];
  if (keyword === undefined) throw new ExpositionError(line, 'neither metadata nor # EOF');
  if (METRIC_NAME.exec(name)?.[0] !== name || name.startsWith('_')) {
    throw new ExpositionError(line, `metric name ${JSON.stringify(name)}`);
  }
  const family = collector.metadata(name, line, keyword);
  if (keyword === 'TYPE') {
    if (family.type !== '') throw new ExpositionError(line, `TYPE of ${name} twice`);
    if (SUFFIXES[rest] === undefined) throw new ExpositionError(line, `type ${JSON.stringify(rest)}`);
    family.type = rest;
  } else if (keyword === 'UNIT') {
    if (family.unit !== null) throw new ExpositionError(line, `UNIT of ${name} twice`);
    if (rest !== '' && !name.endsWith(`_${rest}`)) throw new ExpositionError(line, `unit ${rest} is not in the name`);
    family.unit = rest;
  } else {
    if (family.help !== null) throw new ExpositionError(line, `HELP of ${name} twice`);
    if (/"|\\$/.test(rest.replace(/\\./gs, ''))) throw new ExpositionError(line, 'escape in HELP');
    family.help = rest.replace(/\\([n"\\])/g, (_all, character: string) => (character === 'n' ? '\n' : character));
  }
}

function sample(collector: Collector, text: string, line: number): void {
  const { name, labels, text: value, timestamp, exemplar } = new Scanner(text, line, DIALECT).sample();
  const parsed = { name, labels, value: numberOf(value), text: value, timestamp, line };
  let { open } = collector;
  if (open !== null && open.type === '') open.type = 'unknown';
  const fits = open !== null && (SUFFIXES[open.type] ?? []).some((suffix) => name === `${open?.name}${suffix}`);
  if (!fits) {
    const near = collector.families.find(({ name: other }) => /^(_[a-z]+)?$/.test(name.slice(other.length)) && name.startsWith(other)); // prettier-ignore
    if (near !== undefined) throw new ExpositionError(line, `${name} is no sample of the ${near.type} ${near.name}`);
    if (open !== null && open.samples.length === 0 && open.type !== '') {
      throw new ExpositionError(line, `${name} is no sample of the ${open.type} ${open.name}`);
    }
    open = collector.begin(name, line);
    open.type = 'unknown';
  }
  if (open === null) return;
  if (exemplar !== null && !/_(total|bucket)$/.test(name)) throw new ExpositionError(line, 'exemplar on no count');
  if (exemplar !== null && numberOf(exemplar.text) > numberOf(labels['le'] ?? '+Inf')) {
    throw new ExpositionError(line, 'exemplar above its bucket');
  }
  if (open.type === 'info' && parsed.value !== 1) throw new ExpositionError(line, 'info that is not 1');
  if (open.type === 'stateset' && ((parsed.value !== 0 && parsed.value !== 1) || !(open.name in labels))) {
    throw new ExpositionError(line, 'state that is neither 0 nor 1, or without its label');
  }
  if ((open.type === 'info' || open.type === 'stateset') && (open.unit ?? '') !== '') {
    throw new ExpositionError(line, `${open.type} with a unit`);
  }
  collector.add(open, parsed);
}

/** Metrics must not be interleaved, and each one must have what its type is made of. */
function checkGroups(family: IParsedFamily): void {
  const own = { summary: 'quantile', stateset: family.name, histogram: 'le', gaugehistogram: 'le' }[family.type];
  const keyOf = (one: IParsedSample): string => seriesKey('', one.labels, own === undefined ? [] : [own]);
  const done = new Map<string, Set<string>>();
  let last: string | null = null;
  for (const one of family.samples) {
    const key = keyOf(one);
    if (key !== last && done.has(key)) throw new ExpositionError(one.line, 'metrics interleaved');
    const names = done.get(key) ?? new Set();
    names.add(one.name);
    done.set(key, names);
    last = key;
  }
  const needed = `${family.name}${SUFFIXES[family.type]?.[0] ?? ''}`;
  for (const names of done.values()) {
    if (family.type !== 'summary' && !names.has(needed)) throw new ExpositionError(family.line, `no ${needed}`);
  }
}
