import { TopList } from '../../ts/manager/classes.toplist.js';

const DISTINCT = 1_000_000;
const MADE = 10_000;
const CAPACITY = 2_048;

/** One update of a list for each call of `update`, which is given where to find its name. */
export interface IListCase {
  readonly below: number;
  update(index: number): void;
}

export interface ILists {
  /** Of names that are made for each update, as a packet's are. */
  readonly fresh: IListCase;
  /** Their making alone. */
  readonly making: IListCase;
  /** Of a million names that are held. */
  readonly held: IListCase;
}

export function lists(): ILists {
  const names = Array.from({ length: DISTINCT }, (_unused, index) => `name-${index}.example.test`);
  const octets = names.slice(0, MADE).map((name) => Buffer.from(name));
  const [ofFresh, ofNone, ofHeld] = [new TopList(CAPACITY, 10), new TopList(CAPACITY, 10), new TopList(CAPACITY, 10)];
  const made = (index: number): string => octets[index]?.toString('latin1') ?? '';
  return {
    fresh: { below: MADE, update: (index) => ofFresh.add(made(index)) },
    making: { below: MADE, update: (index) => ofNone.add(made(index), 0) },
    held: { below: DISTINCT, update: (index) => ofHeld.add(names[index] ?? '') },
  };
}

/** Zipf's law: the nth of them as often as 1/n. */
export const picks = (times: number, below: number): number[] =>
  Array.from({ length: times }, () => Math.floor(below ** Math.random()) - 1);
