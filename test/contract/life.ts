import type { TCloseReason, TConnectionType } from '../../ts/interfaces/events.js';
import type { ITestHost, THandler } from '../helpers/hosts/host.js';
import type { Run } from './run.js';

/** One row of the table. */
export interface ILife {
  readonly name: string;
  /** The client speaks first: a host that reads a first chunk before the hand-over can do so. */
  readonly firstChunk: boolean;
  /** The host terminates TLS. */
  readonly tls?: boolean;
  serve(run: Run): THandler;
  /** Plays the client, to its end. */
  play(run: Run, port: number): Promise<void>;
  readonly reasons: readonly TCloseReason[] | ((host: ITestHost) => readonly TCloseReason[]);
  readonly reaped: (host: ITestHost) => boolean;
  readonly type: TConnectionType;
  /** Cut off with bytes still queued: they are known within bounds, and transcripts up to the cut. */
  readonly cut?: boolean;
  /** A pass in the middle of the life finds it half-open. */
  readonly halfOpen?: boolean;
  /** How often the wrapper tells of a failing handler. Default: never. */
  readonly handlerErrors?: (host: ITestHost) => number;
  /** Status codes of its requests in the order of their ends; `null`: aborted. */
  readonly requests?: readonly (number | null)[];
  readonly upgrades?: readonly string[];
  /** Why this life makes no sense on a host. */
  readonly impossible?: (host: ITestHost) => string | undefined;
}

/** A relay drops its other side when a client resets: there it looks like an end. */
export const afterReset = (host: ITestHost): readonly TCloseReason[] => [host.relayed ? 'client-end' : 'client-reset'];
