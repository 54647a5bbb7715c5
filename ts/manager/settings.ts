import { os } from '../plugins.js';
import type { IClock, ILimits, ILogger, ITopListOptions, TPrivacy } from '../interfaces/options.js';
import type { ISmartMetrics } from '../interfaces/smartmetrics.js';
import { invalidOption } from '../shared/errors.js';
import {
  choiceOption,
  clockOption,
  functionOption,
  integerOption,
  loggerOption,
  optionsObject,
  rejectUnknown,
} from '../shared/options.js';

export interface IMetricsManagerOptions {
  readonly limits?: ILimits | undefined;
  readonly topLists?: ITopListOptions | undefined;
  /** Default `full`. */
  readonly privacy?: TPrivacy | undefined;
  /** Default: the system's. */
  readonly clock?: IClock | undefined;
  /** Told of breached identities and failing sources, each once. Default: nobody. */
  readonly logger?: ILogger | undefined;
  /** Where process figures come from; default: Node. */
  readonly smartMetrics?: ISmartMetrics | undefined;
  /** Tells one process from another. Default: host name and process id. */
  readonly instance?: string | undefined;
}

/** The options, checked and complete. */
export interface IManagerSettings {
  readonly routeLimit: number;
  readonly handlerLimit: number;
  readonly capacity: number;
  readonly shown: number;
  readonly privacy: TPrivacy;
  readonly clock: IClock;
  readonly logger: ILogger | undefined;
  readonly smartMetrics: ISmartMetrics | undefined;
  readonly instance: string;
}

const OWNER = 'MetricsManager';
const DEFAULT_ROUTES = 1_000;
const DEFAULT_HANDLERS = 200;
/** With half of it a flood of random names, ten times the real ones, is where the real top 10 begins to go under. */
const DEFAULT_CAPACITY = 2_048;
const DEFAULT_SHOWN = 10;
/** Above this a top list costs more memory than the traffic it describes is worth. */
const MAX_CAPACITY = 100_000;

/** Throws `ERR_OPTION_INVALID` or `ERR_OPTION_UNKNOWN`. */
export function managerSettings(options: IMetricsManagerOptions): IManagerSettings {
  optionsObject(OWNER, options);
  rejectUnknown(OWNER, options, ['limits', 'topLists', 'privacy', 'clock', 'logger', 'smartMetrics', 'instance']);
  optionsObject(`${OWNER} limits`, options.limits);
  const limits = options.limits ?? {};
  rejectUnknown(`${OWNER} limits`, limits, ['routes', 'dnsHandlers']);
  optionsObject(`${OWNER} topLists`, options.topLists);
  const topLists = options.topLists ?? {};
  rejectUnknown(`${OWNER} topLists`, topLists, ['capacity', 'shown']);
  const capacity = integerOption('topLists.capacity', topLists.capacity, DEFAULT_CAPACITY, 1, MAX_CAPACITY);
  if (options.smartMetrics !== undefined) {
    const { getMetrics } = options.smartMetrics ?? {};
    functionOption('smartMetrics.getMetrics', getMetrics);
  }
  const instance = options.instance ?? `${os.hostname()}:${process.pid}`;
  if (typeof instance !== 'string' || instance === '') throw invalidOption('instance', 'a text', instance);
  return {
    routeLimit: integerOption('limits.routes', limits.routes, DEFAULT_ROUTES, 1, 1_000_000),
    handlerLimit: integerOption('limits.dnsHandlers', limits.dnsHandlers, DEFAULT_HANDLERS, 1, 1_000_000),
    capacity,
    shown: integerOption('topLists.shown', topLists.shown, DEFAULT_SHOWN, 1, capacity),
    privacy: choiceOption('privacy', options.privacy, 'full', ['full', 'mask', 'none']),
    clock: clockOption(options.clock),
    logger: loggerOption(options.logger),
    smartMetrics: options.smartMetrics,
    instance,
  };
}
