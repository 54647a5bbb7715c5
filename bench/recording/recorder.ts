/** One way to record what happens, fed with the same things as the others. */
export interface IRecorder {
  /** Open, 3 samples of traffic, 2 requests, close. */
  life(id: number): void;
  query(id: number): void;
}
