import { RunningRouter } from './classes.runningrouter.js';
import { readConfig } from './config.js';
import { configured } from './errors.js';
import { say } from './output.js';

/** Says in one line that a configuration is right, or throws a `ConfigError` with all that is wrong. Opens nothing. */
export function check(file: string): void {
  const config = readConfig(file);
  configured(file, () => new RunningRouter(config));
  const routes = config.proxy.routes.length;
  const records = config.dns === undefined ? 'no DNS' : count(config.dns.records.length, 'DNS record');
  say(`${file}: right (${count(routes, 'route')}, ${records})`);
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
