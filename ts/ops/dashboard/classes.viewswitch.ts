import type { ILocation, TViewName } from './hash.js';
import type { IView, IViewContext } from './view.js';
import { ConnectionsView } from './views/connections.js';
import { DnsView } from './views/dns.js';
import { EventsView } from './views/events.js';
import { OverviewView } from './views/overview.js';
import { RouteView } from './views/route.js';
import { RoutesView } from './views/routes.js';
import { SystemView } from './views/system.js';

const MAKE: Readonly<Record<TViewName, (context: IViewContext, location: ILocation) => IView>> = {
  overview: (context) => new OverviewView(context),
  routes: (context, { route }) => (route === null ? new RoutesView(context) : new RouteView(context, route)),
  dns: () => new DnsView(),
  connections: (context, location) => new ConnectionsView(context, location),
  events: (context, location) => new EventsView(context, location),
  system: (context) => new SystemView(context),
};

/** Which view is shown. One that is left gives everything back, and begins anew when it is shown again. */
export class ViewSwitch {
  readonly #context: IViewContext;
  #shown: { readonly location: ILocation; readonly view: IView } | null = null;

  constructor(context: IViewContext) {
    this.#context = context;
  }

  get current(): IView | undefined {
    return this.#shown?.view;
  }

  show(location: ILocation): void {
    const before = this.#shown;
    if (before !== null && before.location.view === location.view && before.location.route === location.route) {
      this.#shown = { location, view: before.view };
      before.view.moved?.(location);
      return;
    }
    this.leave();
    const view = MAKE[location.view](this.#context, location);
    this.#shown = { location, view };
    view.enter?.();
  }

  leave(): void {
    this.#shown?.view.leave?.();
    this.#shown = null;
  }
}
