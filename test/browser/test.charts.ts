import { tap } from '@push.rocks/tapbundle';
import { until } from '../helpers/wait.js';
import { launch } from './chromium.js';
import { Dashboard } from './classes.dashboard.js';
import { Router } from './classes.router.js';

const CHARTS = { connections: 'opened', requests: 'requests', bytes: 'bytesIn', queries: 'queries' } as const;

interface IChart {
  /** What it says to those who do not see it. */
  readonly label: string;
  /** How many pixel rows have something of the first line's colour. */
  readonly height: number;
  /** The pixels of the first line: another picture, another text. */
  readonly picture: string;
}

const router = new Router();
await router.start();
// Nothing is drawn of what was never measured.
await router.traffic();
const browser = await launch();

/** The chart as it is drawn now; `line` is the colour of its first line as the page's style has it. */
function chartOf({ page }: Dashboard, name: string): Promise<IChart> {
  return page.locator(`[data-chart="${name}"]`).evaluate((figure) => {
    const drawn = figure.querySelector('canvas');
    if (drawn === null) throw new Error('no canvas');
    const { width, height } = drawn;
    // Reading the page's own canvas would make the browser warn about how it is read.
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    copy?.drawImage(drawn, 0, 0);
    const data = copy?.getImageData(0, 0, width, height).data ?? [];
    const probe = figure.appendChild(document.createElement('i'));
    probe.style.color = 'var(--accent)';
    const line = getComputedStyle(probe).color;
    probe.remove();
    // Only what is drawn in full: edges are mixed colours.
    const isLine = (at: number): boolean =>
      data[at + 3] === 255 && line === `rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`;
    const pixels = Array.from({ length: width * height }, (_, index) => index).filter((index) => isLine(index * 4));
    return {
      label: figure.querySelector('[role="img"]')?.getAttribute('aria-label') ?? '',
      height: new Set(pixels.map((index) => Math.floor(index / width))).size,
      picture: pixels.join(),
    };
  });
}

for (const theme of ['light', 'dark'] as const) {
  tap.test(`${theme}: every chart moves while traffic flows`, async () => {
    const dashboard = await Dashboard.open(browser, router.url, { theme });
    await dashboard.live();
    const charts = Object.keys(CHARTS).map((name) => `${name}.1`);
    for (const name of charts) await dashboard.page.locator(`[data-chart="${name}"] canvas`).waitFor();
    const all = (): Promise<IChart[]> => Promise.all(charts.map((name) => chartOf(dashboard, name)));
    // Whatever flows then is another figure than the last one.
    let before = await all();
    await until(async () => {
      before = await all();
      return before.every(({ label }) => /: last 0 /.test(label));
    }, 'the traffic to have ended');

    const still = new Set(charts.keys());
    let now = before;
    const flow = router.trafficUntil(() => still.size === 0);
    await until(async () => {
      now = await all();
      for (const [index, { height, label, picture }] of now.entries()) {
        const old = before[index];
        if (height > 20 && label !== old?.label && picture !== old?.picture) still.delete(index);
      }
      return still.size === 0;
    }, 'every chart to have moved').catch((error: unknown) => {
      const seen = [...still].map((index) => [
        charts[index],
        before[index]?.label,
        now[index]?.label,
        now[index]?.height,
      ]);
      still.clear();
      throw new Error(`${String(error)}; ${JSON.stringify(seen)}`);
    });
    await flow;
    dashboard.assertClean();
    await dashboard.close();
  });
}

tap.test('everything is given back', async () => {
  await browser.close();
  await router.stop();
});

export default tap.start({ throwOnError: true });
