import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { shortened, visible } from '../visible.js';

const SHOWN = 60;

/** A choice among the routes, and what is chosen even where it is none of them now. */
export function routeSelect(routes: readonly string[], chosen: string): TemplateResult {
  const all = chosen === '' || routes.includes(chosen) ? routes : [chosen, ...routes];
  return html`<label
    >Route
    <select name="route">
      <option value="" ?selected=${chosen === ''}>all routes</option>
      ${all.map(
        (name) => html`<option value=${name} ?selected=${name === chosen}>${shortened(visible(name), SHOWN)}</option>`,
      )}
    </select>
  </label>`;
}
