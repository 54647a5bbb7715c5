import { messageOf } from '../errors.js';
import { isLoopback } from '../../ops/hosts.js';
import { sayAll, warn } from '../output.js';
import { StatsClient } from './classes.statsclient.js';
import { Terminal } from './classes.terminal.js';
import { Watch } from './classes.watch.js';
import { COLOURS, PLAIN } from './paint.js';
import { plainTable } from './plaintable.js';
import { targetOf, type ITargetOptions } from './target.js';
import { printableJson } from './text.js';

export interface ITopOptions extends ITargetOptions {
  readonly once?: boolean | undefined;
  readonly json?: boolean | undefined;
  /** Milliseconds. */
  readonly interval: number;
}

/** Shows what an ops server tells: once, or until a key or a signal ends it. */
export async function top(url: URL, options: ITopOptions): Promise<void> {
  const target = targetOf(url, options);
  if (target.token !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/gu, ''))) {
    warn(`the token goes to ${url.host} unencrypted: anybody on the way can read it`);
  }
  const client = new StatsClient(target);
  try {
    if (options.json === true) return await sayAll(printableJson(await named(url, client.readJson())));
    const figures = await named(url, client.read());
    const terminal = options.once === true ? null : ourTerminal();
    if (terminal === null) return await sayAll(plainTable(figures));
    const paint = (process.env['NO_COLOR'] ?? '') === '' ? COLOURS : PLAIN;
    await new Watch({ client, terminal, intervalMs: options.interval, paint }, figures).run();
  } finally {
    client.close();
  }
}

/** With the address in the error: in a log there is no command line above it. */
async function named<T>(url: URL, figures: Promise<T>): Promise<T> {
  try {
    return await figures;
  } catch (error) {
    throw new Error(`${url.href}: ${messageOf(error)}`, { cause: error });
  }
}

/** `null` where nothing can be drawn, or no key be pressed. */
function ourTerminal(): Terminal | null {
  const { stdin, stdout } = process;
  const kind = process.env['TERM'] ?? 'dumb';
  return stdin.isTTY && stdout.isTTY && kind !== 'dumb' && kind !== '' ? new Terminal(stdin, stdout) : null;
}
