/* A process of its own that opens and closes connections as fast as it can, on the port and for the time it is told. */
import * as net from 'node:net';

export interface IOrder {
  readonly port: number;
  readonly ms: number;
}

const AT_ONCE = 32;
/** From many addresses, since one has but 28,000 ports and keeps each for a minute. */
const ADDRESSES = 250;

let opened = 0;

function run({ port, ms }: IOrder): Promise<number> {
  const until = performance.now() + ms;
  let ended = 0;
  let open = 0;
  return new Promise((resolve) => {
    const next = (): void => {
      if (performance.now() >= until) {
        if (open === 0) resolve(ended);
        return;
      }
      open++;
      const localAddress = `127.1.${++opened % ADDRESSES}.1`;
      const socket = net.connect({ port, host: '127.0.0.1', localAddress });
      socket.on('error', () => undefined);
      socket.resume();
      socket.on('close', (failed) => {
        open--;
        if (!failed) ended++;
        next();
      });
    };
    for (let count = 0; count < AT_ONCE; count++) next();
  });
}

process.on('message', (order: IOrder) => void run(order).then((connections) => process.send?.(connections)));
process.on('disconnect', () => process.exit());
