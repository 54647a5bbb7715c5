import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';

/** A section with its heading. `id` is unique in the page. */
export function panel(id: string, heading: unknown, content: unknown): TemplateResult {
  return html`<section class="panel" aria-labelledby="panel-${id}">
    <h2 id="panel-${id}">${heading}</h2>
    ${content}
  </section>`;
}

export const note = (content: unknown): TemplateResult => html`<p class="note">${content}</p>`;
