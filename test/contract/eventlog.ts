import type {
  IConnectionCloseEvent,
  IConnectionOpenEvent,
  IConnectionUpgradeEvent,
  IHandlerErrorEvent,
  IProxyEvents,
  IRequestEvent,
  ITrafficEvent,
} from '../../ts/interfaces/events.js';
import type { MetricsAwareProxy } from '../../ts/proxy/index.js';

/** Everything that a wrapper told, in order. */
export class EventLog {
  readonly order: (keyof IProxyEvents)[] = [];
  readonly opens: IConnectionOpenEvent[] = [];
  readonly closes: IConnectionCloseEvent[] = [];
  readonly traffic: ITrafficEvent[] = [];
  readonly upgrades: IConnectionUpgradeEvent[] = [];
  readonly requests: IRequestEvent[] = [];
  readonly handlerErrors: IHandlerErrorEvent[] = [];
  started = 0;
  /** Connections that each event spoke of; a handler's error speaks of its route only. */
  readonly ids = new Set<number>();

  constructor(proxy: MetricsAwareProxy) {
    const keep = <K extends Exclude<keyof IProxyEvents, 'handler-error'>>(
      name: K,
      into: { push(event: IProxyEvents[K]): unknown },
    ): void => {
      proxy.on(name, (event) => {
        this.order.push(name);
        this.ids.add(event.connectionId);
        into.push(event);
      });
    };
    keep('connection-open', this.opens);
    keep('connection-close', this.closes);
    keep('traffic', this.traffic);
    keep('connection-upgrade', this.upgrades);
    keep('request', this.requests);
    keep('request-start', { push: () => this.started++ });
    proxy.on('handler-error', (event) => {
      this.order.push('handler-error');
      this.handlerErrors.push(event);
    });
  }
}
