import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** tsx wraps each function that is made at run time to keep its name. */
const STRIP = new URL('../harness/strip.mjs', import.meta.url).href;

export const OURS = 'routemeter';
export const LIKE_FOR_LIKE = 'routemeter, no clock reads, no client lists';
export const LISTS = 'top list';
export const RECORDERS = [
  OURS,
  'routemeter, no clock reads',
  LIKE_FOR_LIKE,
  'prom-client, labels',
  'prom-client, children',
  'OpenTelemetry, with a reader',
] as const;

export type TRecorder = (typeof RECORDERS)[number];
export type TAsked = 'life' | 'query' | 'weight of a life' | 'weight of a query' | 'names made' | 'names held';

/** Processes that are alive at once, of which one works at a time. */
export class Contestants {
  readonly #children = new Map<string, ChildProcess>();

  async start(names: readonly string[]): Promise<void> {
    const file = fileURLToPath(new URL('./child.ts', import.meta.url));
    for (const name of names) {
      const child = fork(file, [name], { execArgv: ['--expose-gc', '--import', STRIP] });
      this.#children.set(name, child);
      await once(child, 'message');
    }
  }

  async ask(name: string, asked: TAsked): Promise<number> {
    const child = this.#children.get(name);
    if (child === undefined) throw new Error(`there is no ${name}`);
    child.send(asked);
    const [answer] = (await once(child, 'message')) as [number];
    return answer;
  }

  stop(): void {
    for (const child of this.#children.values()) child.disconnect();
  }
}
