import type { IDurationStats } from '../../../interfaces/stats.js';
import { count, seconds, textOf } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { bars } from './bars.js';
import type { IBar } from './bars.js';
import { figure } from './figure.js';
import { note } from './panel.js';

/** The buckets that hold something, and those between them: one line each, with its bounds. */
export function bucketsOf({ edges, counts }: IDurationStats['histogram']): readonly IBar[] {
  const filled = counts.flatMap((amount, index) => (amount > 0 ? [index] : []));
  const [first = 0] = filled;
  const last = filled.at(-1) ?? -1;
  return counts.slice(first, last + 1).map((value, offset) => {
    const index = first + offset;
    return { key: edges[index] === undefined ? '+Inf' : String(edges[index]), label: boundsOf(edges, index), value };
  });
}

function boundsOf(edges: readonly number[], index: number): string {
  const lower = edges[index - 1];
  const upper = edges[index];
  if (upper === undefined) return lower === undefined ? 'any' : `over ${textOf(seconds(lower))}`;
  return lower === undefined
    ? `up to ${textOf(seconds(upper))}`
    : `${textOf(seconds(lower))} – ${textOf(seconds(upper))}`;
}

/** Durations: quantiles, and how many fell into each bucket. `name` is where they stand in the statistics. */
export function histogram(name: string, label: string, duration: IDurationStats | null, why: string): TemplateResult {
  if (duration === null) return note(`Not measured: ${why}.`);
  return html`<dl class="inline">
      ${(['p50', 'p90', 'p99', 'mean'] as const).map(
        (key) =>
          html`<div>
            <dt>${key}</dt>
            <dd>${figure(`${name}.${key}`, duration[key], seconds, '')}</dd>
          </div>`,
      )}
      <div>
        <dt>count</dt>
        <dd>${figure(`${name}.count`, duration.count, count, '')}</dd>
      </div>
    </dl>
    ${bars({
      ...{ label, name: `${name}.histogram`, what: 'Lasted', amount: 'Count', empty: 'None yet.' },
      ...{ bars: bucketsOf(duration.histogram), total: duration.count },
    })}`;
}
