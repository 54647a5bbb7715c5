/**
 * One server of `wrapped.ts` under load with V8's profiler, and its hottest functions.
 *
 *   node --import tsx bench/wrapped/profile.ts LOAD [VARIANT] [--functions N] [--seconds S]
 */
import { parseArgs } from 'node:util';
import { profile } from '../harness/profile.js';
import { Fleet } from './fleet.js';
import { COMPARED, LOADS } from './loads.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { functions: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' } },
});
const [asked, variantAsked = 'wrapped'] = positionals;
const load = LOADS.find((one) => one === asked);
if (load === undefined) throw new Error(`name a load: ${LOADS.join(', ')}`);
const { title, unit, variants } = COMPARED[load];
const variant = variants.find((one) => one === variantAsked);
if (variant === undefined) throw new Error(`${title} has these servers: ${variants.join(', ')}`);

const seconds = Number(values.seconds);
await profile(
  async (nodeArgs) => {
    const fleet = new Fleet(nodeArgs);
    try {
      const { port } = await fleet.start(load, variant);
      const { perSecond } = await fleet.visit({ load, port, seconds });
      return `${title}, ${variant}: ${Math.round(perSecond)} times one ${unit} a second under the profiler`;
    } finally {
      await fleet.stop();
    }
  },
  seconds,
  Number(values.functions),
);
