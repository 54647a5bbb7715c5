import type { IRouteStats } from '../../interfaces/stats.js';

/** Why a figure is not measured, for people who wonder about a dash. */
export const NO_PROXY = 'no proxy is observed';
export const NO_DNS = 'no DNS server is observed';
export const NO_SECOND = 'no complete second has passed since the start';
export const NO_REQUEST = 'no HTTP request was seen: requests are counted where routemeter sees the HTTP server';
export const NO_CACHE = 'no DNS answer cache is observed';
export const NO_LOOKUP = 'the cache was not asked yet';
export const NO_RESPONSE_TIME = 'no response time was measured yet';
export const NO_ADDRESS = 'the host does not tell client addresses, or privacy keeps them away';
export const NO_NAME = 'the client named no server, or the host does not tell it';
export const NOT_ATTACHED = 'no DNS server is attached: its handlers were registered through routemeter';
export const NOT_TOLD = 'the host does not tell it';
export const FORWARDED = 'the host forwards this route itself and does not tell this figure';

/** Of a figure of one route. */
export const ofRoute = (route: IRouteStats, otherwise: string): string =>
  route.source === 'forwarded' ? FORWARDED : otherwise;
export const NOT_TOLD_PROCESS = 'the source of the process figures does not tell it';
export const NO_SAMPLE = 'the sampler has not completed a pass yet';
export const NO_FORWARDED = 'the host tells no figures of forwarded routes';
