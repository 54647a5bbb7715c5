import type { IConnectionsPage, IListedConnection } from '../../../interfaces/ops.js';
import type { IRouterStats, IRouteStats } from '../../../interfaces/stats.js';
import { apiPath } from '../apipath.js';
import { Poll } from '../classes.poll.js';
import { bars } from '../components/bars.js';
import { failureNote } from '../components/failure.js';
import { histogram } from '../components/histogram.js';
import { note, panel } from '../components/panel.js';
import { table } from '../components/table.js';
import { text } from '../components/text.js';
import { count, textOf } from '../format.js';
import { hashOf, sameRoute } from '../hash.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';
import type { IView, IViewContext } from '../view.js';
import { connectionColumns } from './connectioncolumns.js';
import { requests, routeTiles } from './routeparts.js';

const EVERY_MS = 2_000;
const SHOWN = 50;

/** One route, whole. */
export class RouteView implements IView {
  readonly #context: IViewContext;
  /** As the address has it. */
  readonly #linked: string;
  readonly #poll: Poll<IConnectionsPage>;

  constructor(context: IViewContext, linked: string) {
    this.#context = context;
    this.#linked = linked;
    this.#poll = new Poll<IConnectionsPage>({
      api: context.session.api,
      path: () => apiPath('api/connections', { route: this.#linked, limit: String(SHOWN) }),
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

  render({ proxy, takenAt }: IRouterStats): TemplateResult {
    const route = proxy?.routes.find(({ name }) => sameRoute(name, this.#linked));
    return html`
      ${
        route === undefined
          ? note(proxy === null ? `Not measured: ${why.NO_PROXY}.` : html`There is no route ${text(this.#linked)} now.`)
          : this.#route(route, takenAt)
      }
    `;
  }

  #route(route: IRouteStats, now: number): TemplateResult {
    return html`
      ${
        route.source === 'wrapped' && route.configured
          ? ''
          : html`<p class="note">
              ${route.source === 'forwarded' ? html`<span class="badge">forwarded by the host</span>` : ''}
              ${route.configured ? '' : html`<span class="badge">not configured now</span>`}
            </p>`
      }
      ${routeTiles(route, this.#context.session.rates, now)}
      <div class="panels">
        ${panel('closed', 'Closed by', reasons(route))}
        ${panel(
          'durations',
          'How long connections lasted',
          histogram(
            'connectionDuration',
            'Connection durations',
            route.connectionDuration,
            why.ofRoute(route, 'no connection has closed yet'),
          ),
        )}
        ${panel('requests', 'HTTP requests', requests(route))}
      </div>
      ${panel('live', 'Open connections', this.#live(route.name))}
    `;
  }

  #live(name: string): TemplateResult {
    const page = this.#poll.data;
    if (page === null) return html`${failureNote(this.#poll.failure)}${note('Waiting for the list.')}`;
    return html`
      ${failureNote(this.#poll.failure)}
      ${table<IListedConnection>({
        ...{ label: 'Open connections of this route', name: 'connections', rows: page.connections },
        ...{ columns: connectionColumns(page.takenAt, false), keyOf: ({ connectionId }) => String(connectionId) },
        empty: 'None is open.',
      })}
      ${
        page.matching > page.connections.length
          ? note(
              html`The oldest ${SHOWN} of ${textOf(count(page.matching))}.
                <a href=${hashOf('connections', { route: name })}>See all of them</a>`,
            )
          : ''
      }
    `;
  }
}

function reasons(route: IRouteStats): TemplateResult {
  const { closedByReason, closed } = route;
  if (closedByReason === null) return note(`Not measured: ${why.ofRoute(route, why.NOT_TOLD)}.`);
  const entries = Object.entries(closedByReason).sort(([, a], [, b]) => b - a);
  return bars({
    ...{ label: 'Close reasons', name: 'closedByReason', what: 'Reason', amount: 'Connections' },
    ...{ bars: entries.map(([key, value]) => ({ key, label: key, value })), empty: 'None has closed yet.' },
    total: closed ?? 0,
  });
}
