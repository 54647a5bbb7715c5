import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { Child } from './child.js';

interface ITold {
  readonly broken: readonly unknown[];
  readonly queries?: number;
  readonly inFlight?: number;
}

/** What clients got before and after, whether the process lived on, and the figures where it did. */
async function fate(mode: string, when: string): Promise<{ seen: unknown; told: ITold | undefined }> {
  const child = new Child('./killed.ts', [mode, when]);
  try {
    const code = await child.exit();
    const told = child.messages.findLast((message) => typeof message === 'object' && !Array.isArray(message));
    const seen = child.messages.filter((message) => message !== told);
    // Of an error that ends it, the line that names it.
    const errors = child.stderr.split('\n').filter((line) => /^\w*Error\b/.test(line));
    return { seen: { code, seen, errors }, told: told as ITold | undefined };
  } finally {
    child.kill();
  }
}

for (const [when, what] of [
  ['idle', 'while nothing is asked'],
  ['asked', 'while it waits for the answer of a handler'],
] as const) {
  tap.test(`SmartDNS's own process is killed ${what}, and started again`, async () => {
    const bare = await fate('bare', when);
    const wrapped = await fate('wrapped', when);
    assert.deepEqual(wrapped.seen, bare.seen);
    console.log(`# ${JSON.stringify(bare.seen).slice(0, 80)}`);
    if (wrapped.told === undefined) return;
    const asked = when === 'idle' ? 6 : 7;
    assert.deepEqual(wrapped.told, { broken: [], queries: asked, inFlight: 0 });
  });
}

export default tap.start({ throwOnError: true });
