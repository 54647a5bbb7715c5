import type * as http from 'node:http';
import type * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

type TServe = (socket: net.Socket, web: http.Server) => void | Promise<void>;

const first = (socket: net.Socket, then: () => void): void => void socket.once('data', then);

/** Handlers that look at nothing: what is still unread when their process dies would decide how its client sees it. */
export const UNASKED = ['the handler throws', 'the handler rejects', 'the handler rejects later'];

/** Ways in which a handler ends its process, or does not. */
export const WAYS: Readonly<Record<string, TServe>> = {
  'the handler throws': () => {
    throw new TypeError('thrown at once');
  },
  'the handler rejects': () => Promise.reject(new RangeError('rejected at once')),
  'the handler rejects later': async (socket) => {
    await sleep(20);
    socket.write('a word before');
    throw new Error('rejected later');
  },
  'a listener of the socket throws': (socket) => {
    first(socket, () => {
      throw new Error('thrown by a listener');
    });
  },
  "a listener of the socket's end throws": (socket) => {
    socket.resume().on('close', () => {
      throw new Error('thrown at close');
    });
    first(socket, () => socket.destroy());
  },
  'nobody listens to the error of a destroyed socket': (socket) => {
    first(socket, () => socket.destroy(new Error('nobody listens to this')));
  },
  'nobody listens to a reset': (socket) => {
    first(socket, () => socket.write('reset me'));
  },
  'a request handler throws': (socket, web) => void web.emit('connection', socket),
  'the handler exits': (socket) => first(socket, () => process.exit(7)),
  'the handler kills its process': (socket) => first(socket, () => process.kill(process.pid, 'SIGTERM')),
  'somebody listens to the error: nothing dies': (socket) => {
    socket.on('error', () => undefined);
    first(socket, () => socket.destroy(new Error('somebody listens to this')));
  },
};
