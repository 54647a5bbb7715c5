import type * as net from 'node:net';

/**
 * A socket as SmartProxy gives it behind PROXY protocol: a JavaScript `Proxy` that is not `instanceof net.Socket` and
 * not identical to the socket that does the work; methods are bound to that inner socket.
 */
export function proxiedSocket(inner: net.Socket): net.Socket {
  const shell = { inner };
  return new Proxy(shell, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target.inner, property);
      return typeof value === 'function' ? (value.bind(target.inner) as unknown) : value;
    },
    set: (target, property, value) => Reflect.set(target.inner, property, value),
    has: (target, property) => Reflect.has(target.inner, property),
  }) as unknown as net.Socket;
}
