import type { net } from '../plugins.js';

/** On a socket: an observed HTTP server has it. */
const MARK = Symbol('routemeter.http');

interface IMarked {
  [MARK]?: 'http' | 'https';
  readonly _parent?: IMarked | null | undefined;
}

/** Marks a socket that an observed HTTP server got, and the one below it where a handler terminated TLS itself. */
export function markHttpSocket(socket: net.Socket): void {
  const marked = socket as unknown as IMarked;
  const protocol = (socket as { encrypted?: unknown }).encrypted === true ? 'https' : 'http';
  marked[MARK] = protocol;
  if (marked._parent !== undefined && marked._parent !== null) marked._parent[MARK] = protocol;
}

export function isHttpSocket(socket: net.Socket): 'http' | 'https' | undefined {
  return (socket as unknown as IMarked)[MARK];
}
