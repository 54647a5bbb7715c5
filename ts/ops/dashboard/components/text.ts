import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { shortened, visible, visibleParts } from '../visible.js';

const SHOWN = 255;
const IN_TITLE = 2_000;

/** A name from the network: text and nothing else, in a direction of its own, whole when pointed at. */
export function text(value: string): TemplateResult {
  if (value === '') return html`<span class="empty">(empty)</span>`;
  const parts = visibleParts(shortened(value, SHOWN));
  return html`<bdi class="text" title=${shortened(visible(value), IN_TITLE)}
    >${parts.map((part) => (part.escaped ? html`<span class="escape">${part.text}</span>` : part.text))}</bdi
  >`;
}
