import { Collector, linesOf } from './collector.js';
import { ExpositionError } from './error.js';
import type { IParsedFamily } from './model.js';
import { numberOf } from './rules.js';
import { METRIC_NAME, Scanner } from './scanner.js';
import type { IDialect } from './scanner.js';

const DIALECT: IDialect = {
  labelName: /^[a-zA-Z_][a-zA-Z0-9_]*/,
  // What Go's ParseFloat takes of decimal numbers.
  number: /^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?[iI]nf|NaN|nan)$/,
  timestamp: /^-?\d+$/,
  blanks: true,
  anyEscape: false,
  exemplars: false,
};

const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

function suffixesOf(type: string): readonly string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'];
  return type === 'summary' ? ['', '_sum', '_count'] : [''];
}

/**
 * A strict parser of the Prometheus text format 0.0.4, from its specification
 * (prometheus.io/docs/instrumenting/exposition_formats). Throws an `ExpositionError` at the first thing not allowed.
 */
export function parseText(body: string | Uint8Array): IParsedFamily[] {
  const collector = new Collector();
  for (const [index, text] of linesOf(body).entries()) {
    const line = index + 1;
    if (/^[ \t]*$/.test(text)) continue;
    if (/^[ \t]*#/.test(text)) metadata(collector, text, line);
    else sample(collector, text, line);
  }
  collector.close();
  collector.checkClashes((type) => (type === 'histogram' || type === 'summary' ? suffixesOf(type) : []));
  return collector.families;
}

function metadata(collector: Collector, text: string, line: number): void {
  const [, keyword, name = '', , rest = ''] = /^[ \t]*#[ \t]*(HELP|TYPE)[ \t]+([^ \t]+)([ \t](.*))?$/s.exec(text) ?? [];
  if (keyword === undefined) {
    if (/^[ \t]*#[ \t]*(HELP|TYPE)([ \t]|$)/.test(text)) throw new ExpositionError(line, 'metadata without a name');
    return;
  }
  if (METRIC_NAME.exec(name)?.[0] !== name) throw new ExpositionError(line, `metric name ${JSON.stringify(name)}`);
  const family = collector.metadata(name, line, keyword);
  if (keyword === 'HELP') {
    if (family.help !== null) throw new ExpositionError(line, `HELP of ${name} twice`);
    if (/\\(?![\\n])/.test(rest.replaceAll('\\\\', ''))) throw new ExpositionError(line, 'escape in HELP');
    family.help = rest.replace(/\\(\\|n)/g, (_all, character: string) => (character === 'n' ? '\n' : '\\'));
    return;
  }
  if (family.type !== '') throw new ExpositionError(line, `TYPE of ${name} twice`);
  const type = rest.trim();
  if (!TYPES.includes(type)) throw new ExpositionError(line, `type ${JSON.stringify(type)}`);
  family.type = type;
}

function sample(collector: Collector, text: string, line: number): void {
  const { name, labels, text: value, timestamp } = new Scanner(text, line, DIALECT).sample();
  const parsed = { name, labels, value: numberOf(value), text: value, timestamp, line };
  const { open } = collector;
  if (open !== null && suffixesOf(open.type).some((suffix) => name === `${open.name}${suffix}`)) {
    if (open.type === '') open.type = 'untyped';
    collector.add(open, parsed);
    return;
  }
  const owner = open !== null && open.samples.length === 0 ? open : null;
  if (owner !== null) throw new ExpositionError(line, `${name} is no sample of the ${owner.type} ${owner.name}`);
  const near = collector.families.find(({ name: other }) => /^_(total|bucket|sum|count|created|info)$/.test(name.slice(other.length)) && name.startsWith(other)); // prettier-ignore
  if (near !== undefined) throw new ExpositionError(line, `${name} is no sample of the ${near.type} ${near.name}`);
  const family = collector.begin(name, line);
  family.type = 'untyped';
  collector.add(family, parsed);
}
