import type { IRouteConfig, IRouteTarget, IRouteTls, TPortRange } from '../interfaces/smartproxy.js';
import { describe, RoutemeterError } from '../shared/errors.js';
import { RESERVED_ROUTES } from '../shared/labels.js';
import { routeKey } from '../shared/routekey.js';
import { ADDRESS_RULE, addressMatcher, isAddressPattern, type TAddressMatcher } from './addresses.js';
import { crypto, tls } from './plugins.js';

/** Names one route in errors: its key where it has one, and its place. */
export type TFail = (field: string, rule: string, value: unknown) => RoutemeterError;

export function failOf(config: IRouteConfig, index: number): TFail {
  const name = config.name ?? config.id;
  const route = name === undefined ? `route ${index}` : `route "${name}"`;
  return (field, rule, value) =>
    new RoutemeterError('ERR_ROUTE_INVALID', `${route}: ${field} must be ${rule}, not ${describe(value)}`);
}

/**
 * Refuses what is not honoured here. A route that SmartProxy would restrict (by path, headers or `security`) must not
 * be served without that restriction.
 */
export function checkShape(config: IRouteConfig, index: number): void {
  const fail = failOf(isObject(config) ? config : ({} as IRouteConfig), index);
  if (!isObject(config)) throw fail('a route', 'an object', config);
  known(fail, 'route', config, ['name', 'id', 'match', 'action', 'priority', 'description', 'tags']);
  for (const field of ['name', 'id'] as const) {
    const value: unknown = config[field];
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw fail(field, 'a text', value);
  }
  if (!isObject(config.match)) throw fail('match', 'an object', config.match);
  if (!isObject(config.action)) throw fail('action', 'an object', config.action);
  known(fail, 'match', config.match, ['ports', 'domains', 'clientIp']);
  known(fail, 'action', config.action, ['type', 'targets', 'tls', 'socketHandler']);
  if (config.priority !== undefined && !Number.isFinite(config.priority)) {
    throw fail('priority', 'a number', config.priority);
  }
}

function known(fail: TFail, owner: string, object: object, fields: readonly string[]): void {
  for (const [field, value] of Object.entries(object)) {
    if (value === undefined || fields.includes(field)) continue;
    const path = owner === 'route' ? field : `${owner}.${field}`;
    const rule = `absent (EmbeddedProxy honours ${fields.join(', ')} there; SmartProxy is the production host)`;
    throw fail(path, rule, value);
  }
}

export function checkNames(routes: readonly IRouteConfig[]): void {
  const seen = new Set<string>();
  for (const route of routes) {
    const key = routeKey(route);
    if (RESERVED_ROUTES.includes(key)) {
      throw new RoutemeterError('ERR_ROUTE_RESERVED', `route name "${key}" is reserved`);
    }
    if (route.name === undefined && route.id === undefined) continue;
    if (seen.has(key)) throw new RoutemeterError('ERR_ROUTE_DUPLICATE', `route name "${key}" is used twice`);
    seen.add(key);
  }
}

export function checkPorts(fail: TFail, ports: TPortRange): Set<number> {
  const bad = (value: unknown): RoutemeterError =>
    fail('match.ports', 'a port from 0 to 65535, a list of ports, or ranges { from, to }', value);
  const found = new Set<number>();
  const list: readonly unknown[] = Array.isArray(ports) ? ports : [ports];
  for (const item of list) {
    if (isPort(item, 0)) {
      found.add(item);
    } else if (isObject(item) && 'from' in item && 'to' in item && isPort(item.from, 1) && isPort(item.to, item.from)) {
      for (let port = item.from; port <= item.to; port++) found.add(port);
    } else {
      throw bad(item);
    }
  }
  if (found.size === 0) throw bad(ports);
  return found;
}

export function checkDomains(fail: TFail, domains: IRouteConfig['match']['domains']): string[] {
  if (domains === undefined) return [];
  const list: readonly unknown[] = Array.isArray(domains) ? domains : [domains];
  if (list.length === 0) throw fail('match.domains', 'a domain or a list of domains', domains);
  return list.map((domain) => {
    if (typeof domain !== 'string' || !/^[^\s/*]*\*?[^\s/*]*$/.test(domain) || domain === '') {
      throw fail('match.domains', 'domains with at most one "*"', domain);
    }
    return domain.toLowerCase().replace(/\.$/, '');
  });
}

export function checkAddresses(fail: TFail, addresses: readonly string[] | undefined): TAddressMatcher | null {
  if (addresses === undefined) return null;
  if (!Array.isArray(addresses) || addresses.length === 0) {
    throw fail('match.clientIp', 'a list with at least one address', addresses);
  }
  for (const [index, address] of addresses.entries()) {
    if (!isAddressPattern(address)) throw fail(`match.clientIp[${index}]`, ADDRESS_RULE, address);
  }
  return addressMatcher(addresses);
}

export function checkTargets(fail: TFail, targets: readonly IRouteTarget[] | undefined): readonly IRouteTarget[] {
  const rule = 'a list of { host, port } with at least one';
  if (!Array.isArray(targets) || targets.length === 0) throw fail('action.targets', rule, targets);
  return targets.map((target: IRouteTarget, index) => {
    if (!isObject(target)) throw fail(`action.targets[${index}]`, '{ host, port }', target);
    const { host, port } = target;
    if (typeof host !== 'string' || host === '') throw fail(`action.targets[${index}].host`, 'a host name', host);
    if (!isPort(port, 1)) throw fail(`action.targets[${index}].port`, 'a port from 1 to 65535', port);
    return { host, port };
  });
}

export interface ITermination {
  readonly secureContext: tls.SecureContext;
  readonly expiresAt: number;
}

/** `null`: nothing to terminate. */
export function checkTls(fail: TFail, config: IRouteTls | undefined): ITermination | null {
  if (config === undefined) return null;
  if (!isObject(config)) throw fail('action.tls', 'an object', config);
  known(fail, 'action.tls', config, ['mode', 'certificate']);
  if (config.mode === 'passthrough') return null;
  if (config.mode !== 'terminate') {
    const rule = '"passthrough" or "terminate" (SmartProxy, the production host, knows "terminate-and-reencrypt")';
    throw fail('action.tls.mode', rule, config.mode);
  }
  const { certificate } = config;
  const rule = '{ key, cert } in PEM (SmartProxy, the production host, gets certificates by itself)';
  const bad = (reason = '', cause?: unknown): RoutemeterError =>
    new RoutemeterError('ERR_CERTIFICATE', `${fail('action.tls.certificate', rule, certificate).message}${reason}`, {
      cause,
    });
  if (!isObject(certificate)) throw bad();
  const { key, cert } = certificate as { key: unknown; cert: unknown };
  // Node takes an empty key and certificate without a word, and fails every handshake.
  if (typeof key !== 'string' || typeof cert !== 'string' || !key.includes('-----') || !cert.includes('-----')) {
    throw bad(' without PEM in both');
  }
  try {
    const expiresAt = Date.parse(new crypto.X509Certificate(cert).validTo);
    return { secureContext: tls.createSecureContext({ key, cert }), expiresAt };
  } catch (error) {
    throw bad(` that Node refuses: ${String(error)}`, error);
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isPort = (value: unknown, min: number): value is number =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= 65_535;
