import { textOf } from '../format.js';
import type { TFormat } from '../format.js';
import { REMEMBERED } from '../classes.readings.js';
import type { TReadings } from '../classes.readings.js';
import { html, nothing, svg } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';

const WIDTH = 60;
const HEIGHT = 16;

/** The last values as a line, newest at the right. What it shows is told as text, too. */
export function sparkline(values: TReadings, what: string, format: TFormat): TemplateResult {
  const known = values.filter((value) => value !== null);
  const highest = Math.max(0, ...known);
  const label =
    known.length < 2
      ? `${what}: nothing to draw yet`
      : `${what}, last ${known.length} readings: up to ${textOf(format(highest))}`;
  return html`<svg
    class="sparkline"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label=${label}
  >
    <title>${label}</title>
    ${known.length < 2 ? nothing : svg`<path d=${pathOf(values, highest)} />`}
  </svg>`;
}

function pathOf(values: TReadings, highest: number): string {
  const step = WIDTH / (REMEMBERED - 1);
  const offset = REMEMBERED - values.length;
  let path = '';
  let pen = 'M';
  for (const [index, value] of values.entries()) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    // A pixel is kept free, so that the line is whole at both ends.
    const y = HEIGHT - 1 - (highest === 0 ? 0 : (value / highest) * (HEIGHT - 2));
    path += `${pen}${((index + offset) * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  }
  return path;
}
