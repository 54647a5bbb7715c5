/**
 * How figures are found in the page (for tests, and for whoever scripts it):
 * - `data-figure="proxy.activeConnections"` names a figure by its path in `/api/stats`; `data-value` is the figure as
 *   it was answered, unrounded; `null` where it is not measured. Times are Unix time in ms. What has no such path is
 *   derived, and named in the same manner: `dns.answered` = `totalResponses − unanswered`, `self.invariants` = `ok`,
 *   `broken` or `none`, `answeredAt` = the time of the last answer by the viewer's clock.
 * - In a table (`data-table="routes"`), each row says `data-row="routes" data-key="web"`, and the figures in it are
 *   named relative to the row's object: `active`, `rates.bytesInPerSecond`; `count` and `maxError` in lists.
 * - `data-chart="connections.1"` (by slot seconds: 1 or 60) says in `data-until` up to when it is drawn.
 * - `data-status` is `connecting`, `live`, `lost` or `token`; `data-view` on `<main>` names the view that is shown;
 *   `data-sort` is on the buttons that sort; fields have the names of the API's parameters.
 */
import { ViewSwitch } from './classes.viewswitch.js';
import { Session } from './classes.session.js';
import { parseHash } from './hash.js';
import type { ILocation } from './hash.js';
import { html, render } from './plugins.js';
import type { TemplateResult } from './plugins.js';
import { banner, header, titleOf, tokenForm } from './shell.js';
import { styleSheets } from './styles/sheets.js';

/**
 * `<routemeter-dashboard src="/">`: the figures of one router, live. `src` is the base URL of its ops server, relative
 * to the page. It works while it is in a document, keeps its styles to itself, and uses the `#/…` part of the address
 * for its views; a hash that is none of its own is left alone.
 */
export class RoutemeterDashboard extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ['src'];

  readonly #root: ShadowRoot;
  #session: Session | null = null;
  #views: ViewSwitch | null = null;
  #location: ILocation = parseHash('') as ILocation;
  #scheduled = false;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: 'open' });
    this.#root.adoptedStyleSheets = styleSheets();
  }

  get src(): string {
    return this.getAttribute('src') ?? '/';
  }

  set src(value: string) {
    this.setAttribute('src', value);
  }

  connectedCallback(): void {
    window.addEventListener('hashchange', this.#navigated);
    this.#location = parseHash(window.location.hash) ?? this.#location;
    this.#open();
  }

  disconnectedCallback(): void {
    window.removeEventListener('hashchange', this.#navigated);
    this.#close();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (this.#session === null || before === after) return;
    this.#close();
    this.#open();
  }

  #open(): void {
    const session = new Session(this.src, this.#changed);
    this.#session = session;
    this.#views = new ViewSwitch({ session, changed: this.#changed, navigate: this.#replace });
    this.#views.show(this.#location);
    session.stats.start();
    this.#changed();
  }

  #close(): void {
    this.#views?.leave();
    this.#session?.stats.stop();
    this.#views = null;
    this.#session = null;
  }

  readonly #navigated = (): void => {
    const location = parseHash(window.location.hash);
    if (location === null) return;
    const moved = location.view !== this.#location.view || location.route !== this.#location.route;
    this.#location = location;
    this.#views?.show(location);
    this.#render();
    // The way a new page begins: at its top, where a screen reader reads on.
    if (moved) this.#focusHeading();
  };

  readonly #replace = (hash: string): void => {
    const { pathname, search } = window.location;
    window.history.replaceState(window.history.state, '', `${pathname}${search}${hash}`);
    this.#navigated();
  };

  /** A page with a `<base>` would take links to a hash for links to that base. */
  readonly #clicked = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const hash = (event.target as Element).closest('a')?.getAttribute('href') ?? '';
    if (!hash.startsWith('#/')) return;
    event.preventDefault();
    window.location.hash = hash;
  };

  /** Many changes in one turn make one rendering. */
  readonly #changed = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#render();
    });
  };

  #focusHeading(): void {
    this.#root.querySelector<HTMLElement>('#view-title')?.focus({ preventScroll: true });
    this.#root.querySelector('.app')?.scrollIntoView({ block: 'start' });
  }

  #render(): void {
    const session = this.#session;
    const view = this.#views?.current;
    if (session === null || view === undefined) return;
    const { data } = session.stats;
    render(
      html`<div class="app" data-state=${session.status} @click=${this.#clicked}>
        ${header(session, this.#location, this.#toMain)} ${banner(session)}
        <main data-view=${this.#location.view}>
          <h2 id="view-title" class="title" tabindex="-1">${titleOf(this.#location)}</h2>
          ${session.status === 'token' ? tokenForm(session) : data === null ? WAITING : view.render(data)}
        </main>
      </div>`,
      this.#root,
    );
  }

  readonly #toMain = (event: Event): void => {
    // The hash says which view is shown; a jump within the page must not change it.
    event.preventDefault();
    this.#focusHeading();
  };
}

const WAITING: TemplateResult = html`<p class="note">Waiting for the first answer.</p>`;

declare global {
  interface HTMLElementTagNameMap {
    'routemeter-dashboard': RoutemeterDashboard;
  }
}
