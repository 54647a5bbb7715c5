import type { IHistory } from '../../../interfaces/snapshot.js';
import type { TFormat } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { chart } from './chart.js';
import { hasAmounts, spanOf, summaryOf } from './history.js';
import type { IChartLine } from './history.js';
import { note, panel } from './panel.js';

export interface ICharts {
  readonly id: string;
  readonly heading: string;
  /** `null`: no such source is observed. */
  readonly history: readonly IHistory[] | null;
  /** Why nothing is measured, where nothing is. */
  readonly why: string;
  readonly lines: readonly IChartLine[];
  readonly format: TFormat;
}

const NOTHING_YET: Readonly<Record<number, string>> = { 1: 'No complete second yet.', 60: 'No complete minute yet.' };

/** One measure over the last 60 s and over the last 60 min, side by side where there is room. */
export function charts({ id, heading, history, why, lines, format }: ICharts): TemplateResult {
  if (history === null) return panel(id, heading, note(`Not measured: ${why}.`));
  return panel(
    id,
    html`${heading}${lines.length > 1 ? lines.map(({ label }, index) => key(label, index)) : ''}`,
    html`<div class="plots">
      ${history.map((one) => {
        const measured = lines.filter(({ column }) => one.series[column] !== undefined);
        const drawn = { history: one, lines: measured, format };
        return html`<figure data-chart="${id}.${one.slotSeconds}" data-until=${one.until}>
          <figcaption>${spanOf(one)}</figcaption>
          ${
            !hasAmounts(drawn)
              ? note(measured.length === 0 ? `Not measured: ${why}.` : (NOTHING_YET[one.slotSeconds] ?? 'Nothing yet.'))
              : html`<div class="plot" role="img" aria-label=${summaryOf(drawn)} ${chart(drawn)}></div>`
          }
        </figure>`;
      })}
    </div>`,
  );
}

const key = (label: string, index: number): TemplateResult =>
  html`<span class="key"
    ><svg class="line line-${index}" viewBox="0 0 20 4" aria-hidden="true"><path d="M0 2h20" /></svg>${label}</span
  >`;
