import type { net } from '../plugins.js';
import type { IClock } from '../interfaces/options.js';
import type { IProxyEvents } from '../interfaces/events.js';
import type { IRouteContext } from '../interfaces/smartproxy.js';
import type { FencedEmitter } from '../shared/fencedemitter.js';
import { normaliseIp } from '../shared/ip.js';
import { localPort, remoteAddress } from './address.js';
import type { Connection, IConnectionIdentity, TByteBase } from './classes.connection.js';
import type { ConnectionTable } from './classes.connectiontable.js';

/** Any function that is given a socket and, by some hosts, what they know of it. */
export type TAnySocketHandler = (socket: never, context: never, ...rest: never[]) => unknown;

export interface IRecorder {
  readonly table: ConnectionTable;
  readonly emitter: FencedEmitter<IProxyEvents>;
  readonly clock: IClock;
}

export interface IHandlerOptions {
  readonly routeName: string;
  readonly base: TByteBase;
  /** The host takes a returned promise's rejection itself, so that listening to it hides nothing. */
  readonly hostHandlesRejection: boolean;
}

// One sequence for all proxies of the process: ids are unique in it.
let lastId = 0;
export const nextConnectionId = (): number => ++lastId;

/**
 * The wrapper: records the socket, calls the handler in the same turn with the same `this` and arguments, and returns
 * or throws exactly what the handler did.
 */
export function wrapHandler<T extends TAnySocketHandler>(recorder: IRecorder, handler: T, options: IHandlerOptions): T {
  const { emitter, table } = recorder;
  const { routeName } = options;
  const call = handler as unknown as (this: unknown, ...parameters: unknown[]) => unknown;

  const failed = (connection: Connection, error: unknown): void => {
    connection.handlerFailed = true;
    emitter.emit('handler-error', { routeName, error });
  };

  const wrapped = function (this: unknown, ...parameters: unknown[]): unknown {
    const connection = begin(
      recorder,
      options,
      parameters[0] as net.Socket,
      (parameters[1] ?? undefined) as IRouteContext | undefined,
    );
    if (connection === undefined) return call.apply(this, parameters);
    let result: unknown;
    try {
      result = call.apply(this, parameters);
    } catch (error) {
      table.tell(connection);
      failed(connection, error);
      throw error;
    }
    table.tell(connection);
    // Elsewhere a rejection belongs to whoever called: listening to it would mark it as handled and hide a crash.
    if (options.hostHandlesRejection && result instanceof Promise) {
      try {
        result.then(undefined, (error: unknown) => failed(connection, error));
      } catch {
        // A subclass whose `then` throws must throw where the host calls it, not here.
      }
    }
    return result;
  };
  wrappings.set(wrapped, { recorder, original: handler, routeName });
  return wrapped as unknown as T;
}

interface IWrapping {
  readonly recorder: IRecorder;
  readonly original: TAnySocketHandler;
  readonly routeName: string;
}

const wrappings = new WeakMap<object, IWrapping>();

/** What a wrapped handler wraps; `undefined` for any other function. */
export function wrappingOf(handler: object): IWrapping | undefined {
  return wrappings.get(handler);
}

function begin(
  recorder: IRecorder,
  options: IHandlerOptions,
  socket: net.Socket,
  context: IRouteContext | undefined,
): Connection | undefined {
  try {
    // A socket that a wrapped handler hands on to another one is one connection.
    if (recorder.table.find(socket) !== undefined) return undefined;
    return recorder.table.add(identify(recorder, options.routeName, socket, context), socket, baseOf(options, socket));
  } catch {
    // What is not a socket cannot be measured; the handler gets it all the same.
    return undefined;
  }
}

function baseOf(options: IHandlerOptions, socket: net.Socket): TByteBase {
  // A relayed socket (unix domain) has no port, and its relay puts back what it did not consume. Our own end is asked
  // for: a client that has reset the connection already has no address either.
  return options.base === 'unshifted' || localPort(socket) === undefined ? 'unshifted' : 'reemitted';
}

function identify(
  { clock, table }: IRecorder,
  routeName: string,
  socket: net.Socket,
  context: IRouteContext | undefined,
): IConnectionIdentity {
  // Behind another proxy every client would be that proxy: the context knows better than the socket.
  const clientIp = normaliseIp(context === undefined ? remoteAddress(socket) : context.clientIp);
  return {
    id: nextConnectionId(),
    hostConnectionId: context?.connectionId,
    routeName,
    clientIp: clientIp === null ? null : table.addresses.share(clientIp),
    domain: context?.domain,
    port: context?.port ?? localPort(socket) ?? null,
    type: typeOf(socket, context),
    openedAt: clock.now(),
    timestamp: clock.wall(),
  };
}

function typeOf(socket: net.Socket, context: IRouteContext | undefined): IConnectionIdentity['type'] {
  const isTls = context?.isTls ?? (socket as { encrypted?: unknown }).encrypted === true;
  if (context?.path !== undefined || context?.headers !== undefined) return isTls ? 'https' : 'http';
  return isTls ? 'tls' : 'tcp';
}
