import type { IRouterStats } from '../../interfaces/stats.js';
import { bad, good, waiting } from './components/icons.js';
import { text } from './components/text.js';
import type { Session, TStatus } from './classes.session.js';
import { clockTime, seconds, textOf } from './format.js';
import { hashOf, VIEWS } from './hash.js';
import type { ILocation, TViewName } from './hash.js';
import { visible } from './visible.js';
import { html, nothing } from './plugins.js';
import type { TemplateResult } from './plugins.js';

const TITLES: Readonly<Record<TViewName, string>> = {
  overview: 'Overview',
  routes: 'Routes',
  dns: 'DNS',
  connections: 'Connections',
  events: 'Events',
  system: 'System',
};

const WORDS: Readonly<Record<TStatus, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Connection lost, reconnecting',
  token: 'A token is needed',
};

/** The heading of what is shown. */
export const titleOf = ({ view, route }: ILocation): unknown =>
  route === null
    ? TITLES[view]
    : html`<a href=${hashOf('routes')}>${TITLES.routes}</a> <span aria-hidden="true">/</span> ${text(route)}`;

/** What stands around every view. */
export function header(session: Session, location: ILocation, toMain: (event: Event) => void): TemplateResult {
  const { status, stats } = session;
  return html`<header>
    <a class="skip" href="#/${location.view}" @click=${toMain}>Skip to the figures</a>
    <div class="brand">
      <h1>routemeter</h1>
      ${stats.data === null ? nothing : identity(stats.data)}
    </div>
    <nav aria-label="Views">
      ${VIEWS.map(
        (view) =>
          html`<a href=${hashOf(view)} aria-current=${view === location.view ? 'page' : nothing}>${TITLES[view]}</a>`,
      )}
    </nav>
    <p class="status ${status}" data-status=${status}>
      ${status === 'live' ? good() : status === 'lost' ? bad() : waiting()}
      <span role="status">${WORDS[status]}</span>
      ${
        stats.answeredAt === null
          ? nothing
          : html`<time title="The last answer" data-figure="answeredAt" data-value=${stats.answeredAt}
              >${clockTime(stats.answeredAt)}</time
            >`
      }
    </p>
  </header>`;
}

const identity = ({ instance, version, uptimeSeconds }: IRouterStats): TemplateResult =>
  html`<p class="instance">
    <span data-figure="instance" data-value=${instance}>${text(instance)}</span>
    <span class="quiet">${version}, up ${textOf(seconds(Math.floor(uptimeSeconds)))}</span>
  </p>`;

/** Says that what is shown is old, and what is done about it. */
export function banner({ stats, status }: Session): TemplateResult | typeof nothing {
  const { failure, answeredAt } = stats;
  if (status !== 'lost' || failure === null) return nothing;
  return html`<section class="banner" aria-label="Connection" data-banner="lost">
    ${bad()}
    <p>
      <strong>No answer from the router: <bdi>${visible(failure.reason)}</bdi>.</strong>
      ${
        answeredAt === null
          ? 'There was none since this page was opened.'
          : html`The figures are of <time>${clockTime(answeredAt)}</time>.`
      }
      ${failure.retryAt === null ? '' : html`Next try at <time>${clockTime(failure.retryAt)}</time>.`}
    </p>
    <button type="button" @click=${() => stats.now()}>Try now</button>
  </section>`;
}

const typed = (event: Event): void => (event.target as HTMLInputElement).setCustomValidity('');

/** Asked for once; the token goes nowhere but into this page's memory. */
export function tokenForm({ api }: Session): TemplateResult {
  const submitted = (event: SubmitEvent): void => {
    event.preventDefault();
    const field = (event.target as HTMLFormElement).elements.namedItem('token') as HTMLInputElement;
    // What is no header's value would fail as if the router could not be reached.
    const token = field.value.trim();
    if (!/^[\x21-\x7e]+$/.test(token)) {
      field.setCustomValidity('A token is made of visible ASCII characters, without spaces.');
      field.reportValidity();
      return;
    }
    field.value = '';
    api.useToken(token);
  };
  return html`<form class="token" @submit=${submitted} autocomplete="off">
    <h2>This router asks for a token</h2>
    <p>It is the <code>auth.token</code> of its ops server. It is kept in this page's memory only.</p>
    ${api.needsToken === 'refused' ? html`<p class="wrong" role="alert">${bad()} That token was refused.</p>` : nothing}
    <label
      >Token
      <input
        type="password"
        name="token"
        required
        autocomplete="off"
        spellcheck="false"
        data-testid="token"
        @input=${typed}
      />
    </label>
    <button type="submit" class="primary">Show the figures</button>
  </form>`;
}
