import { routeSelect } from '../components/routeselect.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { EVENT_NAMES, USUAL } from './eventtext.js';

export interface IEventsFilter {
  readonly events: readonly string[];
  /** Empty: all. */
  readonly route: string;
}

/** As the address has it; names that are none would be refused. */
export function filterOf(query: URLSearchParams): IEventsFilter {
  const asked = query.get('event')?.split(',') ?? [];
  const events = EVENT_NAMES.filter((name) => asked.includes(name));
  return { events: events.length === 0 ? USUAL : events, route: query.get('route') ?? '' };
}

/** The same for the address and for the API. */
export const paramsOf = ({ events, route }: IEventsFilter): Record<string, string> => ({
  event: events.join(','),
  ...(route === '' ? {} : { route }),
});

export function eventsFilter(
  filter: IEventsFilter,
  routes: readonly string[],
  changed: (filter: IEventsFilter) => void,
): TemplateResult {
  const read = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const events = EVENT_NAMES.filter((name) => form.getAll('event').includes(name));
    const route = form.get('route');
    changed({ events: events.length === 0 ? USUAL : events, route: typeof route === 'string' ? route : '' });
  };
  return html`<form class="filters" @submit=${read} @change=${read}>
    ${routeSelect(routes, filter.route)}
    <fieldset>
      <legend>Events</legend>
      ${EVENT_NAMES.map(
        (name) =>
          html`<label class="check"
            ><input type="checkbox" name="event" value=${name} .checked=${filter.events.includes(name)} />
            ${name}</label
          >`,
      )}
    </fieldset>
  </form>`;
}
