import type { TRouterEventName } from '../interfaces/events.js';
import { DnsState } from './classes.dnsstate.js';
import { ProxyState } from './classes.proxystate.js';
import type { IManagerSettings } from './settings.js';

/** All that events change. */
export class State {
  readonly settings: IManagerSettings;
  /** When the manager was constructed: monotonic and wall time in ms. */
  readonly origin: number;
  readonly startedAt: number;
  readonly proxy: ProxyState;
  readonly dns: DnsState;
  readonly events: Record<TRouterEventName, number> = {
    'connection-open': 0,
    'connection-upgrade': 0,
    'request-start': 0,
    request: 0,
    traffic: 0,
    'connection-close': 0,
    'handler-error': 0,
    'query-received': 0,
    'query-answered': 0,
    'query-dropped': 0,
    'packet-rejected': 0,
    cache: 0,
  };

  constructor(settings: IManagerSettings) {
    this.settings = settings;
    this.origin = settings.clock.now();
    this.startedAt = settings.clock.wall();
    this.proxy = new ProxyState(settings, this.origin);
    this.dns = new DnsState(settings, this.origin);
  }
}
