import * as net from 'node:net';
import type { IAddresses } from '../../ts/cli/addresses.js';
import { DemoTraffic } from '../../ts/cli/classes.demotraffic.js';
import { Backends } from '../e2e/backends.js';
import { makeCertificate } from '../helpers/certificate.js';
import { Cli, ConfigFolder } from '../helpers/cli.js';
import { freePort } from '../helpers/freeport.js';

/** `routemeter start` with a route of each kind, and traffic on all of them. */
export class RouterWithTraffic {
  readonly #folder = new ConfigFolder();
  readonly #backends = new Backends();
  #cli: Cli | undefined;
  #demo: DemoTraffic | undefined;
  #mistakes: NodeJS.Timeout | undefined;

  /** Resolves with the `host:port` of its ops server. */
  async start(): Promise<string> {
    const { echo } = await this.#backends.start();
    const dead = await freePort();
    const ports = { web: await freePort(), secure: await freePort(), echo: await freePort() };
    const forward = (...targets: number[]): object => ({
      type: 'forward',
      targets: targets.map((port) => ({ host: '127.0.0.1', port })),
    });
    const hello = { type: 'socket-handler', socketHandler: 'hello' };
    const tls = { mode: 'terminate', certificate: makeCertificate('localhost') };
    this.#cli = new Cli([
      'start',
      '--json',
      '--config',
      this.#folder.write('config.json', {
        proxy: {
          routes: [
            { name: 'web', match: { ports: ports.web, domains: ['*.example.test'] }, action: hello },
            { name: 'secure', match: { ports: ports.secure }, action: { ...hello, tls } },
            // Every second attempt meets the dead one and goes on to the next.
            { name: 'echo', match: { ports: ports.echo }, action: forward(dead, echo) },
          ],
        },
        dns: {
          port: 0,
          zone: 'example.test',
          records: [{ name: 'www.example.test', type: 'A', data: '192.0.2.1' }],
        },
        ops: { port: 0 },
      }),
    ]);
    const { dns, ops } = await this.#cli.ready();
    this.#send(ports, dns);
    return new URL(ops.url).host;
  }

  async stop(): Promise<void> {
    clearInterval(this.#mistakes);
    this.#demo?.stop();
    const code = await this.#cli?.stop();
    await this.#backends.stop();
    this.#folder.remove();
    if (code !== 0) throw new Error(`the router ended with ${code}: ${this.#cli?.stderr}`);
  }

  #send(ports: Readonly<Record<'web' | 'secure' | 'echo', number>>, dns: IAddresses['dns']): void {
    this.#demo = new DemoTraffic({ ...ports, dns: dns?.port ?? null });
    this.#demo.start();
    // What is no TLS, to a port that speaks it.
    this.#mistakes = setInterval(() => {
      const wrong = net.connect(ports.secure, '127.0.0.1', () => wrong.end('GET / HTTP/1.1\r\n\r\n'));
      wrong.on('error', () => undefined).resume();
    }, 500);
  }
}
