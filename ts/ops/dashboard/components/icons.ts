import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';

/** Shapes that differ without their colours; the words beside them say the same. */
export const good = (): TemplateResult =>
  html`<svg class="icon good" viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="7.25" />
    <path d="M4.6 8.4l2.3 2.3 4.6-5" />
  </svg>`;

export const bad = (): TemplateResult =>
  html`<svg class="icon bad" viewBox="0 0 16 16" aria-hidden="true">
    <path class="shape" d="M8 .8L15.6 15H.4z" />
    <path d="M8 5.6v4.6M8 12v1.2" />
  </svg>`;

export const waiting = (): TemplateResult =>
  html`<svg class="icon waiting" viewBox="0 0 16 16" aria-hidden="true">
    <rect x="1" y="1" width="14" height="14" rx="2" />
    <path d="M5 8h.1M8 8h.1M11 8h.1" />
  </svg>`;
