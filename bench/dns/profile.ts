/**
 * One server of `dns-front.ts` under load with V8's profiler, and its hottest functions.
 *
 *   node --import tsx bench/dns/profile.ts bare|handlers|front|cache|coalesce [--functions N] [--seconds S]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { profile } from '../harness/profile.js';
import { dnsperf } from './dnsperf.js';
import { Fleet } from './fleet.js';
import { KINDS } from './kinds.js';
import { ANSWERED_ZONE, zipfQueries } from './queries.js';

const QUERIES = 200_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { functions: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' } },
});
const kind = KINDS.find((one) => one === positionals[0]);
if (kind === undefined) throw new Error(`name a server: ${KINDS.join(', ')}`);

const seconds = Number(values.seconds);
await profile(
  async (nodeArgs) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'routemeter-profile-'));
    const fleet = new Fleet(folder, nodeArgs);
    try {
      const { port } = await fleet.start(kind, 2);
      const file = path.join(folder, 'zipf');
      zipfQueries(file, ANSWERED_ZONE, QUERIES);
      const { perSecond } = await dnsperf({ port, file, seconds });
      return `${kind}: ${Math.round(perSecond)} queries/s under the profiler`;
    } finally {
      await fleet.stop();
      rmSync(folder, { recursive: true });
    }
  },
  seconds,
  Number(values.functions),
);
