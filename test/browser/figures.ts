import type { Dashboard } from './classes.dashboard.js';

/** One figure as it stands in the page. */
export interface IFigure {
  /** What the page calls it, with the row that it stands in: `routes[web].active`. */
  readonly name: string;
  /** The value in full, that of the JSON: `null` where it says that nothing was measured. */
  readonly value: number | string | null;
  /** What one sees. */
  readonly text: string;
  /** What one sees when pointing at it. */
  readonly title: string;
}

/** Every figure that the page shows now, hidden ones left out. */
export async function figuresOf({ page }: Dashboard): Promise<IFigure[]> {
  const found = await page.locator('[data-figure]').evaluateAll((elements) =>
    elements
      .filter((element) => element.checkVisibility())
      .map((element) => {
        const row = element.closest('[data-row]');
        const own = element.getAttribute('data-figure') ?? '';
        const inRow =
          row === null ? '' : `${row.getAttribute('data-row') ?? ''}[${row.getAttribute('data-key') ?? ''}].`;
        const shown = element.cloneNode(true) as Element;
        for (const unseen of shown.querySelectorAll('.unseen')) unseen.remove();
        return {
          name: inRow + own,
          value: element.getAttribute('data-value'),
          text: (shown.textContent ?? '').replace(/\s+/g, ' ').trim(),
          title: element.getAttribute('title') ?? '',
        };
      }),
  );
  return found.map((figure) => ({ ...figure, value: valueOf(figure.value) }));
}

function valueOf(told: string | null): IFigure['value'] {
  if (told === null || told === '') return told;
  if (told === 'null') return null;
  const value = Number(told);
  return Number.isNaN(value) ? told : value;
}
