import { count, share, textOf } from '../format.js';
import type { TFormat } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { figure } from './figure.js';

export interface IBar {
  readonly key: string;
  /** What is shown for the key. */
  readonly label: unknown;
  readonly value: number;
  /** By how much `value` may be above the truth. */
  readonly maxError?: number;
}

export interface IBars {
  readonly label: string;
  /** What `data-row` says. */
  readonly name: string;
  /** Headings of the first and of the last column. */
  readonly what: string;
  readonly amount: string;
  readonly bars: readonly IBar[];
  readonly empty: string;
  readonly format?: TFormat;
  /** Of which the bars are shares; left out: no share is told. */
  readonly total?: number;
}

/** Amounts as lengths beside their numbers. What may be an error of the estimate is lighter. */
export function bars({ label, name, what, amount, bars: all, empty, format = count, total }: IBars): TemplateResult {
  if (all.length === 0) return html`<p class="note">${empty}</p>`;
  const longest = Math.max(...all.map(({ value }) => value));
  return html`<table class="bars" data-table=${name} aria-label=${label}>
    <thead>
      <tr>
        <th scope="col">${what}</th>
        <th scope="col" class="number">${amount}</th>
      </tr>
    </thead>
    <tbody>
      ${all.map(
        ({ key, label: shown, value, maxError = 0 }) =>
          html`<tr data-row=${name} data-key=${key}>
            <th scope="row">
              <span class="name">${shown}</span>
              ${barOf(value, maxError, longest)}
            </th>
            <td class="number">
              ${figure('count', value, format, '')} ${maxError > 0 ? errorOf(value, maxError, format) : ''}
              ${
                total === undefined || total === 0
                  ? ''
                  : html`<span class="more">${textOf(share(value / total))}</span>`
              }
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function barOf(value: number, maxError: number, longest: number): TemplateResult {
  const scale = longest === 0 ? 0 : 100 / longest;
  const sure = Math.max(0, value - maxError) * scale;
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
    <rect class="sure" width=${sure.toFixed(2)} height="1" />
    <rect class="unsure" x=${sure.toFixed(2)} width=${(value * scale - sure).toFixed(2)} height="1" />
  </svg>`;
}

function errorOf(value: number, maxError: number, format: TFormat): TemplateResult {
  const least = textOf(format(Math.max(0, value - maxError)));
  return html`<span
    class="more"
    data-figure="maxError"
    data-value=${maxError}
    title="An estimate: the truth lies between ${least} and ${textOf(format(value))}"
    >≥ ${least}</span
  >`;
}
