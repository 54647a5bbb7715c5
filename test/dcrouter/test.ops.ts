import assert from 'node:assert/strict';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { observeRouter } from '../../ts/dcrouter/index.js';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import type { IConnectionsPage } from '../../ts/interfaces/ops.js';
import { freePort } from '../helpers/freeport.js';
import { until } from '../helpers/wait.js';
import { ask } from '../ops/client.js';
import { StreamClient } from '../ops/streamclient.js';

tap.test('connections and events are served with the privacy of the manager', async () => {
  for (const [privacy, shown] of [
    ['full', '127.0.0.1'],
    ['mask', '127.0.0.0/24'],
    [undefined, '127.0.0.1'],
  ] as const) {
    // prettier-ignore
    const port = await freePort();
    const smartProxy = new EmbeddedProxy({
      routes: [
        {
          name: 'hold',
          match: { ports: port },
          action: { type: 'socket-handler', socketHandler: (socket: net.Socket) => void socket.resume() },
        },
      ],
    });
    const router = observeRouter({ smartProxy }, { manager: { privacy }, ops: { port: 0 } });
    await router.start();
    await smartProxy.start();
    const stream = await StreamClient.open(`${router.ops?.url}/api/events?event=connection-open`);
    const client = net.connect(port, '127.0.0.1');
    client.write('first');
    await until(() => stream.events.length > 0, 'the event');
    assert.equal(stream.events[0]?.data['clientIp'], shown);
    const { connections } = JSON.parse((await ask(`${router.ops?.url}/api/connections`)).text) as IConnectionsPage;
    assert.deepEqual(connections.map(({ routeName, clientIp }) => [routeName, clientIp]), [['hold', shown]]); // prettier-ignore
    client.destroy();
    await smartProxy.stop();
    await router.stop();
    await until(() => stream.closed, 'the end of the stream');
  }
});

export default tap.start({ throwOnError: true });
