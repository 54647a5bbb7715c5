/**
 * One server of `dns-front.ts` under load with V8's profiler, and its hottest functions.
 *
 *   node --import tsx bench/dns/profile.ts bare|handlers|front|cache|coalesce [--functions N] [--seconds S]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hottest } from '../harness/hottest.js';
import { dnsperf } from './dnsperf.js';
import { Fleet } from './fleet.js';
import { KINDS } from './kinds.js';
import { ANSWERED_ZONE, zipfQueries } from './queries.js';

const PROFILES = fileURLToPath(new URL('../../.cache/profiles', import.meta.url));
const QUERIES = 200_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { functions: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' } },
});
const kind = KINDS.find((one) => one === positionals[0]);
if (kind === undefined) throw new Error(`name a server: ${KINDS.join(', ')}`);
const folder = mkdtempSync(path.join(tmpdir(), 'routemeter-profile-'));
mkdirSync(PROFILES, { recursive: true });
const fleet = new Fleet(folder, ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`]);
try {
  const { port } = await fleet.start(kind, 2);
  const file = path.join(folder, 'zipf');
  zipfQueries(file, ANSWERED_ZONE, QUERIES);
  const { perSecond } = await dnsperf({ port, file, seconds: Number(values.seconds) });
  console.log(`${kind}: ${Math.round(perSecond)} queries/s under the profiler`);
} finally {
  await fleet.stop();
  rmSync(folder, { recursive: true });
}
// What loads TypeScript has a thread, and so a profile, of its own: the server's is the larger one.
const files = readdirSync(PROFILES).map((name) => path.join(PROFILES, name));
const ofRun = files.filter((name) => performance.timeOrigin <= statSync(name).mtimeMs);
const [largest] = ofRun.toSorted((one, other) => statSync(other).size - statSync(one).size);
if (largest === undefined) throw new Error('V8 wrote no profile');
for (const { share, name, place } of hottest(largest, Number(values.functions))) {
  console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${name}  ${place}`);
}
console.log(`${path.relative(process.cwd(), largest)}: for Chrome's DevTools or speedscope`);
