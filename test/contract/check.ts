import { isDeepStrictEqual } from 'node:util';
import type { ITestHost } from '../helpers/hosts/host.js';
import type { EventLog } from './eventlog.js';
import type { ILife } from './life.js';
import type { Run } from './run.js';

export interface IChecked {
  readonly host: ITestHost;
  readonly life: ILife;
  readonly routeName: string;
  readonly run: Run;
  readonly log: EventLog;
  readonly active: number;
}

/** Collects what does not hold, each with its field. */
export class Faults {
  readonly lines: string[] = [];

  equal(field: string, actual: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(actual, expected)) this.lines.push(`${field}: ${show(actual)}, expected ${show(expected)}`);
  }

  within(field: string, actual: number | undefined, low: number, high: number): void {
    if (actual !== undefined && actual >= low && actual <= high) return;
    this.lines.push(`${field}: ${show(actual)}, expected ${low} to ${high}`);
  }

  oneOf(field: string, actual: string | undefined, expected: readonly string[]): void {
    if (actual === undefined || !expected.includes(actual)) {
      this.lines.push(`${field}: ${show(actual)}, expected ${expected.join(' or ')}`);
    }
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);

/** What must hold of every life once it is over and swept. */
export function checkEvents(faults: Faults, { host, life, routeName, run, log, active }: IChecked): void {
  const [open] = log.opens;
  const [close] = log.closes;
  faults.equal('activeCount()', active, 0);
  faults.equal('connection-open events', log.opens.length, 1);
  faults.equal('connection-close events', log.closes.length, 1);
  faults.equal('connections spoken of', log.ids.size, 1);
  faults.equal('first event', log.order[0], 'connection-open');
  const last = log.order.at(-1);
  faults.equal('last event', last, 'connection-close');

  faults.equal('open.routeName', open?.routeName, routeName);
  faults.equal('open.clientIp', open?.clientIp, host.clientIp);
  faults.equal('close.routeName', close?.routeName, routeName);
  faults.equal('close.clientIp', close?.clientIp, host.clientIp);
  faults.oneOf('open.type', open?.type, life.type === 'websocket' ? ['http'] : [life.type]);
  faults.equal('close.type', close?.type, life.type);
  faults.within('close.duration', close?.duration, 0, 60_000);
  faults.oneOf('close.reason', close?.reason, typeof life.reasons === 'function' ? life.reasons(host) : life.reasons);
  faults.equal('close.reaped', close?.reaped, life.reaped(host));

  faults.equal('close.bytesIn', close?.bytesIn, run.sent);
  if (life.cut === true) faults.within('close.bytesOut', close?.bytesOut, run.received, run.written);
  else faults.equal('close.bytesOut', close?.bytesOut, run.received);
  faults.equal('close.bytesTransferred', close?.bytesTransferred, (close?.bytesIn ?? 0) + (close?.bytesOut ?? 0));
  faults.equal('Σ traffic.bytesIn', sum(log.traffic.map(({ bytesIn }) => bytesIn)), close?.bytesIn);
  faults.equal('Σ traffic.bytesOut', sum(log.traffic.map(({ bytesOut }) => bytesOut)), close?.bytesOut);
  const fallen = log.traffic.filter(({ bytesIn, bytesOut, sendQueue }) => bytesIn < 0 || bytesOut < 0 || sendQueue < 0);
  faults.equal('traffic that fell', fallen, []);
  if (life.cut === true) checkQueue(faults, run, log);
  if (life.halfOpen === true)
    faults.equal(
      'seen half-open',
      log.traffic.some(({ halfOpen }) => halfOpen),
      true,
    );

  const errors = life.handlerErrors?.(host) ?? 0;
  faults.equal('handler-error events', log.handlerErrors.length, errors);
  if (errors > 0)
    faults.equal('handler-error.error is what was thrown', log.handlerErrors[0]?.error === run.failure, true);
  faults.equal('request-start events', log.started, life.requests?.length ?? 0);
  faults.equal(
    'request events',
    log.requests.map(({ statusCode }) => statusCode),
    life.requests ?? [],
  );
  faults.equal(
    'connection-upgrade events',
    log.upgrades.map(({ protocol }) => protocol),
    life.upgrades ?? [],
  );
}

/** While bytes were queued: what was told as sent and what was told as queued are together what the handler wrote. */
function checkQueue(faults: Faults, run: Run, log: EventLog): void {
  const index = log.traffic.findLastIndex(({ sendQueue }) => sendQueue > 0);
  const sent = sum(log.traffic.slice(0, index + 1).map(({ bytesOut }) => bytesOut));
  faults.equal('seen with a queue', index >= 0, true);
  faults.equal('sent and queued', sent + (log.traffic[index]?.sendQueue ?? 0), run.written);
}
