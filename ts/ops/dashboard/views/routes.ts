import type { IRouterStats, IRouteStats } from '../../../interfaces/stats.js';
import { note } from '../components/panel.js';
import { sortRows, table } from '../components/table.js';
import { textOf, count } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';
import type { ISort } from '../sorting.js';
import type { IView, IViewContext } from '../view.js';
import { visible } from '../visible.js';
import { routeColumns } from './routecolumns.js';

/** More rows at once are slow to draw and no help to read. */
const STEP = 200;

/** Every route, one a line. */
export class RoutesView implements IView {
  readonly #context: IViewContext;
  #sort: ISort = { column: 'active', direction: 'descending' };
  #filter = '';
  #shown = STEP;

  constructor(context: IViewContext) {
    this.#context = context;
  }

  render({ proxy, takenAt }: IRouterStats): TemplateResult {
    if (proxy === null) return note(`Not measured: ${why.NO_PROXY}.`);
    const columns = routeColumns(this.#context.session.rates, takenAt);
    const matching = proxy.routes.filter((route) => this.#matches(route));
    const rows = sortRows(matching, columns, this.#sort);
    const shown = rows.slice(0, this.#shown);
    return html`
      <form class="filters" @submit=${(event: Event) => event.preventDefault()}>
        <label
          >Name contains
          <input type="search" name="route" autocomplete="off" spellcheck="false" @input=${this.#filtered} />
        </label>
        <p class="note" role="status">
          ${
            matching.length === proxy.routes.length
              ? `${textOf(count(proxy.routes.length))} routes`
              : `${textOf(count(matching.length))} of ${textOf(count(proxy.routes.length))} routes`
          }
        </p>
      </form>
      ${table<IRouteStats>({
        ...{ label: 'Routes', name: 'routes', columns, rows: shown, keyOf: ({ name }) => name },
        ...{ sort: this.#sort, onSort: (sort) => this.#sorted(sort) },
        empty: proxy.routes.length === 0 ? 'No route is known yet.' : 'No route has such a name.',
      })}
      ${
        shown.length < rows.length
          ? html`<button type="button" @click=${this.#showMore}>
              Show ${Math.min(STEP, rows.length - shown.length)} more of ${textOf(count(rows.length))}
            </button>`
          : ''
      }
    `;
  }

  #matches({ name }: IRouteStats): boolean {
    return visible(name).toLowerCase().includes(this.#filter);
  }

  #sorted(sort: ISort): void {
    this.#sort = sort;
    this.#context.changed();
  }

  readonly #filtered = (event: Event): void => {
    this.#filter = (event.target as HTMLInputElement).value.toLowerCase();
    this.#context.changed();
  };

  readonly #showMore = (): void => {
    this.#shown += STEP;
    this.#context.changed();
  };
}
