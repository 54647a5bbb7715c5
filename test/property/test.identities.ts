import { expect, tap } from '@push.rocks/tapbundle';
import * as fc from 'fast-check';
import type { IProxyEvents, IProxySource, TListener } from '../../ts/index.js';
import { actions, play } from './randomlives.js';

/** Fixed, so that a failure can be repeated; `FC_SEED` tries another one. */
const SEED = Number(process.env['FC_SEED'] ?? 20_261_121);
const RUNS = Number(process.env['FC_RUNS'] ?? 100);

/** The same source, with a fault in what it tells. `undefined`: not told at all. */
function faulty(
  change: <K extends keyof IProxyEvents>(name: K, event: IProxyEvents[K]) => IProxyEvents[K] | undefined,
) {
  return (source: IProxySource): IProxySource => {
    const bent: IProxySource = {
      kind: 'proxy',
      on(name, listener: TListener<never>, options) {
        source.on(
          name,
          (event) => {
            const changed = change(name, event);
            if (changed !== undefined) void listener(changed as never);
          },
          options,
        );
        return bent;
      },
      once: () => bent,
      off: () => bent,
      activeCount: () => source.activeCount(),
      sweep: () => source.sweep?.() ?? Promise.resolve(),
      readings: () => source.readings(),
    };
    return bent;
  };
}

async function breaks(between: (source: IProxySource) => IProxySource): Promise<string> {
  const result = await fc.check(
    fc.asyncProperty(actions, (script) => play(script, between)),
    { seed: SEED, numRuns: 30, endOnFailure: true },
  );
  const said = result.failed ? String(result.errorInstance) : 'held';
  console.log(`seen as: ${said}`);
  return said;
}

tap.test(`every identity holds at every read over ${RUNS} random lives (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(actions, (script) => play(script, (source) => source)),
    { seed: SEED, numRuns: RUNS },
  );
});

tap.test(
  'a fault in the first book, the counters of events, is seen: a close that is lost, a traffic told short',
  async () => {
    let closes = 0;
    const lost = await breaks(
      faulty((name, event) => (name === 'connection-close' && ++closes % 5 === 0 ? undefined : event)),
    );
    expect(lost.includes('sources')).toBeTrue();
    const short = await breaks(
      faulty((name, event) =>
        name === 'traffic' && 'bytesIn' in event && event.bytesIn > 0
          ? { ...event, bytesIn: event.bytesIn - 1 }
          : event,
      ),
    );
    expect(short.includes('bytes')).toBeTrue();
  },
);

tap.test('a fault in the second book, the live records and close totals, is seen', async () => {
  let opens = 0;
  const unknown = await breaks(
    faulty((name, event) => (name === 'connection-open' && ++opens % 3 === 0 ? { ...event, connectionId: -1 } : event)),
  );
  expect(/sources|connections/.test(unknown)).toBeTrue();
  const total = await breaks(
    faulty((name, event) =>
      name === 'connection-close' && 'bytesTransferred' in event ? { ...event, bytesOut: event.bytesOut + 1 } : event,
    ),
  );
  expect(total.includes('bytes')).toBeTrue();
});

tap.test('a request told twice is seen', async () => {
  const twice = await breaks((source) => {
    const bent = faulty((_, event) => event)(source);
    const on: IProxySource['on'] = (name, listener, options) => {
      bent.on(name, listener, options);
      if (name === 'request') bent.on(name, listener, options);
      return bent;
    };
    return Object.assign(Object.create(bent) as IProxySource, { on });
  });
  expect(twice.includes('requests')).toBeTrue();
});

export default tap.start({ throwOnError: true });
