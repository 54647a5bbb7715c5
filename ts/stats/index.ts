export { dnsStats } from './dnsstats.js';
export { durationOf, quantileOf } from './duration.js';
export { proxyStats } from './proxystats.js';
export { routeStatsOf, statsOf } from './stats.js';
