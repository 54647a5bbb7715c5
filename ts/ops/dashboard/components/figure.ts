import { NOT_MEASURED } from '../format.js';
import type { TFormat } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';

/** One number. `why` tells why there is none, where it is `null`. */
export function figure(name: string, value: number | null | undefined, format: TFormat, why: string): TemplateResult {
  if (value === null || value === undefined) return noFigure(name, why);
  const { value: shown, unit, exact } = format(value);
  return html`<span class="figure" data-figure=${name} data-value=${value} title=${exact}
    >${shown}<span class="unit">${unit === '' ? '' : ` ${unit}`}</span></span
  >`;
}

/** What is not measured is never a 0. */
export function noFigure(name: string, why: string): TemplateResult {
  return html`<span class="figure none" data-figure=${name} data-value="null" title=${`Not measured: ${why}`}
    ><span aria-hidden="true">${NOT_MEASURED}</span><span class="unseen">not measured: ${why}</span></span
  >`;
}
