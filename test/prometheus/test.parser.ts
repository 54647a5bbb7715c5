import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { ExpositionError, parseOpenMetrics, parseText, sumOf, valueOf } from '../helpers/exposition/index.js';
import type { IParsedFamily } from '../helpers/exposition/index.js';

type TParser = (body: string | Uint8Array) => IParsedFamily[];
type TCase = readonly [what: string, body: string | Uint8Array, rule: RegExp];

const HISTOGRAM = '# TYPE h histogram\n';
const good = (buckets: string, count = 2): string => `${HISTOGRAM}${buckets}h_sum 1\nh_count ${count}\n`;

/** Refused in both formats. OpenMetrics' bodies get their `# EOF` added. */
const BOTH: readonly TCase[] = [
  ['no line feed at the end', '# TYPE a gauge\na 1', /line feed|EOF/],
  ['a byte that is not UTF-8', Uint8Array.from([0x61, 0x7b, 0xff, 0x7d, 0x20, 0x31, 0x0a]), /UTF-8/],
  ['a lone surrogate', 'a{b="\ud800"} 1\n', /UTF-8/],
  ['a byte order mark', '\ufeffa 1\n', /byte order mark/],
  ['a metric name that begins with a digit', '1a 1\n', /metric name/],
  ['a hyphen in a metric name', 'a-b 1\n', /blank before the value/],
  ['a metric name of other letters', '# TYPE ä gauge\nä 1\n', /metric name/],
  ['a label name that begins with a digit', 'a{1b="c"} 1\n', /label name/],
  ['a label twice', 'a{b="c",b="d"} 1\n', /label "b" twice/],
  ['a label without quotes', 'a{b=c} 1\n', /" expected/],
  ['a label value without end', 'a{b="c} 1\n', /without end/],
  ['a raw line feed in a label value', 'a{b="c\nd"} 1\n', /without end/],
  ['a backslash that escapes the closing quote', 'a{b="c\\"} 1\n', /without end/],
  ['no comma between labels', 'a{b="c"d="e"} 1\n', /, expected/],
  ['labels without end', 'a{b="c" 1\n', /expected/],
  ['no value', 'a\n', /value/],
  ['a value that is no number', 'a one\n', /value "one"/],
  ['a hexadecimal value', 'a 0x10\n', /value/],
  ['a thousands separator', 'a 1,000\n', /value/],
  ['an exponent without digits', 'a 1e\n', /value/],
  ['a timestamp that is no number', 'a 1 now\n', /timestamp/],
  ['text after the timestamp', 'a 1 2 3\n', /unexpected text/],
  ['an unknown type', '# TYPE a meter\na 1\n', /type "meter"/],
  ['TYPE twice', '# TYPE a gauge\n# TYPE a gauge\na 1\n', /TYPE of a twice/],
  ['HELP twice', '# HELP a b\n# HELP a c\n# TYPE a gauge\na 1\n', /HELP of a twice/],
  ['TYPE after samples', '# HELP a b\na 1\n# TYPE a gauge\n', /TYPE after samples/],
  ['HELP after samples', '# TYPE a gauge\na 1\n# HELP a b\n', /HELP after samples/],
  ['a backslash at the end of HELP', '# HELP a b\\\n# TYPE a gauge\na 1\n', /escape in HELP/],
  ['a series twice', '# TYPE a gauge\na 1\na 1\n', /same series as in line 2/],
  ['a series twice, labels in another order', '# TYPE a gauge\na{b="1",c="2"} 1\na{c="2",b="1"} 1\n', /same series/],
  ['a series twice, once with an empty label', '# TYPE a gauge\na{b=""} 1\na 1\n', /same series/],
  ['a family in two groups', '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\na{c="d"} 1\n', /not in one group|no sample of/],
  ['a family declared again', '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n', /not in one group/],
  ['a sample of another family', '# TYPE a gauge\nb 1\n', /b is no sample of the gauge a/],
  ['a suffix that a gauge has not', '# TYPE a gauge\na 1\na_sum 1\n', /a_sum is no sample of the gauge a/],
  ['a histogram with a bare sample', `${HISTOGRAM}h 1\n`, /h is no sample of the histogram h|not in one group/],
  ['a bucket without le', good('h_bucket 2\n'), /le that is not a number/],
  ['le that is no number', good('h_bucket{le="one"} 2\n'), /le that is not a number/],
  ['a histogram without +Inf', good('h_bucket{le="1"} 2\n'), /without a \+Inf bucket/],
  ['buckets that fall', good('h_bucket{le="1"} 3\nh_bucket{le="+Inf"} 2\n'), /below the one before/],
  ['buckets out of order', good('h_bucket{le="2"} 1\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 2\n'), /order of le/],
  ['one edge twice', good('h_bucket{le="1"} 1\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 2\n'), /order of le/],
  ['a bucket that is no whole number', good('h_bucket{le="1"} 0.5\nh_bucket{le="+Inf"} 2\n'), /whole number/],
  ['a count that is not the last bucket', good('h_bucket{le="+Inf"} 2\n', 3), /_count that is not/],
  ['a histogram without _sum', `${HISTOGRAM}h_bucket{le="+Inf"} 2\nh_count 2\n`, /without _count or _sum/],
  ['a histogram without _count', `${HISTOGRAM}h_bucket{le="+Inf"} 2\nh_sum 2\n`, /without _count or _sum/],
  ['a negative bucket', `${HISTOGRAM}h_bucket{le="+Inf"} -2\nh_sum 2\nh_count -2\n`, /cannot be -2/],
  ['a negative sum', `${HISTOGRAM}h_bucket{le="+Inf"} 2\nh_sum -2\nh_count 2\n`, /negative _sum/],
  ['a quantile above 1', '# TYPE s summary\ns{quantile="1.5"} 1\ns_sum 1\ns_count 1\n', /from 0 to 1/],
  ['a quantile on the count', '# TYPE s summary\ns_count{quantile="0.5"} 1\n', /quantile on a/],
  ['quantiles out of order', '# TYPE s summary\ns{quantile="0.9"} 1\ns{quantile="0.5"} 1\n', /not in order/],
  ['a summary whose count is NaN', '# TYPE s summary\ns_count NaN\n', /cannot be NaN/],
  ['families that clash', '# TYPE h_sum gauge\nh_sum{a="b"} 1\n' + good('h_bucket{le="+Inf"} 2\n'), /clashes/],
];

const TEXT_ONLY: readonly TCase[] = [
  ['a negative counter', '# TYPE a_total counter\na_total -1\n', /cannot be -1/],
  ['a counter that is NaN', '# TYPE a_total counter\na_total NaN\n', /cannot be NaN/],
  ['an escape that is none', 'a{b="\\t"} 1\n', /escape \\t/],
  ['an escaped quote in HELP', '# HELP a \\"b\n# TYPE a gauge\na 1\n', /escape in HELP/],
  ['TYPE without a type', '# TYPE a\na 1\n', /type ""/],
  ['TYPE without a name', '# TYPE\na 1\n', /without a name/],
  ['_total on a counter that is declared without', '# TYPE a counter\na_total 1\n', /no sample of the counter a/],
  ['OpenMetrics types', '# TYPE a_info info\na_info 1\n', /type "info"/],
  ['a timestamp with a fraction', 'a 1 1.5\n', /timestamp/],
  ['an exemplar', '# TYPE a_total counter\na_total 1 # {b="c"} 1\n', /unexpected text|timestamp/],
];

const OPENMETRICS_ONLY: readonly TCase[] = [
  ['no # EOF', '# TYPE a gauge\na 1\n', /no # EOF/],
  ['an empty body', '', /no # EOF|line feed/],
  ['text after # EOF', 'a 1\n# EOF\nb 1\n', /after # EOF/],
  ['an empty line', 'a 1\n\nb 1\n# EOF\n', /empty line/],
  ['a comment', '# hello\na 1\n# EOF\n', /neither metadata/],
  ['two blanks', 'a  1\n# EOF\n', /value/],
  ['a blank at the end', 'a 1 \n# EOF\n', /unexpected|timestamp/],
  ['a blank between labels', 'a{b="c", d="e"} 1\n# EOF\n', /label name/],
  ['a comma after the last label', 'a{b="c",} 1\n# EOF\n', /comma after/],
  ['a reserved label name', 'a{_b="c"} 1\n# EOF\n', /label name/],
  ['a reserved metric name', '# TYPE _a gauge\n_a 1\n# EOF\n', /metric name/],
  ['a negative counter', '# TYPE a counter\na_total -1\n# EOF\n', /cannot be -1/],
  ['a counter that is NaN', '# TYPE a counter\na_total NaN\n# EOF\n', /cannot be NaN/],
  ['a counter without _total', '# TYPE a counter\na 1\n# EOF\n', /a is no sample of the counter a|not in one group/],
  ['a counter that is declared with _total', '# TYPE a_total counter\na_total 1\n# EOF\n', /no sample of the counter/],
  ['a counter with only _created', '# TYPE a counter\na_created 1\n# EOF\n', /no a_total/],
  ['a gauge with _total of a counter', '# TYPE a counter\na_total 1\n# TYPE a_total gauge\n# EOF\n', /clashes/],
  ['a unit that the name does not end in', '# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n', /unit seconds/],
  ['UNIT twice', '# UNIT a_s s\n# UNIT a_s s\na_s 1\n# EOF\n', /UNIT of a_s twice/],
  ['UNIT after samples', '# TYPE a_s gauge\na_s 1\n# UNIT a_s s\n# EOF\n', /UNIT after samples/],
  ['a raw quote in HELP', '# HELP a b"c\n# TYPE a gauge\na 1\n# EOF\n', /escape in HELP/],
  ['an info that is not 1', '# TYPE a info\na_info 2\n# EOF\n', /info that is not 1/],
  ['an info with a unit', '# TYPE a_s info\n# UNIT a_s s\na_s_info 1\n# EOF\n', /info with a unit/],
  ['the text format\'s "untyped"', '# TYPE a untyped\na 1\n# EOF\n', /type "untyped"/],
  ['metrics interleaved', `${HISTOGRAM}h_bucket{a="1",le="+Inf"} 1\nh_bucket{a="2",le="+Inf"} 1\nh_sum{a="1"} 1\nh_count{a="1"} 1\nh_sum{a="2"} 1\nh_count{a="2"} 1\n# EOF\n`, /interleaved/],
  ['an exemplar on a gauge', '# TYPE a gauge\na 1 # {b="c"} 1\n# EOF\n', /exemplar on no count/],
  ['an exemplar above its bucket', `${HISTOGRAM}h_bucket{le="1"} 1 # {} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n# EOF\n`, /above its bucket/],
  ['an exemplar with long labels', `# TYPE a counter\na_total 1 # {b="${'c'.repeat(128)}"} 1\n# EOF\n`, /128/],
]; // prettier-ignore

function refuses(parse: TParser, [what, body, rule]: TCase): void {
  assert.throws(
    () => parse(body),
    (error) => error instanceof ExpositionError && rule.test(error.rule),
    `${what}: ${JSON.stringify(String(body))} must be refused for ${String(rule)}`,
  );
}

tap.test('the text parser refuses what the specification does not allow, each for its reason', async () => {
  for (const one of [...BOTH, ...TEXT_ONLY]) refuses(parseText, one);
  expect(BOTH.length + TEXT_ONLY.length).toBeGreaterThan(60);
});

tap.test('the OpenMetrics parser refuses what the specification does not allow, each for its reason', async () => {
  for (const [what, body, rule] of BOTH) {
    const ended = typeof body === 'string' && body.endsWith('\n') ? `${body}# EOF\n` : body;
    refuses(parseOpenMetrics, [what, ended, rule]);
  }
  for (const one of OPENMETRICS_ONLY) refuses(parseOpenMetrics, one);
  expect(OPENMETRICS_ONLY.length).toBeGreaterThan(25);
});

tap.test("the text parser takes the specification's example", async () => {
  const families = parseText(`# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045

# A histogram, which has a pretty complex representation in the text format:
# HELP http_request_duration_seconds A histogram of the request duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="0.1"} 33444
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320

# Finally a summary, which has a complex representation, too:
# HELP rpc_duration_seconds A summary of the RPC duration in seconds.
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.01"} 3102
rpc_duration_seconds{quantile="0.5"} 4773
rpc_duration_seconds_sum 1.7560473e+07
rpc_duration_seconds_count 2693
`);
  expect(families.map(({ type }) => type)).toEqual([
    'counter',
    'untyped',
    'untyped',
    'untyped',
    'histogram',
    'summary',
  ]);
  const labels = { path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find file:\n"FILE.TXT"' };
  expect(valueOf(families, 'msdos_file_access_time_seconds', labels)).toEqual(1458255915);
  expect(valueOf(families, 'something_weird', { problem: 'division by zero' })).toEqual(Infinity);
  expect(sumOf(families, 'http_requests_total', { method: 'post' })).toEqual(1030);
});

tap.test("the OpenMetrics parser takes the specification's example", async () => {
  const families = parseOpenMetrics(`# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency though all of ACME's HTTP request router.
acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
acme_http_router_request_seconds_count{path="/api/v1",method="GET"} 807283.0
acme_http_router_request_seconds_created{path="/api/v1",method="GET"} 1605281325.0
acme_http_router_request_seconds_sum{path="/api/v2",method="POST"} 479.3
acme_http_router_request_seconds_count{path="/api/v2",method="POST"} 34.0
# TYPE go_goroutines gauge
# HELP go_goroutines Number of goroutines that currently exist.
go_goroutines 69
# TYPE process_cpu_seconds counter
# UNIT process_cpu_seconds seconds
# HELP process_cpu_seconds Total \\"user\\" and system CPU time spent in seconds.
process_cpu_seconds_total 4.20072246e+06
# TYPE foo stateset
foo{entity="controller",foo="a"} 1.0
foo{entity="controller",foo="bb"} 0.0
# TYPE bar histogram
bar_bucket{le="0.01"} 0
bar_bucket{le="+Inf"} 17 # {trace_id="KOO5S4vxi0o"} 0.67 1520879607.789
bar_count 17
bar_sum 324789.3
# TYPE baz info
baz_info{name="pretty name",version="8.2.7"} 1
# EOF
`);
  expect(families.length).toEqual(6);
  expect(families[2]?.help).toEqual('Total "user" and system CPU time spent in seconds.');
  expect(valueOf(families, 'process_cpu_seconds_total')).toEqual(4200722.46);
  expect(valueOf(families, 'bar_bucket', { le: '+Inf' })).toEqual(17);
});

export default tap.start({ throwOnError: true });
