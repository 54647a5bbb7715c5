import assert from 'node:assert/strict';
import type { IOpenConnection } from '../../ts/interfaces/source.js';
import { MetricsManager } from '../../ts/index.js';
import { OpsServer } from '../../ts/ops/index.js';
import { FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';
import { HOSTILE_NAMES } from './hostile.js';

/** A source whose connections can be listed. */
class ListedProxySource extends FakeProxySource {
  readonly listed: IOpenConnection[] = [];

  async visitOpen(visit: (connection: IOpenConnection) => void): Promise<void> {
    for (const connection of this.listed) visit(connection);
  }
}

/** A real ops server over sources that bring each hostile name in every place where one can stand. */
export class HostileRouter {
  readonly proxy = new ListedProxySource(...HOSTILE_NAMES);
  readonly dns = new FakeDnsSource();
  readonly #manager = new MetricsManager({
    topLists: { shown: HOSTILE_NAMES.length },
    instance: '<script>__pwned()</script>\u202e',
  });
  readonly #ops = new OpsServer({ source: this.#manager, events: [this.proxy, this.dns], port: 0 });

  get url(): string {
    assert.ok(this.#ops.url !== null);
    return this.#ops.url;
  }

  async start(): Promise<void> {
    this.#manager.observe(this.proxy);
    this.#manager.observe(this.dns);
    await this.#manager.start();
    await this.#ops.start();
    const time = Date.now();
    this.proxy.reading.host = {
      backendConnectErrors: new Map(),
      backendRetries: new Map(),
      tlsHandshakeErrors: 0,
      certificates: HOSTILE_NAMES.map((domain) => ({ domain, expiresAt: time + 1e9 })),
    };
    this.dns.reading.handlers = HOSTILE_NAMES.map((pattern) => ({ pattern, calls: 1, errors: 1 }));
    for (const name of HOSTILE_NAMES) {
      const connectionId = this.proxy.open(name, { clientIp: name, domain: name, timestamp: time });
      this.proxy.traffic(connectionId, 1, 2);
      const told = { hostConnectionId: name, routeName: name, type: 'tcp', clientIp: name, domain: name } as const;
      const figures = { port: 1, openedAt: time, bytesIn: 1, bytesOut: 2, sendQueue: 0, halfOpen: false };
      this.proxy.listed.push({ connectionId, ...told, ...figures });
    }
    this.tell();
  }

  /** Each of these names in every kind of event. */
  tell(names: readonly string[] = HOSTILE_NAMES): void {
    const timestamp = Date.now();
    for (const name of names) {
      const from = { clientIp: name, domain: name, timestamp };
      this.proxy.close(this.proxy.open(name, from), { timestamp });
      this.proxy.emit('handler-error', { routeName: name, error: new Error(name) });
      this.dns.emit('handler-error', { handler: name, error: name });
      // More than a DNS message can hold.
      if (name.length > 255) continue;
      this.dns.answer(this.dns.ask(name, from), { clientIp: name, responseCode: 'SERVFAIL', responseTime: 3 });
      this.dns.answer(this.dns.ask(name, from), { clientIp: name, answered: false, responseCode: 'NOERROR' });
    }
  }

  async stop(): Promise<void> {
    await this.#ops.stop();
    await this.#manager.stop();
  }
}
