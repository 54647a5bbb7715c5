import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { negotiate } from '../../ts/prometheus/negotiate.js';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const OLD_OPENMETRICS = 'application/openmetrics-text; version=0.0.1; charset=utf-8';

const CASES: readonly (readonly [accept: string | null | undefined, contentType: string])[] = [
  // What Prometheus sends: 2.42, 2.5 to 2.40, 3 with UTF-8 names, 3 with protobuf.
  ['application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', OPENMETRICS],
  ['application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', OLD_OPENMETRICS],
  ['application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2', OPENMETRICS],
  ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.8,application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.4', OPENMETRICS],
  ['text/plain;version=0.0.4;q=1,*/*;q=0.1', TEXT],
  // Nothing, anything, something else.
  [undefined, TEXT],
  [null, TEXT],
  ['', TEXT],
  ['*/*', TEXT],
  ['text/*', TEXT],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TEXT],
  ['application/json', TEXT],
  ['application/*', TEXT],
  ['text/plain;version=0.0.4;q=0', TEXT],
  // Versions.
  ['application/openmetrics-text', OPENMETRICS],
  ['application/openmetrics-text;version=2.0.0', TEXT],
  ['application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=0.0.1;q=0.1', OLD_OPENMETRICS],
  ['application/openmetrics-text;version="1.0.0"', OPENMETRICS],
  ['Application/OpenMetrics-Text; Version=1.0.0', OPENMETRICS],
  ['text/plain', TEXT],
  // Qualities.
  ['application/openmetrics-text;q=0.5,text/plain;q=0.9', TEXT],
  ['application/openmetrics-text;q=0.9,text/plain;q=0.5', OPENMETRICS],
  ['text/plain,application/openmetrics-text', OPENMETRICS],
  ['application/openmetrics-text;q=0', TEXT],
  ['application/openmetrics-text;version=1.0.0;q=0,application/openmetrics-text;version=0.0.1', OLD_OPENMETRICS],
  ['application/openmetrics-text;q=0,*/*', TEXT],
  ['application/openmetrics-text;q=0.5,*/*', TEXT],
  ['*/*;q=0.9,text/plain;q=0.1,application/openmetrics-text;q=0.5', OPENMETRICS],
  ['text/*;q=0.9,text/plain;q=0.1,application/openmetrics-text;q=0.5', OPENMETRICS],
  ['application/openmetrics-text ; q=0.001 , text/plain ; q=0.002', TEXT],
  ['application/openmetrics-text;q=1.000', OPENMETRICS],
  // Malformed qualities ask for nothing.
  ['application/openmetrics-text;q=high', TEXT],
  ['application/openmetrics-text;q=2', TEXT],
  ['application/openmetrics-text;q=-1', TEXT],
  ['application/openmetrics-text;q=', TEXT],
  [',;=,,q=1;', TEXT],
]; // prettier-ignore

tap.test('the Accept header chooses the format, its version and its charset', async () => {
  for (const [accept, contentType] of CASES) {
    const negotiated = negotiate(accept);
    assert.equal(negotiated.contentType, contentType, `for ${JSON.stringify(accept)}`);
    assert.equal(negotiated.format, contentType === TEXT ? 'text' : 'openmetrics', `for ${JSON.stringify(accept)}`);
  }
  expect(CASES.length).toBeGreaterThan(30);
});

tap.test('a long hostile header costs little', async () => {
  const startedAt = performance.now();
  negotiate('application/openmetrics-text;q="'.repeat(500));
  negotiate(`a;${' ;'.repeat(8000)}`);
  negotiate(`${'"'.repeat(16000)}`);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

export default tap.start({ throwOnError: true });
