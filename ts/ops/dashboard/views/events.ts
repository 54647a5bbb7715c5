import { apiPath } from '../apipath.js';
import { EventLog, KEPT } from '../classes.eventlog.js';
import type { ILoggedEvent } from '../classes.eventlog.js';
import { EventStream } from '../classes.eventstream.js';
import type { IServerEvent } from '../classes.sseparser.js';
import { failureNote } from '../components/failure.js';
import { table } from '../components/table.js';
import type { IColumn } from '../components/table.js';
import { text } from '../components/text.js';
import { clockMillis, count, fullTime, textOf } from '../format.js';
import { hashOf, routeHash } from '../hash.js';
import type { ILocation } from '../hash.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import type { IRouterStats } from '../../../interfaces/stats.js';
import type { IView, IViewContext } from '../view.js';
import { eventsFilter, filterOf, paramsOf } from './eventsfilter.js';
import type { IEventsFilter } from './eventsfilter.js';
import { detailsOf } from './eventtext.js';

/** Drawn at once: the rest can be had by a filter. */
const SHOWN = 100;
/** What comes is drawn at once, but a flood so often and not more. */
const DRAWN_EVERY_MS = 400;

/** What happens, as it happens. */
export class EventsView implements IView {
  readonly #context: IViewContext;
  readonly #stream: EventStream;
  readonly #log = new EventLog();
  #filter: IEventsFilter;
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #drawnAt = -Infinity;

  constructor(context: IViewContext, { query }: ILocation) {
    this.#context = context;
    this.#filter = filterOf(query);
    this.#stream = new EventStream({
      api: context.session.api,
      path: () => apiPath('api/events', paramsOf(this.#filter)),
      received: (events) => this.#received(events),
      changed: context.changed,
    });
  }

  enter(): void {
    this.#stream.start();
  }

  leave(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.#stream.stop();
  }

  moved({ query }: ILocation): void {
    this.#filter = filterOf(query);
    this.#log.clear();
    this.#stream.restart();
  }

  render({ proxy }: IRouterStats): TemplateResult {
    const { shown, paused, waiting, received } = this.#log;
    const rows = shown.slice(0, SHOWN);
    return html`
      ${eventsFilter(this.#filter, proxy?.routes.map(({ name }) => name) ?? [], (filter) =>
        this.#context.navigate(hashOf('events', paramsOf(filter))),
      )}
      <div class="bar-of-buttons">
        <button
          type="button"
          class=${paused ? 'primary' : ''}
          aria-pressed=${paused}
          data-testid="pause"
          @click=${this.#pause}
        >
          ${paused ? 'Go on' : 'Pause'}
        </button>
        <button type="button" @click=${this.#clear}>Clear</button>
        <p class="note" data-figure="stream" data-value=${this.#stream.connected ? 'connected' : 'not connected'}>
          ${this.#stream.connected ? 'Streaming' : 'Not connected'}${
            paused ? `, paused: ${textOf(count(waiting))} more came` : `, ${textOf(count(received))} received`
          }
        </p>
      </div>
      ${failureNote(this.#stream.failure)}
      ${table<ILoggedEvent>({
        ...{ label: 'Events, newest first', name: 'events', columns: COLUMNS, rows },
        ...{ keyOf: ({ number }) => String(number), empty: 'Nothing has happened since this view was opened.' },
      })}
      ${
        shown.length > SHOWN
          ? html`<p class="note">
              The newest ${SHOWN}. The page keeps ${KEPT}; choose events or a route to see less of the rest.
            </p>`
          : ''
      }
    `;
  }

  #received(events: readonly IServerEvent[]): void {
    this.#log.add(events, Date.now());
    const wait = Math.max(0, this.#drawnAt + DRAWN_EVERY_MS - performance.now());
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#drawnAt = performance.now();
      this.#context.changed();
    }, wait);
  }

  readonly #pause = (): void => {
    if (this.#log.paused) this.#log.resume();
    else this.#log.pause();
    this.#context.changed();
  };

  readonly #clear = (): void => {
    this.#log.clear();
    this.#context.changed();
  };
}

const stringOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;

const COLUMNS: readonly IColumn<ILoggedEvent>[] = [
  {
    ...{ id: 'at', label: 'Time' },
    cell: ({ at, untimed }) =>
      html`<time
        class=${untimed ? 'quiet' : ''}
        data-figure="at"
        data-value=${at}
        title=${`${fullTime(at)}${untimed ? ', when it came here: the event tells no time' : ''}`}
        >${clockMillis(at)}</time
      >`,
  },
  {
    id: 'name',
    label: 'Event',
    cell: ({ name }) => html`<span data-figure="event" data-value=${name}>${text(name)}</span>`,
  },
  {
    ...{ id: 'id', label: 'Id', hint: 'Of the connection or query' },
    cell: ({ fields }) => stringOf(fields.connectionId) ?? stringOf(fields.queryId) ?? '',
  },
  { id: 'route', label: 'Route', cell: ({ fields }) => routeOf(fields) },
  {
    ...{ id: 'client', label: 'Client' },
    cell: ({ fields: { clientIp } }) =>
      typeof clientIp === 'string'
        ? html`<span data-figure="clientIp" data-value=${clientIp}>${text(clientIp)}</span>`
        : '',
  },
  { id: 'details', label: 'Details', cell: ({ fields }) => details(fields) },
];

function routeOf({ routeName }: ILoggedEvent['fields']): unknown {
  if (typeof routeName !== 'string') return '';
  return html`<a data-figure="routeName" data-value=${routeName} href=${routeHash(routeName)}>${text(routeName)}</a>`;
}

const details = (fields: ILoggedEvent['fields']): TemplateResult =>
  html`<span class="details"
    >${detailsOf(fields).map(({ name, value }, index) => [
      // So that they stand apart also where they are read aloud or copied.
      index === 0 ? '' : ' ',
      html`<span class="detail"><span class="quiet">${name}</span> ${text(value)}</span>`,
    ])}</span
  >`;
