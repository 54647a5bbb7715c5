import { FakeDnsSource, FakeProxySource } from '../../test/helpers/fakesource.js';
import { type IMetricsManagerOptions, MetricsManager } from '../../ts/index.js';
import type { IRecorder } from './recorder.js';

/** What else goes on. */
const [OPEN, IN_FLIGHT] = [1_000, 100];

/** The whole write side: emitter, fence, manager. Events are literals, as the wrappers make them. */
export function routemeter(options: IMetricsManagerOptions): IRecorder {
  const manager = new MetricsManager(options);
  const proxy = new FakeProxySource();
  const dns = new FakeDnsSource();
  manager.observe(proxy);
  manager.observe(dns);
  // A map that is empty each time would be made anew each time.
  const [clientIp, domain, timestamp] = ['192.0.2.1', 'www.example.test', 0];
  for (let id = 1; id <= OPEN; id++) {
    proxy.emit('connection-open', { connectionId: -id, routeName: 'web', clientIp, type: 'http', port: 80, timestamp });
  }
  for (let id = 1; id <= IN_FLIGHT; id++) {
    dns.emit('query-received', { queryId: -id, type: 'A', domain, source: 'unknown', timestamp });
  }
  return {
    life: (connectionId) => {
      const timestamp = 1_700_000_000_000;
      proxy.emit('connection-open', {
        connectionId,
        routeName: 'web',
        clientIp: '192.0.2.1',
        type: 'http',
        port: 80,
        timestamp,
      });
      for (let request = 0; request < 2; request++) {
        proxy.emit('request-start', { connectionId, routeName: 'web', method: 'GET' });
        proxy.emit('request', {
          connectionId,
          routeName: 'web',
          method: 'GET',
          statusCode: 200,
          durationMs: 3,
          timestamp,
        });
      }
      for (let sample = 0; sample < 3; sample++) {
        proxy.emit('traffic', {
          connectionId,
          routeName: 'web',
          clientIp: '192.0.2.1',
          bytesIn: 100,
          bytesOut: 1000,
          sendQueue: 0,
          halfOpen: false,
        });
      }
      proxy.emit('connection-close', {
        connectionId,
        routeName: 'web',
        clientIp: '192.0.2.1',
        type: 'http',
        duration: 50,
        bytesIn: 300,
        bytesOut: 3000,
        bytesTransferred: 3300,
        reason: 'client-end',
        reaped: false,
        timestamp,
      });
    },
    query: (queryId) => {
      dns.emit('query-received', { queryId, type: 'A', domain: 'www.example.test', source: 'unknown', timestamp: 0 });
      dns.emit('query-answered', {
        queryId,
        source: 'unknown',
        type: 'A',
        domain: 'www.example.test',
        result: null,
        cached: false,
        responseTime: 0.2,
        answered: true,
      });
    },
  };
}
