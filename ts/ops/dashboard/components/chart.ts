import type { IHistory } from '../../../interfaces/snapshot.js';
import { AsyncDirective, directive, UPlot } from '../plugins.js';
import type { ElementPart } from '../plugins.js';
import { clockMinutes, clockTime, NOT_MEASURED, textOf } from '../format.js';
import { perSecond, slotBounds } from './history.js';
import type { IChart } from './history.js';

/** Colours are asked for at each drawing, so that a change of theme needs nothing else. */
const LINE_COLOURS = ['--accent', '--second'] as const;
/** The second line differs by its shape, too. */
const DASHES = [[], [5, 3]] as const;

/** A uPlot that follows the size of the element that it is put on. */
class ChartDirective extends AsyncDirective {
  #chart: IChart | null = null;
  #element: HTMLElement | null = null;
  #plot: UPlot | null = null;
  #resized: ResizeObserver | null = null;

  render(_chart: IChart): void {}

  override update(part: ElementPart, [chart]: [IChart]): void {
    this.#chart = chart;
    this.#element = part.element as HTMLElement;
    if (this.#resized === null) this.#observe(this.#element);
    if (this.#plot === null) return;
    // A column that was not measured before is one line more: that is another plot.
    if (this.#plot.series.length === chart.lines.length + 1) return this.#plot.setData(dataOf(chart));
    this.#plot.destroy();
    this.#plot = null;
    this.#fit(this.#element);
  }

  override disconnected(): void {
    this.#resized?.disconnect();
    this.#resized = null;
    this.#plot?.destroy();
    this.#plot = null;
  }

  override reconnected(): void {
    if (this.#element !== null) this.#observe(this.#element);
  }

  /** Nothing is drawn before the element has a size. */
  #observe(element: HTMLElement): void {
    this.#resized = new ResizeObserver(() => this.#fit(element));
    this.#resized.observe(element);
  }

  #fit(element: HTMLElement): void {
    const { clientWidth: width, clientHeight: height } = element;
    if (width === 0 || height === 0 || this.#chart === null) return;
    if (this.#plot !== null) return this.#plot.setSize({ width, height });
    this.#plot = new UPlot(optionsOf(this.#chart, element, width, height), dataOf(this.#chart), element);
  }
}

export const chart = directive(ChartDirective);

function dataOf({ history, lines }: IChart): UPlot.AlignedData {
  const values = lines.map(({ column }) => perSecond(history, column));
  // A step is drawn from its own point to the next one, so the last slot needs one at its end.
  return [slotBounds(history, values[0]?.length ?? 0), ...values.map((line) => [...line, line.at(-1) ?? null])];
}

function optionsOf(chart: IChart, element: HTMLElement, width: number, height: number): UPlot.Options {
  const { lines, format, history } = chart;
  const probe = element.appendChild(document.createElement('span'));
  probe.hidden = true;
  const colour = colourOf(probe);
  const { size, font } = textStyleOf(element);
  const axis = { stroke: colour('--muted'), font, grid: { stroke: colour('--grid'), width: 1 } };
  const timeText = timeTextOf(history);
  const readout = document.createElement('div');
  readout.className = 'readout';
  return {
    width,
    height,
    padding: [8, size * 2.2, 0, 0],
    legend: { show: false },
    cursor: { drag: { setScale: false, x: false, y: false }, y: false, points: { size: 5 } },
    scales: { x: { time: true }, y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.08 : 1] } },
    hooks: {
      init: [() => element.append(readout)],
      destroy: [() => probe.remove(), () => readout.remove()],
      setCursor: [(plot) => tell(plot, chart, readout)],
    },
    axes: [
      {
        ...axis,
        ticks: { show: false },
        size: Math.round(size * 1.9),
        space: size * 6,
        values: (_plot, at) => at.map((s) => timeText(s * 1000)),
      },
      {
        ...axis,
        ticks: { show: false },
        size: Math.round(size * 5.2),
        space: size * 2.4,
        values: (_plot, at) => at.map((value) => textOf(format(value))),
      },
    ],
    series: [
      {},
      ...lines.map(({ label }, index): UPlot.Series => ({
        label,
        stroke: colour(LINE_COLOURS[index] ?? LINE_COLOURS[0]),
        ...(index === 0 ? { fill: colour('--fill') } : {}),
        width: 1.5,
        dash: [...(DASHES[index] ?? [])],
        points: { show: false },
        // An amount belongs to the whole slot that begins here.
        ...(UPlot.paths.stepped === undefined ? {} : { paths: UPlot.paths.stepped({ align: 1 }) }),
      })),
    ],
  };
}

const timeTextOf = ({ slotSeconds }: IHistory): ((at: number) => string) =>
  slotSeconds === 1 ? clockTime : clockMinutes;

/** The values under the pointer, in words. */
function tell(plot: UPlot, { lines, format, history }: IChart, readout: HTMLElement): void {
  const at = plot.cursor.idx;
  const time = at === null || at === undefined ? undefined : plot.data[0][at];
  if (at === null || at === undefined || time === undefined) {
    readout.textContent = '';
    return;
  }
  const values = lines.map(({ label }, index) => {
    const value = plot.data[index + 1]?.[at];
    return `${label} ${value === null || value === undefined ? NOT_MEASURED : textOf(format(value))}`;
  });
  readout.textContent = [timeTextOf(history)(time * 1000), ...values].join('  ');
}

/** What a custom property is worth here and now: a canvas knows neither `var()` nor `light-dark()`. */
function colourOf(probe: HTMLElement): (name: string) => () => string {
  return (name) => () => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
}

/** Text on a canvas does not inherit. uPlot reads whole pixels only. */
function textStyleOf(element: HTMLElement): { readonly size: number; readonly font: string } {
  const { fontFamily, fontSize } = getComputedStyle(element);
  const size = Math.max(11, Math.round(Number.parseFloat(fontSize) * 0.78));
  return { size, font: `${size}px ${fontFamily}` };
}
