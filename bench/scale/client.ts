/** The clients of one server. */
import { once } from 'node:events';
import net from 'node:net';
import { answers } from './child.js';
import type { TClientOrder } from './orders.js';

const AT_ONCE = 250;
const sockets: net.Socket[] = [];

answers<TClientOrder>(async (order) => {
  if (order.what === 'send') {
    for (const socket of sockets) socket.write('x');
    return {};
  }
  while (sockets.length < order.count) {
    const some = Array.from({ length: Math.min(AT_ONCE, order.count - sockets.length) }, (_unused, index) =>
      net.connect({ port: order.port, host: '127.0.0.1', localAddress: `127.0.1.${1 + index}` }),
    );
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    sockets.push(...some);
  }
  return {};
});
