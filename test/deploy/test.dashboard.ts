import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { METRICS } from '../../ts/catalog/index.js';
import { allPanels, readDashboard, shownPanels } from './dashboard.js';
import { knownMetrics, unknownIn } from './known.js';
import { mentionedIn } from './promql.js';

const dashboard = readDashboard();
const panels = shownPanels(dashboard);
const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

tap.test('every metric and label in a panel is there', async () => {
  assert.ok(expressions.length > 60);
  const known = knownMetrics();
  assert.deepEqual(
    expressions.flatMap((expr) => unknownIn(expr, known).map((text) => `${expr}: ${text}`)),
    [],
  );
});

tap.test('every metric of the catalogue is in a panel', async () => {
  const shown = new Set(expressions.flatMap((expr) => mentionedIn(expr).selectors.map(({ name }) => name)));
  const unseen = METRICS.filter(
    ({ name, type }) => !shown.has(`router_${name}${type === 'histogram' ? '_bucket' : ''}`),
  );
  assert.deepEqual(
    unseen.map(({ name }) => name),
    [],
  );
});

tap.test('every panel has a title, a word on what it shows, a unit, a legend and a query', async () => {
  for (const { title, description = '', type, fieldConfig, options, targets = [] } of panels) {
    assert.ok(title.length > 2 && description.length > 10, `${title}: "${description}"`);
    const overridden = fieldConfig?.overrides.some(({ properties }) => properties.some(({ id }) => id === 'unit'));
    const unit = type === 'heatmap' ? options?.yAxis?.unit : (fieldConfig?.defaults.unit ?? overridden);
    assert.ok(unit, `${title} has no unit`);
    assert.ok(targets.length > 0, title);
    if (type === 'timeseries')
      assert.ok(
        targets.every(({ legendFormat }) => legendFormat !== '__auto'),
        title,
      );
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
  }
});

tap.test('every query is of the chosen data source, job and instance, and of an interval that fits', async () => {
  for (const { title, datasource, targets = [] } of panels) {
    assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' }, title);
    for (const target of targets) {
      assert.deepEqual(target.datasource, datasource, title);
      for (const [, inside = ''] of target.expr.matchAll(/\{([^}]*)\}/g)) {
        assert.match(inside, /job=~"\$job",instance=~"\$instance"/, target.expr);
      }
      assert.equal(target.expr.match(/\{/g)?.length, mentionedIn(target.expr).selectors.length, target.expr);
      for (const [, range] of target.expr.matchAll(/\[([^\]]*)\]/g))
        assert.match(range ?? '', /^\$__(rate_interval|range)$/);
    }
  }
});

tap.test('a removed route does not show as a jump: no rate of routes has it', async () => {
  for (const expr of expressions) {
    for (const [, inside = ''] of expr.matchAll(/(?:rate|increase)\(\w+\{([^}]*)\}/g)) {
      if (inside.includes('route=')) assert.match(inside, /route!="_retired"/, expr);
    }
  }
});

tap.test('instance and route can be chosen, several or all', async () => {
  const variables = dashboard.templating.list;
  assert.deepEqual(
    variables.map(({ name }) => name),
    ['datasource', 'job', 'instance', 'route'],
  );
  const known = knownMetrics();
  for (const { name, multi, includeAll, query } of variables.filter(({ type }) => type === 'query')) {
    assert.ok(multi && includeAll, name);
    const asked = /^label_values\((.*), (\w+)\)$/.exec(typeof query === 'string' ? query : query.query);
    assert.deepEqual(unknownIn(`sum by (${asked?.[2]}) (${asked?.[1]})`, known), [], name);
  }
});

tap.test('it is laid out on the grid, nothing over another thing', async () => {
  const all = allPanels(dashboard);
  assert.ok(dashboard.schemaVersion >= 41 && dashboard.uid === 'routemeter');
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of all) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      assert.ok(x < 24, title);
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(taken.get(`${x},${y}`), undefined, `${title} is over another`);
        taken.set(`${x},${y}`, title);
      }
    }
  }
});

export default tap.start({ throwOnError: true });
