import { ago, fullTime, timeNear } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';

/** Unix times in ms; `now` by the router's clock, so that a wrong clock of the viewer makes no age wrong. */
export const timeOf = (name: string, at: number, now: number): TemplateResult =>
  html`<time data-figure=${name} data-value=${at} datetime=${isoOf(at)} title=${fullTime(at)}
    >${timeNear(at, now)}</time
  >`;

export const ageOf = (name: string, at: number, now: number): TemplateResult =>
  html`<time data-figure=${name} data-value=${at} datetime=${isoOf(at)} title=${fullTime(at)}>${ago(at, now)}</time>`;

const isoOf = (at: number): string => new Date(at).toISOString();
