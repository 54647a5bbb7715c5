import type { IConnectionsPage, IListedConnection } from '../../../interfaces/ops.js';
import type { IRouterStats } from '../../../interfaces/stats.js';
import { apiPath } from '../apipath.js';
import { Poll } from '../classes.poll.js';
import { failureNote } from '../components/failure.js';
import { figure } from '../components/figure.js';
import { note } from '../components/panel.js';
import { table } from '../components/table.js';
import { count } from '../format.js';
import { hashOf } from '../hash.js';
import type { ILocation } from '../hash.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import type { IView, IViewContext } from '../view.js';
import { connectionColumns } from './connectioncolumns.js';
import { connectionsFilter, paramsOf } from './connectionsfilter.js';
import type { TParams } from './connectionsfilter.js';

const EVERY_MS = 2_000;
const PAGE = 100;

/** What is open now, largest first, a page at a time. The router filters and sorts: here is never more than a page. */
export class ConnectionsView implements IView {
  readonly #context: IViewContext;
  readonly #poll: Poll<IConnectionsPage>;
  #params: TParams;
  /** Cursors of the pages up to this one; the first page has none. */
  #cursors: readonly string[] = [];

  constructor(context: IViewContext, location: ILocation) {
    this.#context = context;
    this.#params = paramsOf((name) => location.query.get(name));
    this.#poll = new Poll<IConnectionsPage>({
      api: context.session.api,
      path: () => this.#path(),
      intervalMs: EVERY_MS,
      changed: context.changed,
    });
  }

  enter(): void {
    this.#poll.start();
  }

  leave(): void {
    this.#poll.stop();
  }

  moved({ query }: ILocation): void {
    this.#params = paramsOf((name) => query.get(name));
    this.#cursors = [];
    this.#poll.now();
  }

  render({ proxy }: IRouterStats): TemplateResult {
    const page = this.#poll.data;
    return html`
      ${connectionsFilter(this.#params, proxy?.routes.map(({ name }) => name) ?? [], (params) => this.#navigate(params))}
      ${failureNote(this.#poll.failure)}
      ${page === null ? note('Waiting for the list of open connections.') : this.#page(page)}
    `;
  }

  #page(page: IConnectionsPage): TemplateResult {
    const { connections, matching, open, nextCursor, takenAt, sort } = page;
    return html`
      <p class="note" role="status">
        ${figure('matching', matching, count, '')} of ${figure('open', open, count, '')} open connections
        ${this.#cursors.length === 0 ? '' : `, page ${this.#cursors.length + 1}`}
      </p>
      ${table<IListedConnection>({
        ...{ label: 'Open connections', name: 'connections', rows: connections },
        ...{ columns: connectionColumns(takenAt, true), keyOf: ({ connectionId }) => String(connectionId) },
        ...{ sort: { column: sort, direction: 'descending' } },
        onSort: ({ column }) => this.#navigate({ ...this.#params, sort: column }),
        empty: open === 0 ? 'No connection is open.' : 'No open connection is like this.',
      })}
      <div class="pages">
        <button
          type="button"
          ?disabled=${this.#cursors.length === 0}
          @click=${() => this.#turn(this.#cursors.slice(0, -1))}
        >
          Previous page
        </button>
        <button
          type="button"
          ?disabled=${nextCursor === null}
          @click=${() => nextCursor !== null && this.#turn([...this.#cursors, nextCursor])}
        >
          Next page
        </button>
      </div>
    `;
  }

  #turn(cursors: readonly string[]): void {
    this.#cursors = cursors;
    this.#poll.now();
    this.#context.changed();
  }

  #navigate(params: TParams): void {
    this.#context.navigate(hashOf('connections', params));
  }

  #path(): string {
    const cursor = this.#cursors.at(-1);
    const place = cursor === undefined ? {} : { cursor };
    return apiPath('api/connections', { ...this.#params, limit: String(PAGE), ...place });
  }
}
