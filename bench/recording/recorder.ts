/** One way to record what happens, fed with the same things as the others. */
export interface IRecorder {
  /** Open, 3 samples of traffic, 2 requests, close: 9 things that happen. */
  life(id: number): void;
  /** Received, answered. */
  query(id: number): void;
}

/** What is told of each of them. */
export const EVENTS = { life: 9, query: 2 } as const;
