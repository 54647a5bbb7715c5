import { type IMetricsAwareDnsOptions, MetricsAwareDns } from '../dns/index.js';
import type { ILogger } from '../interfaces/options.js';
import type { IDnsServer } from '../interfaces/smartdns.js';
import type { ISmartMetrics } from '../interfaces/smartmetrics.js';
import type { IProxyHost, IWrappableRoute } from '../interfaces/smartproxy.js';
import type { ITypedRouter } from '../interfaces/typedrouter.js';
import { MetricsManager } from '../manager/classes.metricsmanager.js';
import type { IMetricsManagerOptions } from '../manager/settings.js';
import { type IOpsServerOptions, type IRegisterOptions, OpsHandler, OpsServer } from '../ops/index.js';
import { type IPrometheusExporterOptions, PrometheusExporter } from '../prometheus/index.js';
import { type IMetricsAwareProxyOptions, MetricsAwareProxy, type TByteBase } from '../proxy/index.js';
import { invalidOption, RoutemeterError } from '../shared/errors.js';
import { arrayOption, optionsObject, rejectUnknown } from '../shared/options.js';

/** The parts of a dcrouter, or of anything built of the same packages. Each is optional; at least one is needed. */
export interface IRouterParts {
  readonly smartProxy?: IProxyHost | undefined;
  /** What the proxy routes at the first start; default `smartProxy.settings.routes` as it is at each start. */
  readonly routes?: readonly IWrappableRoute[] | undefined;
  readonly dnsServer?: IDnsServer | undefined;
  readonly smartMetrics?: ISmartMetrics | undefined;
  /** Where the figures are asked for as typed requests, such as the router of dcrouter's own OpsServer. */
  readonly typedRouter?: ITypedRouter | undefined;
}

export interface IObserveRouterOptions {
  readonly manager?: Omit<IMetricsManagerOptions, 'smartMetrics' | 'logger'> | undefined;
  readonly proxy?: (Omit<IMetricsAwareProxyOptions, 'logger'> & { readonly base?: TByteBase | undefined }) | undefined;
  /** With a `front` start and stop DNS by the `dns` that is returned, which starts and stops the server with it. */
  readonly dns?: Omit<IMetricsAwareDnsOptions, 'server' | 'logger'> | undefined;
  readonly prometheus?: IPrometheusExporterOptions | undefined;
  /** Where figures are served; `false`: nowhere. */
  readonly ops?: Omit<IOpsServerOptions, 'source' | 'exporter' | 'events' | 'privacy' | 'logger'> | false | undefined;
  /** Who may ask through `typedRouter`; needed with it. */
  readonly typedRouter?: IRegisterOptions | undefined;
  readonly logger?: ILogger | undefined;
}

/** Everything that observes one router. `null`: that part was not given. */
export interface IObservedRouter {
  readonly manager: MetricsManager;
  readonly proxy: MetricsAwareProxy | null;
  readonly dns: MetricsAwareDns | null;
  readonly ops: OpsServer | null;
  /**
   * Wraps the proxy's routes (one `updateRoutes` call; an EmbeddedProxy's are wrapped already) and serves the figures.
   * It does not start what it observes. Idempotent; on failure everything is given back and the error thrown: no route
   * of the proxy is touched where the figures cannot be served.
   */
  start(): Promise<void>;
  /**
   * Gives everything back: methods, listeners, timers, the port. What it observed runs on, with the handlers that are
   * wrapped: they pass through, and figures stay as they are. Idempotent; may be started again.
   */
  stop(): Promise<void>;
}

/**
 * Composes all of it into a router in one call.
 *
 * @throws ERR_ROUTES_UNKNOWN where the proxy's routes can neither be read nor were given; ERR_OPTION_INVALID where
 *   there is nothing to observe; and what the parts' own constructors throw.
 */
export function observeRouter(parts: IRouterParts, options: IObserveRouterOptions = {}): IObservedRouter {
  optionsObject('observeRouter', parts ?? null);
  rejectUnknown('observeRouter', parts, ['smartProxy', 'routes', 'dnsServer', 'smartMetrics', 'typedRouter']);
  optionsObject('observeRouter', options);
  rejectUnknown('observeRouter', options, ['manager', 'proxy', 'dns', 'prometheus', 'ops', 'typedRouter', 'logger']);
  for (const part of ['manager', 'proxy', 'dns', 'prometheus', 'ops', 'typedRouter'] as const) {
    if (part !== 'ops' || options.ops !== false) optionsObject(`observeRouter ${part}`, options[part]);
  }
  const { smartProxy, dnsServer, smartMetrics, typedRouter } = parts;
  const { logger } = options;
  checkParts(parts);
  if (options.dns !== undefined && dnsServer === undefined) {
    throw new RoutemeterError('ERR_OPTION_INVALID', 'option "dns" belongs to "dnsServer": give both');
  }
  if ((typedRouter === undefined) !== (options.typedRouter === undefined)) {
    const rule =
      'set together with the part "typedRouter": { guard } says who may ask, { guard: false } that anybody may';
    throw invalidOption('typedRouter', rule, options.typedRouter);
  }
  const manager = new MetricsManager({ ...options.manager, smartMetrics, logger });
  const exporter = new PrometheusExporter(manager, options.prometheus);
  const { base, ...proxyOptions } = options.proxy ?? {};
  const proxy = smartProxy === undefined ? null : new MetricsAwareProxy({ ...proxyOptions, logger });
  const dns = dnsServer === undefined ? null : new MetricsAwareDns({ ...options.dns, logger });
  const events = [proxy, dns].filter((one) => one !== null);
  const { privacy } = options.manager ?? {};
  const served = { source: manager, exporter, events, privacy, logger };
  const ops = options.ops === false ? null : new OpsServer({ ...options.ops, ...served });
  const register = (): (() => boolean) | null => {
    if (typedRouter === undefined || options.typedRouter === undefined) return null;
    return (ops ?? new OpsHandler(served)).registerOn(typedRouter, options.typedRouter);
  };
  let unregister: (() => boolean) | null = null;
  // Nothing is touched before everything was accepted.
  if (proxy !== null) manager.observe(proxy);
  if (dns !== null) manager.observe(dns);
  const detach = (): void => {
    proxy?.detach();
    dns?.detach();
    // A router that takes no handler off keeps ours, which go on answering.
    if (unregister?.() === true) unregister = null;
  };
  const attach = (): void => {
    try {
      unregister ??= register();
      if (proxy !== null && smartProxy !== undefined) proxy.attach(smartProxy, { base });
      if (dns !== null && dnsServer !== undefined) dns.attach(dnsServer);
    } catch (error) {
      detach();
      throw error;
    }
  };
  attach();
  const routesToWrap = (first: boolean): readonly IWrappableRoute[] | null => {
    if (smartProxy === undefined) return null;
    // Given ones are those of the first start: later the host has what it was told since.
    return routesOf(smartProxy, first ? parts.routes : undefined, parts.routes);
  };
  return compose({ manager, proxy, dns, ops, exporter, routesToWrap, attach, detach });
}

interface IComposition {
  readonly manager: MetricsManager;
  readonly proxy: MetricsAwareProxy | null;
  readonly dns: MetricsAwareDns | null;
  readonly ops: OpsServer | null;
  readonly exporter: PrometheusExporter;
  /** Asked at each start; `null` where the host has its handlers wrapped by itself. */
  routesToWrap(first: boolean): readonly IWrappableRoute[] | null;
  attach(): void;
  detach(): void;
}

function compose(parts: IComposition): IObservedRouter {
  const { manager, proxy, dns, ops, exporter } = parts;
  let attached = true;
  let running = false;
  let first = true;
  let last: Promise<void> = Promise.resolve();
  /** One after the other: a stop during a start comes after it. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const stop = async (): Promise<void> => {
    running = false;
    await ops?.stop();
    exporter.stop();
    await manager.stop();
    if (!attached) return;
    attached = false;
    parts.detach();
  };
  const start = async (): Promise<void> => {
    if (running) return;
    try {
      if (!attached) parts.attach();
      attached = true;
      exporter.start();
      // What can fail for reasons of ours comes before the host is given anything.
      await ops?.start();
      const routes = parts.routesToWrap(first);
      if (proxy !== null && routes !== null) await proxy.updateRoutes(routes);
      first = false;
      await manager.start();
      running = true;
    } catch (error) {
      await stop();
      throw error;
    }
  };
  return { manager, proxy, dns, ops, start: () => inTurn(start), stop: () => inTurn(stop) };
}

function checkParts({ smartProxy, routes, dnsServer }: IRouterParts): void {
  if (smartProxy === undefined) {
    if (routes !== undefined) {
      throw new RoutemeterError(
        'ERR_OPTION_INVALID',
        'option "routes" belongs to "smartProxy": give both, or wrap the routes with MetricsAwareProxy.wrapRoutes()',
      );
    }
    if (dnsServer === undefined) {
      throw new RoutemeterError('ERR_OPTION_INVALID', 'observeRouter needs "smartProxy", "dnsServer" or both');
    }
    return;
  }
  if (typeof smartProxy !== 'object' || (smartProxy as unknown) === null) {
    throw invalidOption('smartProxy', 'a SmartProxy or anything of its shape', smartProxy);
  }
  if (routes !== undefined) arrayOption('routes', routes);
  routesOf(smartProxy, routes, undefined);
}

/**
 * The routes to wrap: the given ones, else what the host says it has, else a fallback; `null` where none need to be.
 *
 * @throws ERR_ROUTES_UNKNOWN
 */
function routesOf(
  smartProxy: IProxyHost,
  given: readonly IWrappableRoute[] | undefined,
  fallback: readonly IWrappableRoute[] | undefined,
): readonly IWrappableRoute[] | null {
  // An EmbeddedProxy hands over its handlers itself, now and after each update.
  if ('wrapHandlers' in smartProxy && given === undefined) return null;
  const known = given ?? smartProxy.settings?.routes ?? fallback;
  if (!Array.isArray(known)) {
    throw new RoutemeterError(
      'ERR_ROUTES_UNKNOWN',
      'the routes of "smartProxy" are unknown (it has no settings.routes): pass them as "routes", ' +
        'or construct it with MetricsAwareProxy.wrapRoutes(routes) and pass that as "routes"',
    );
  }
  return known as readonly IWrappableRoute[];
}
