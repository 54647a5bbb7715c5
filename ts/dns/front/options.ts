import { invalidOption, RoutemeterError } from '../../shared/errors.js';
import { integerOption, optionsObject, rejectUnknown } from '../../shared/options.js';
import { net } from '../plugins.js';
import { type IFrontAddress, listOf, readAddress } from './address.js';
import { AnswerCache, type IAnswerCacheOptions } from './cache/classes.answercache.js';
import type { IConnectionLimits } from './classes.connectionlimit.js';
import type { IListenAddress } from './classes.udplistener.js';
import type { IUpstreamAddress } from './classes.upstreamsocket.js';
import type { IDohAddress } from './doh/classes.dohlistener.js';
import { type IFrontDohAddress, readDohAddress } from './doh/options.js';

const DEFAULT_TIMEOUT_MS = 2_000;
const DEFAULT_MAX_IN_FLIGHT = 10_000;
const DEFAULT_CONNECTIONS = 1_000;
const DEFAULT_CONNECTIONS_PER_CLIENT = 50;
const DEFAULT_IDLE_MS = 10_000;

export interface IDnsFrontOptions {
  readonly udp?: readonly IFrontAddress[] | undefined;
  readonly tcp?: readonly IFrontAddress[] | undefined;
  /** DNS over HTTPS (RFC 8484), HTTP/1.1 and HTTP/2; `[]` where `dohSocketHandler` alone is to serve it. */
  readonly doh?: readonly IFrontDohAddress[] | undefined;
  /** The server's own UDP address, on loopback. */
  readonly upstream: IFrontAddress;
  /** After which a query is answered with SERVFAIL. Default 2,000. */
  readonly timeoutMs?: number | undefined;
  /** Queries in flight, past which more are dropped and counted. Default 10,000. */
  readonly maxInFlight?: number | undefined;
  /** TCP and HTTPS connections of all clients, for each address. Default 1,000. */
  readonly maxConnections?: number | undefined;
  /** TCP and HTTPS connections of one client, for each address. Default 50. */
  readonly maxConnectionsPerClient?: number | undefined;
  /** After which a TCP or HTTPS connection without a whole query is closed. Default 10,000. */
  readonly tcpIdleMs?: number | undefined;
}

/** Opt-in. Answers are repeated to clients until their TTL ends: handlers then see fewer calls. */
export interface IDnsCacheOptions extends IAnswerCacheOptions {
  /** Identical questions in flight are asked once. Default false. */
  readonly coalesce?: boolean | undefined;
}

export interface IFrontSettings {
  readonly udp: readonly IListenAddress[];
  readonly tcp: readonly IListenAddress[];
  readonly doh: readonly IDohAddress[];
  readonly upstream: IUpstreamAddress;
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly limits: IConnectionLimits;
  readonly idleMs: number;
  readonly cache: AnswerCache | null;
  readonly coalesce: boolean;
}

const KNOWN = [
  'udp', 'tcp', 'doh', 'upstream', 'timeoutMs', 'maxInFlight', 'maxConnections', 'maxConnectionsPerClient', 'tcpIdleMs',
]; // prettier-ignore

/** Throws for a wiring mistake; `ERR_FRONT_UPSTREAM` where `upstream` cannot be the server's own loopback address. */
export function frontSettings(options: IDnsFrontOptions, cacheOptions?: IDnsCacheOptions): IFrontSettings {
  optionsObject('front', options);
  rejectUnknown('front', options, KNOWN);
  const udp = listOf('front.udp', options.udp ?? [], readAddress);
  const tcp = listOf('front.tcp', options.tcp ?? [], readAddress);
  const doh = listOf('front.doh', options.doh ?? [], readDohAddress);
  if (udp.length + tcp.length === 0 && options.doh === undefined) {
    throw invalidOption('front', 'given an address in udp, tcp or doh', options.udp);
  }
  optionsObject('cache', cacheOptions);
  const { coalesce = false, ...kept } = cacheOptions ?? {};
  if (typeof coalesce !== 'boolean') throw invalidOption('cache.coalesce', 'true or false', coalesce);
  return {
    udp,
    tcp,
    doh,
    upstream: upstreamAddress(options.upstream, udp),
    timeoutMs: integerOption('front.timeoutMs', options.timeoutMs, DEFAULT_TIMEOUT_MS, 1, 60_000),
    maxInFlight: integerOption('front.maxInFlight', options.maxInFlight, DEFAULT_MAX_IN_FLIGHT, 1, 60_000),
    limits: {
      connections: integerOption('front.maxConnections', options.maxConnections, DEFAULT_CONNECTIONS, 1, 100_000),
      connectionsPerClient: integerOption(
        'front.maxConnectionsPerClient',
        options.maxConnectionsPerClient,
        DEFAULT_CONNECTIONS_PER_CLIENT,
        1,
        100_000,
      ),
    },
    idleMs: integerOption('front.tcpIdleMs', options.tcpIdleMs, DEFAULT_IDLE_MS, 1, 3_600_000),
    cache: cacheOptions === undefined ? null : new AnswerCache(kept),
    coalesce,
  };
}

function upstreamAddress(value: IFrontAddress, udp: readonly IListenAddress[]): IUpstreamAddress {
  const address = readAddress('front.upstream', value, 1);
  const { host, port } = address;
  // Elsewhere it would be a resolver's protocol without a resolver's protections.
  if (!isLoopback(host)) throw refused(`must be the server's own loopback address, not ${host}`);
  const itself = udp.find((own) => own.port === port && (own.host === host || own.host === anyOf(host)));
  if (itself !== undefined) throw refused(`is an address of the front itself: ${host} port ${port}`);
  return address;
}

const refused = (why: string): RoutemeterError => new RoutemeterError('ERR_FRONT_UPSTREAM', `front.upstream ${why}`);
const isLoopback = (host: string): boolean => (net.isIPv4(host) ? host.startsWith('127.') : host === '::1');
const anyOf = (host: string): string => (net.isIPv4(host) ? '0.0.0.0' : '::');
