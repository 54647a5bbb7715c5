/** Time is an argument. Both clocks in milliseconds. */
export interface IClock {
  /** Monotonic, fractional; its origin means nothing. For durations and rates. */
  now(): number;
  /** Unix time. For timestamps only. */
  wall(): number;
}

/** Whatever can take a line: `console`, pino, SmartLog through an adapter. */
export interface ILogger {
  warn(message: string): void;
}

/** How client addresses are kept: whole, as a prefix (/24, /48), or not at all. */
export type TPrivacy = 'full' | 'mask' | 'none';

export interface ILimits {
  /** Distinct routes; what comes after counts as `_overflow`. Default 1,000. */
  readonly routes?: number | undefined;
  /** Distinct DNS handler patterns; what comes after counts as `_overflow`. Default 200. */
  readonly dnsHandlers?: number | undefined;
}

export interface ITopListOptions {
  /** Entries kept for each list, which bounds memory and error. Default 2,048. */
  readonly capacity?: number | undefined;
  /** Entries shown by `getStats()`. Default 10. */
  readonly shown?: number | undefined;
}
