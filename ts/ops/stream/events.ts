import type { TPrivacy } from '../../interfaces/options.js';
import type { IDnsSource, IEventSource, IProxySource } from '../../interfaces/source.js';
import type { IDnsEvents, IHandlerErrorEvent, IProxyEvents, TRouterEventName } from '../../interfaces/events.js';
import { privateIp } from '../../shared/ip.js';

const PROXY_EVENTS: readonly (keyof IProxyEvents)[] = [
  'connection-open',
  'connection-upgrade',
  'request-start',
  'request',
  'traffic',
  'connection-close',
  'handler-error',
];
const DNS_EVENTS: readonly (keyof IDnsEvents)[] = [
  'query-received',
  'query-answered',
  'query-dropped',
  'packet-rejected',
  'cache',
  'handler-error',
];
const MAX_ERROR_LENGTH = 500;

/** What all events have in common here. */
export interface IStreamedEvent {
  readonly routeName?: string | undefined;
  readonly clientIp?: string | null | undefined;
}

export type TTake = (name: TRouterEventName, event: IStreamedEvent) => void;

/** Hears all events of a source. Returns what ends that. */
export function hear(source: IProxySource | IDnsSource, take: TTake): () => void {
  return source.kind === 'proxy' ? listen(source, PROXY_EVENTS, take) : listen(source, DNS_EVENTS, take);
}

function listen<TEvents extends { [K in keyof TEvents]: IStreamedEvent }>(
  source: IEventSource<TEvents>,
  names: readonly (keyof TEvents & TRouterEventName)[],
  take: TTake,
): () => void {
  const ends = names.map((name) => {
    const listener = (event: IStreamedEvent): void => take(name, event);
    source.on(name, listener);
    return () => source.off(name, listener);
  });
  return () => {
    for (const end of ends) end();
  };
}

/** One event of the stream, in the format of Server-Sent Events. */
export function eventText(id: string, name: string, data: unknown): string {
  // JSON has no line break outside of its escapes, so it is one line of data whatever came from the network.
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What of an event is told: addresses as privacy leaves them, errors as text. */
export function told(name: TRouterEventName, event: IStreamedEvent, privacy: TPrivacy): unknown {
  if (name === 'handler-error') {
    const { routeName, handler, error } = event as IHandlerErrorEvent;
    return { routeName, handler, error: errorText(error, privacy) };
  }
  if (privacy === 'full' || typeof event.clientIp !== 'string') return event;
  return { ...event, clientIp: privateIp(event.clientIp, privacy) };
}

/** Messages of system errors hold addresses, so that only their code is told where addresses are not. */
function errorText(error: unknown, privacy: TPrivacy): string {
  if (!(error instanceof Error)) return privacy === 'full' ? String(error).slice(0, MAX_ERROR_LENGTH) : typeof error;
  const { code } = error as NodeJS.ErrnoException;
  if (privacy === 'full') return error.message.slice(0, MAX_ERROR_LENGTH);
  return typeof code === 'string' ? code : error.name;
}
