import type { net } from '../plugins.js';

interface IHandle {
  getpeername?(into: IAddress): number;
  getsockname?(into: IAddress): number;
}

interface IAddress {
  address?: string;
  port?: number;
}

/**
 * Asked of the handle: `socket.remoteAddress` and `socket.localPort` keep what they found in the socket, which costs
 * some 200 bytes a connection and lets a socket tell its address after its end that without us would not.
 * Where there is no such handle (other streams, later versions of Node) the socket is asked.
 */
export function remoteAddress(socket: net.Socket): string | undefined {
  const handle = handleOf(socket);
  if (typeof handle?.getpeername !== 'function') return socket.remoteAddress;
  const peer: IAddress = {};
  return handle.getpeername(peer) === 0 ? peer.address : undefined;
}

export function localPort(socket: net.Socket): number | undefined {
  const handle = handleOf(socket);
  if (typeof handle?.getsockname !== 'function') return socket.localPort;
  const own: IAddress = {};
  return handle.getsockname(own) === 0 ? own.port : undefined;
}

function handleOf(socket: net.Socket): IHandle | null | undefined {
  return (socket as unknown as { _handle?: IHandle | null })._handle;
}
