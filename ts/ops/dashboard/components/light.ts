import type { IInvariantSnapshot } from '../../../interfaces/snapshot.js';
import { count, textOf } from '../format.js';
import { hashOf } from '../hash.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { bad, good, waiting } from './icons.js';
import { text } from './text.js';

/** One light for "all identities hold". */
export function light(invariants: readonly IInvariantSnapshot[]): TemplateResult {
  const broken = invariants.filter(({ ok }) => !ok);
  const violations = invariants.reduce((sum, one) => sum + one.violations, 0);
  const state = invariants.length === 0 ? 'none' : broken.length === 0 ? 'ok' : 'broken';
  return html`<a class="light ${state}" href=${hashOf('system')} data-figure="self.invariants" data-value=${state}>
    ${state === 'none' ? waiting() : state === 'ok' ? good() : bad()}
    <span>
      <strong>${headline(invariants.length, broken.length)}</strong>
      ${
        broken.length > 0
          ? broken.slice(0, 3).map(({ name, detail }) => html`<span class="more">${name}: ${text(detail ?? '')}</span>`)
          : html`<span class="more">
              ${violations === 0 ? 'Books agree at every read' : `Did not hold at ${textOf(count(violations))} reads`}
            </span>`
      }
    </span>
  </a>`;
}

function headline(all: number, broken: number): string {
  if (all === 0) return 'No identity is checked';
  return broken === 0 ? `All ${all} identities hold` : `${broken} of ${all} identities do not hold`;
}
