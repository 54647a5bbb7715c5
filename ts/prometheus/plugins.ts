/** This entry's door to outside code. */
import perfHooks from 'node:perf_hooks';
import { collectDefaultMetrics, Registry } from 'prom-client';

export { collectDefaultMetrics, perfHooks, Registry };
