/** Metric names as the Prometheus documentation asks exporters to choose them: no colons, no leading underscore. */
export const METRIC_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;
/** OpenMetrics reserves label names that begin with an underscore. */
export const LABEL_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;

const ESCAPED = /[\\"\n]/;

/** `\\`, `\"` and `\n`, in both formats. Lone surrogates become U+FFFD, as they would in UTF-8 anyway. */
export function escapeLabelValue(value: string): string {
  const text = value.toWellFormed();
  return ESCAPED.test(text) ? escapeQuoted(text) : text;
}

/** HELP in OpenMetrics. */
export function escapeQuoted(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

/** HELP in the text format, where `\"` is not an escape. */
export function escapeHelp(text: string): string {
  return text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** `name="value",…` without braces; empty without labels. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  let text = '';
  for (const [index, name] of names.entries()) {
    text += `${index === 0 ? '' : ','}${name}="${escapeLabelValue(values[index] ?? '')}"`;
  }
  return text;
}

/** Digits alone up to 1e21, the shortest text that reads back as the same number, and the names both formats have. */
export function formatValue(value: number): string {
  // Most of a page's numbers.
  if (value > 0 && value < Infinity) return String(value);
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/**
 * The value of `le`: OpenMetrics' canonical form (`1.0`, `0.0001`, `5e-05`, `1e+06`), in both formats, so that one
 * bucket is one series whichever format a scrape negotiates.
 */
export function formatEdge(edge: number): string {
  if (!Number.isFinite(edge) || edge === 0) return edge === 0 ? '0.0' : formatValue(edge);
  const [mantissa = '', power = '0'] = edge.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = String(edge);
  return text.includes('.') ? text : `${text}.0`;
}
