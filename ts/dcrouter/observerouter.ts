import { MetricsAwareDns } from '../dns/index.js';
import type { ILogger } from '../interfaces/options.js';
import type { IDnsServer } from '../interfaces/smartdns.js';
import type { ISmartMetrics } from '../interfaces/smartmetrics.js';
import type { IProxyHost, IWrappableRoute } from '../interfaces/smartproxy.js';
import { MetricsManager } from '../manager/classes.metricsmanager.js';
import type { IMetricsManagerOptions } from '../manager/settings.js';
import { type IOpsServerOptions, OpsServer } from '../ops/index.js';
import { type IPrometheusExporterOptions, PrometheusExporter } from '../prometheus/index.js';
import { type IMetricsAwareProxyOptions, MetricsAwareProxy, type TByteBase } from '../proxy/index.js';
import { RoutemeterError } from '../shared/errors.js';
import { optionsObject, rejectUnknown } from '../shared/options.js';

/** The parts of a dcrouter, or of anything built of the same packages. Each is optional; at least one is needed. */
export interface IRouterParts {
  readonly smartProxy?: IProxyHost | undefined;
  /** What the proxy routes; default `smartProxy.settings.routes`. */
  readonly routes?: readonly IWrappableRoute[] | undefined;
  readonly dnsServer?: IDnsServer | undefined;
  readonly smartMetrics?: ISmartMetrics | undefined;
}

export interface IObserveRouterOptions {
  readonly manager?: Omit<IMetricsManagerOptions, 'smartMetrics' | 'logger'> | undefined;
  readonly proxy?: (Omit<IMetricsAwareProxyOptions, 'logger'> & { readonly base?: TByteBase | undefined }) | undefined;
  readonly prometheus?: IPrometheusExporterOptions | undefined;
  /** Where figures are served; `false`: nowhere. */
  readonly ops?: Omit<IOpsServerOptions, 'source' | 'exporter'> | false | undefined;
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
   * It does not start what it observes. Idempotent; on failure everything is given back and the error thrown.
   */
  start(): Promise<void>;
  /** Gives everything back: methods, listeners, timers, the port. What it observed runs on. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Composes all of it into a router in one call.
 *
 * @throws ERR_ROUTES_UNKNOWN where the proxy's routes can neither be read nor were given; ERR_OPTION_INVALID where
 *   there is nothing to observe; and what the parts' own constructors throw.
 */
export function observeRouter(parts: IRouterParts, options: IObserveRouterOptions = {}): IObservedRouter {
  optionsObject('observeRouter', parts);
  rejectUnknown('observeRouter', parts, ['smartProxy', 'routes', 'dnsServer', 'smartMetrics']);
  optionsObject('observeRouter', options);
  rejectUnknown('observeRouter', options, ['manager', 'proxy', 'prometheus', 'ops', 'logger']);
  const { smartProxy, dnsServer, smartMetrics } = parts;
  const { logger } = options;
  const routes = checkParts(parts);
  const manager = new MetricsManager({ ...options.manager, smartMetrics, logger });
  const exporter = new PrometheusExporter(manager, options.prometheus);
  const ops = options.ops === false ? null : new OpsServer({ ...options.ops, source: manager, exporter });
  const { base, ...proxyOptions } = options.proxy ?? {};
  const proxy = smartProxy === undefined ? null : new MetricsAwareProxy({ ...proxyOptions, logger });
  const dns = dnsServer === undefined ? null : new MetricsAwareDns({ logger });
  // Nothing is touched before everything was accepted.
  if (proxy !== null) manager.observe(proxy);
  if (dns !== null) manager.observe(dns);
  const attach = (): void => {
    if (proxy !== null && smartProxy !== undefined) proxy.attach(smartProxy, { base });
    if (dns !== null && dnsServer !== undefined) dns.attach(dnsServer);
  };
  attach();
  return compose({ manager, proxy, dns, ops, exporter, routes, attach });
}

interface IComposition {
  readonly manager: MetricsManager;
  readonly proxy: MetricsAwareProxy | null;
  readonly dns: MetricsAwareDns | null;
  readonly ops: OpsServer | null;
  readonly exporter: PrometheusExporter;
  /** To be wrapped when starting; `null` where the host has its handlers wrapped by itself. */
  readonly routes: readonly IWrappableRoute[] | null;
  attach(): void;
}

function compose({ manager, proxy, dns, ops, exporter, routes, attach }: IComposition): IObservedRouter {
  let attached = true;
  let running = false;
  const stop = async (): Promise<void> => {
    running = false;
    await ops?.stop();
    exporter.stop();
    await manager.stop();
    if (!attached) return;
    attached = false;
    proxy?.detach();
    dns?.detach();
  };
  const start = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      if (!attached) attach();
      attached = true;
      await manager.start();
      if (proxy !== null && routes !== null) await proxy.updateRoutes(routes);
      await ops?.start();
    } catch (error) {
      await stop();
      throw error;
    }
  };
  return { manager, proxy, dns, ops, start, stop };
}

/** The routes to wrap when starting; `null` where none need to be. */
function checkParts({ smartProxy, routes, dnsServer }: IRouterParts): readonly IWrappableRoute[] | null {
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
    return null;
  }
  // An EmbeddedProxy hands over its handlers itself, now and after each update.
  if ('wrapHandlers' in smartProxy && routes === undefined) return null;
  const known = routes ?? smartProxy.settings?.routes;
  if (!Array.isArray(known)) {
    throw new RoutemeterError(
      'ERR_ROUTES_UNKNOWN',
      'the routes of "smartProxy" are unknown (it has no settings.routes): pass them as "routes", ' +
        'or construct it with MetricsAwareProxy.wrapRoutes(routes) and pass that as "routes"',
    );
  }
  return known as readonly IWrappableRoute[];
}
