import type { IRouteConfig, TSocketHandler } from '../interfaces/smartproxy.js';
import { invalidOption } from '../shared/errors.js';
import { routeKey } from '../shared/routekey.js';
import { forwardHandler, type IForwardHooks } from './forward.js';
import type { IRoute } from './route.js';
import {
  checkAddresses,
  checkDomains,
  checkNames,
  checkPorts,
  checkShape,
  checkTargets,
  checkTls,
  failOf,
} from './routecheck.js';

/** Checks every route before anything is opened. `hooksFor` tells where a forward's counts go. */
export function compileRoutes(
  configs: readonly IRouteConfig[],
  hooksFor: (key: string) => IForwardHooks,
): readonly IRoute[] {
  const list: unknown = configs;
  if (!Array.isArray(list)) throw invalidOption('routes', 'a list of routes', list);
  configs.forEach(checkShape);
  checkNames(configs);
  return configs.map((config, index) => compile(config, index, hooksFor));
}

function compile(config: IRouteConfig, index: number, hooksFor: (key: string) => IForwardHooks): IRoute {
  const fail = failOf(config, index);
  const { match, action } = config;
  const key = routeKey(config);
  const termination = checkTls(fail, action.tls);
  let base: TSocketHandler;
  let nextTarget: IRoute['nextTarget'] = () => null;
  if (action.type === 'forward') {
    const targets = checkTargets(fail, action.targets);
    let turn = 0;
    nextTarget = () => targets[turn++ % targets.length] ?? null;
    base = forwardHandler(targets, hooksFor(key));
  } else if (action.type === 'socket-handler') {
    if (typeof action.socketHandler !== 'function')
      throw fail('action.socketHandler', 'a function', action.socketHandler);
    base = action.socketHandler;
  } else {
    throw fail('action.type', '"forward" or "socket-handler"', action.type);
  }
  return {
    config,
    key,
    priority: config.priority ?? 0,
    ports: checkPorts(fail, match.ports),
    domains: checkDomains(fail, match.domains),
    clientIp: checkAddresses(fail, match.clientIp),
    tls: action.tls === undefined ? null : termination === null ? 'passthrough' : 'terminate',
    secureContext: termination?.secureContext ?? null,
    certificateExpiresAt: termination?.expiresAt ?? null,
    base,
    handler: base,
    nextTarget,
  };
}
