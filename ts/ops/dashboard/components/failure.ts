import type { IFailure } from '../classes.retry.js';
import { clockTime } from '../format.js';
import { html, nothing } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { visible } from '../visible.js';
import { bad } from './icons.js';

/** What a part of a view could not get, where the rest of the page goes on. */
export function failureNote(failure: IFailure | null): TemplateResult | typeof nothing {
  if (failure === null) return nothing;
  return html`<p class="failure" role="status">
    ${bad()}
    <span
      ><bdi>${visible(failure.reason)}</bdi
      >${failure.retryAt === null ? '' : `. Next try at ${clockTime(failure.retryAt)}.`}</span
    >
  </p>`;
}
