import { note } from '../components/panel.js';
import { table } from '../components/table.js';
import { text } from '../components/text.js';
import { fullTime, seconds, textOf } from '../format.js';
import { bad } from '../components/icons.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';
import { sorted } from '../sorting.js';

interface ICertificate {
  readonly domain: string;
  readonly expiresAt: number;
}

/** From here on one should look after it. */
const SOON_MS = 14 * 24 * 3_600_000;

/** The next to expire first. */
export function certificates(all: readonly ICertificate[] | null, now: number): TemplateResult {
  if (all === null) return note(`Not measured: ${why.NOT_TOLD}.`);
  return table<ICertificate>({
    ...{ label: 'Certificates', name: 'certificates', empty: 'None is in use.' },
    ...{ rows: sorted(all, ({ expiresAt }) => expiresAt, 'ascending'), keyOf: ({ domain }) => domain },
    columns: [
      { id: 'domain', label: 'Domain', cell: ({ domain }) => text(domain) },
      { id: 'expiresAt', label: 'Expires', numeric: true, cell: ({ expiresAt }) => expiry(expiresAt, now) },
    ],
  });
}

function expiry(at: number, now: number): TemplateResult {
  const left = (at - now) / 1000;
  const told = left < 0 ? `${textOf(seconds(-left))} ago` : `in ${textOf(seconds(left))}`;
  return html`<span class="state" data-figure="expiresAt" data-value=${at} title=${fullTime(at)}
    >${at - now < SOON_MS ? bad() : ''} ${left < 0 ? 'expired ' : ''}${told}</span
  >`;
}
