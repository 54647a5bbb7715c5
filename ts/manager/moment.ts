/** One moment: monotonic ms, and the wall time in ms that belongs to it. */
export interface IMoment {
  readonly now: number;
  readonly takenAt: number;
}
