import type { TConnectionSort } from '../../../interfaces/ops.js';
import { routeSelect } from '../components/routeselect.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';

/** Named as the API's parameters, in the form and in the address. */
const FIELDS = ['route', 'client', 'minAgeSeconds', 'minBytes'] as const;
const SORTS: readonly unknown[] = ['age', 'bytes', 'bytesIn', 'bytesOut', 'sendQueue'] satisfies TConnectionSort[];

export type TParams = Readonly<Record<string, string>>;

/** What is set of a filter and an order. */
export function paramsOf(read: (name: string) => unknown): TParams {
  const set = [...FIELDS, 'sort'].map((name) => [name, read(name)] as const);
  return Object.fromEntries(
    set.flatMap(([name, value]) => {
      if (typeof value !== 'string' || value === '') return [];
      // There is no field in which an order that is none could be mended.
      return name === 'sort' && !SORTS.includes(value) ? [] : [[name, value]];
    }),
  );
}

/** `changed` gets what is set, when a field is left or the form is sent. */
export function connectionsFilter(
  params: TParams,
  routes: readonly string[],
  changed: (params: TParams) => void,
): TemplateResult {
  const read = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    changed(paramsOf((name) => (name === 'sort' ? params.sort : form.get(name))));
  };
  return html`<form class="filters" @submit=${read} @change=${read}>
    ${routeSelect(routes, params.route ?? '')}
    <label
      >Client, or its network
      <input
        name="client"
        .value=${params.client ?? ''}
        placeholder="192.0.2.0/24"
        autocomplete="off"
        spellcheck="false"
      />
    </label>
    <label
      >At least so old (s)
      <input name="minAgeSeconds" type="number" min="0" step="any" .value=${params.minAgeSeconds ?? ''} />
    </label>
    <label
      >At least so many bytes
      <input name="minBytes" type="number" min="0" .value=${params.minBytes ?? ''} />
    </label>
  </form>`;
}
