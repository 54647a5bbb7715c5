import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';

/** A section with its heading. `id` is unique in the page. `wide`: across all columns. */
export function panel(id: string, heading: unknown, content: unknown, wide = false): TemplateResult {
  return html`<section class=${wide ? 'panel wide' : 'panel'} aria-labelledby="panel-${id}">
    <h2 id="panel-${id}">${heading}</h2>
    ${content}
  </section>`;
}

export const note = (content: unknown): TemplateResult => html`<p class="note">${content}</p>`;
