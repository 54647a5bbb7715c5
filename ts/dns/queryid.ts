let last = 0;

/** Unique in this process. */
export const nextQueryId = (): number => ++last;
