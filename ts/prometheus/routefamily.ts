import type { IMetric, TAddSample } from '../catalog/index.js';
import type { IRouteSnapshot } from '../interfaces/snapshot.js';
import { BLOCK_LENGTH } from './family.js';
import type { IBlock, IFamily } from './family.js';
import { escapeLabelValue, formatValue } from './format.js';
import { bucketEnds, histogramText } from './histogramtext.js';

/** A route and its name as the text of a label value. */
export interface INamedRoute {
  readonly route: IRouteSnapshot;
  readonly text: string;
}

/**
 * A catalogue metric by route, of routes whose texts all differ. A page of many routes is nearly all made here: what is
 * the same for a family or for a route is prepared once, and no object is made for a line.
 */
export function routeFamily(
  metric: IMetric,
  readRoute: NonNullable<IMetric['readRoute']>,
  prefix: string,
  routes: readonly INamedRoute[],
): IFamily {
  const { type, unit, help, labels } = metric;
  const name = `${prefix}${metric.name}`;
  return { name, type, unit, help, blocks: blocks(name, labels, readRoute, routes) };
}

function* blocks(
  name: string,
  [first = '', second = '', third = '']: readonly string[],
  readRoute: NonNullable<IMetric['readRoute']>,
  routes: readonly INamedRoute[],
): Iterable<IBlock> {
  const start = `${name}{${first}="`;
  const [beforeTwo, beforeThree] = [`",${second}="`, `",${third}="`];
  const escaped = escapedTexts();
  const ends = bucketEnds();
  let text = '';
  let series = 0;
  let routeText = '';
  // Labels of this route so far. A source may tell one thing twice, and one series twice makes a page unreadable.
  const told: string[] = [];
  const add: TAddSample = (value, two, three) => {
    if (typeof value !== 'number') {
      text += histogramText(name, `${first}="${routeText}"`, value, ends(value.edges));
      series += value.edges.length + 3;
      return;
    }
    let labels = routeText;
    if (two !== undefined) {
      labels = beforeTwo + escaped(two);
      if (three !== undefined) labels += beforeThree + escaped(three);
      if (told.includes(labels)) return;
      told.push(labels);
      labels = routeText + labels;
    }
    text += start + labels + '"} ' + formatValue(value) + '\n';
    series++;
  };
  for (const route of routes) {
    routeText = route.text;
    told.length = 0;
    readRoute(route.route, add);
    if (text.length < BLOCK_LENGTH) continue;
    yield { text, series };
    text = '';
    series = 0;
  }
  if (series > 0) yield { text, series };
}

/** The values of the further labels are few and come again with each route. */
function escapedTexts(): (value: string) => string {
  const texts = new Map<string, string>();
  return (value) => {
    let text = texts.get(value);
    if (text === undefined) texts.set(value, (text = escapeLabelValue(value)));
    return text;
  };
}
