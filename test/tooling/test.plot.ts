import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { type IPlot, svgOf } from '../../bench/harness/plot.js';

const PLOT: IPlot = {
  name: 'some',
  title: 'A < B & C',
  x: 'connections',
  y: 'ms',
  lines: [
    { name: 'one', points: [[0, 0], [100_000, 30]] }, // prettier-ignore
    { name: 'other', points: [[50_000, 25]] },
  ],
};

const places = (svg: string): string[] =>
  [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, found = '']) => found);

tap.test('points stand where the axes say', async () => {
  const svg = svgOf(PLOT);
  const [one = '', other = ''] = places(svg);
  // The axes end at the next round number: 100,000 and 50.
  assert.equal(one, '70.0,305.0 620.0,152.0');
  assert.equal(other, '345.0,177.5');
  assert.equal(svg.match(/<circle /g)?.length, 3);
  for (const label of ['0', '20,000', '100,000', '10', '50']) assert.ok(svg.includes(`>${label}</text>`), label);
});

tap.test('texts are safe in XML, and each line has a name in its colour', async () => {
  const svg = svgOf(PLOT);
  assert.ok(svg.includes('>A &#60; B &#38; C</text>'));
  const colours = [...svg.matchAll(/<polyline [^>]*stroke="(#\w+)"/g)].map(([, colour]) => colour);
  assert.equal(new Set(colours).size, 2);
  assert.ok(svg.includes(`fill="${colours[0]}">one</text>`));
  assert.ok(svg.includes(`fill="${colours[1]}">other</text>`));
});

tap.test('without anything to show there are axes and no NaN', async () => {
  for (const lines of [[], [{ name: 'none', points: [[0, 0]] as const }]]) {
    assert.doesNotMatch(svgOf({ ...PLOT, lines }), /NaN|Infinity/);
  }
});

export default tap.start({ throwOnError: true });
