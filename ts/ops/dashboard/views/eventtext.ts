import { bytes, count, milliseconds, textOf } from '../format.js';

/** What people choose from; `gap` always comes. */
export const EVENT_NAMES = [
  ...['connection-open', 'connection-upgrade', 'request-start', 'request', 'traffic', 'connection-close'],
  ...['handler-error', 'query-received', 'query-answered', 'query-dropped', 'packet-rejected', 'cache'],
] as const;

/** Without those that only say that what is open goes on. */
export const USUAL: readonly string[] = EVENT_NAMES.filter(
  (name) => !['request-start', 'traffic', 'query-received', 'cache'].includes(name),
);

/** Shown in columns of their own, or said by the name of the event. */
const ELSEWHERE = ['timestamp', 'routeName', 'clientIp', 'connectionId', 'queryId', 'bytesTransferred'];

/** Long, and of use only beside the host's own log. */
const LAST = 'hostConnectionId';
/** The value tells its unit. */
const NAMES: Readonly<Record<string, string>> = { durationMs: 'duration' };

const UNITS: Readonly<Record<string, (value: number) => string>> = {
  bytesIn: (value) => textOf(bytes(value)),
  bytesOut: (value) => textOf(bytes(value)),
  bytes: (value) => textOf(bytes(value)),
  size: (value) => textOf(bytes(value)),
  sendQueue: (value) => textOf(bytes(value)),
  duration: (value) => textOf(milliseconds(value)),
  durationMs: (value) => textOf(milliseconds(value)),
  responseTime: (value) => textOf(milliseconds(value)),
  entries: (value) => textOf(count(value)),
  evictions: (value) => textOf(count(value)),
  missed: (value) => textOf(count(value)),
};

/** What an event says beside who and where: names and values, as text. */
export function detailsOf(
  fields: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly value: string }[] {
  const details = Object.entries(fields).flatMap(([name, value]) => {
    if (ELSEWHERE.includes(name) || value === null || value === undefined || value === false) return [];
    return [{ name: NAMES[name] ?? name, value: told(name, value) }];
  });
  return details.sort((a, b) => Number(a.name === LAST) - Number(b.name === LAST));
}

function told(name: string, value: unknown): string {
  if (typeof value === 'number') return UNITS[name]?.(value) ?? String(value);
  if (typeof value === 'string') return value;
  return value === true ? 'yes' : JSON.stringify(value);
}
