import { html, nothing } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';

/** A figure with its name, and what belongs to it in small. */
export function tile(label: string, value: TemplateResult, more: unknown = nothing): TemplateResult {
  return html`<div class="tile">
    <dt>${label}</dt>
    <dd class="main">${value}</dd>
    ${more === nothing ? nothing : html`<dd class="more">${more}</dd>`}
  </div>`;
}

export const tiles = (label: string, ...content: TemplateResult[]): TemplateResult =>
  html`<dl class="tiles" aria-label=${label}>${content}</dl>`;
