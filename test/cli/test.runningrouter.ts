import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { RunningRouter } from '../../ts/cli/classes.runningrouter.js';
import type { ICliConfig } from '../../ts/cli/config.js';
import { loadDnsServer } from '../../ts/cli/dnsserver.js';
import { rustProcesses } from '../helpers/smartdns.js';
import { until } from '../helpers/wait.js';

const dns = { host: '127.0.0.1', port: 0, zone: 'example.test', front: {}, records: [] };

function configWith(opsPort: number): ICliConfig {
  return {
    proxy: {
      routes: [{ name: 'echo', match: { ports: 0 }, action: { type: 'socket-handler', socketHandler: 'echo' } }],
    },
    dns,
    ops: { port: opsPort },
    metrics: {},
    drainMs: 0,
  };
}

tap.test('a start that fails at its last step leaves nothing open', async () => {
  const before = rustProcesses().length;
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  const router = new RunningRouter(configWith((busy.address() as AddressInfo).port), await loadDnsServer(dns));
  await assert.rejects(router.start(), /OpsServer cannot listen on .*: the port is in use$/);
  assert.deepEqual(router.listeningPorts, []);
  await until(() => rustProcesses().length === before, "the end of SmartDNS's process");
  busy.close();
});

tap.test('a router that is stopped has closed everything and can be started again', async () => {
  const before = rustProcesses().length;
  const router = new RunningRouter(configWith(0), await loadDnsServer(dns));
  for (let round = 0; round < 2; round++) {
    await router.start();
    assert.equal(router.listeningPorts.length, 1);
    assert.equal((await fetch(`${router.opsUrl}/healthz`)).status, 200);
    await router.stop(0);
    assert.deepEqual(router.listeningPorts, []);
    await until(() => rustProcesses().length === before, "the end of SmartDNS's process");
  }
});

export default tap.start({ throwOnError: true });
