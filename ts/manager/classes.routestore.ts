import { RouteBlock } from './classes.routeblock.js';

/** The memory of all routes, in blocks that come and go with them. */
export class RouteStore {
  readonly #origin: number;
  #blocks: RouteBlock[] = [];

  /** `origin`: when the manager began, on the monotonic clock. */
  constructor(origin: number) {
    this.#origin = origin;
  }

  get blocks(): readonly RouteBlock[] {
    return this.#blocks;
  }

  /** One with a row that is free. */
  roomy(): RouteBlock {
    const last = this.#blocks.at(-1);
    if (last !== undefined && !last.full) return last;
    const found = this.#blocks.find(({ full }) => !full);
    if (found !== undefined) return found;
    const block = new RouteBlock(this.#origin);
    this.#blocks.push(block);
    return block;
  }

  /** After a row was given back. */
  tidy(block: RouteBlock): void {
    if (block.empty) this.#blocks = this.#blocks.filter((other) => other !== block);
  }
}
