import { dgram, net } from './plugins.js';

const ATTEMPTS = 20;

/** A port that is free over UDP a moment ago. */
export function freeUdpPort(host: string): Promise<number> {
  return bound(host, 0);
}

/** A port that was free over UDP and TCP a moment ago. */
export async function freePort(host: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const server = net.createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
    const { port } = server.address() as net.AddressInfo;
    try {
      return await bound(host, port);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }
}

function bound(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4').once('error', reject);
    socket.bind(port, host, () => {
      const { port: given } = socket.address();
      socket.close(() => resolve(given));
    });
  });
}
