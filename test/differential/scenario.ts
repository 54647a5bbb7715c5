import * as fc from 'fast-check';

/** How the handler under test treats its socket; the same code runs bare and wrapped. */
export const SERVES = [
  'echo by data',
  'echo by pipe',
  'echo by readable',
  'echo by async iterator',
  'echo by reads of 7 bytes',
  'echo, listening late',
  'echo after a promise',
  'banner, then echo',
  'echo, paused now and then',
  'end after bytes',
  'destroy after bytes',
  'destroy with an error',
  'throw after bytes were read',
  'throw at once',
  'reject at once',
  'time out',
  'half a megabyte for each chunk',
  'strip the listeners and destroy',
] as const;
export type TServe = (typeof SERVES)[number];

export type TStep =
  { readonly do: 'send'; readonly bytes: number } | { readonly do: 'end' | 'reset' | 'pause' | 'resume' | 'sweep' };

export interface IScenario {
  readonly host: number;
  readonly serve: TServe;
  /** What some ways to serve need a number for. */
  readonly limit: number;
  readonly steps: readonly TStep[];
}

const send = fc.record({
  do: fc.constant('send' as const),
  bytes: fc.oneof(fc.constantFrom(1, 2, 7, 8, 16_384, 65_536), fc.integer({ min: 1, max: 40_000 })),
});

/** `hosts`: how many there are. */
export const scenarios = (hosts: number): fc.Arbitrary<IScenario> =>
  fc.record({
    host: fc.nat(hosts - 1),
    serve: fc.constantFrom(...SERVES),
    limit: fc.integer({ min: 1, max: 30_000 }),
    steps: fc
      .tuple(
        // The client speaks first: there are hosts that wait for it before they hand a connection over.
        send,
        fc.array(
          fc.oneof(
            { weight: 6, arbitrary: send },
            { weight: 1, arbitrary: fc.constantFrom<TStep>({ do: 'pause' }, { do: 'resume' }, { do: 'sweep' }) },
          ),
          { maxLength: 8 },
        ),
        fc.constantFrom<TStep>({ do: 'end' }, { do: 'end' }, { do: 'reset' }),
      )
      .map(([first, steps, last]) => [first, ...steps, last]),
  });
