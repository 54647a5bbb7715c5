import type { IDurationStats } from '../../../interfaces/stats.js';
import { bucketsOf } from '../buckets.js';
import { count, seconds } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { bars } from './bars.js';
import { figure } from './figure.js';
import { note } from './panel.js';

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
