import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tap } from '@push.rocks/tapbundle';
import type { IRouteContext } from '../../../ts/interfaces/smartproxy.js';
import { plainHost } from '../../helpers/hosts/plainhost.js';
import type { THandler } from '../../helpers/hosts/host.js';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { get, http1Client, http2Client } from './dohclient.js';
import { FrontBench } from './support.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

tap.test('a connection that has ended is not held, in HTTP/1.1 and HTTP/2, asked of or left alone', async () => {
  const bench = await FrontBench.open({});
  const sockets: WeakRef<object>[] = [];
  const handler: THandler = (socket, context) => {
    sockets.push(new WeakRef(socket));
    void bench.dns.dohSocketHandler(socket, context as unknown as IRouteContext);
  };
  const { port, close } = await plainHost.listen('doh', handler, { firstChunk: false, http: true });
  for (const make of [http1Client, http2Client]) {
    for (const packet of [message(1, [['a.test', 1]]), Buffer.from('no message')]) {
      const client = make(port, false);
      await client.request(get(packet));
      await client.close();
    }
  }
  // Those that come last: what the last call of a listener got may stay where the machine keeps it.
  for (let last = 0; last < 2; last++) {
    const client = http1Client(port, false);
    await client.request({ path: '/' });
    await client.close();
  }
  await until(() => {
    collect();
    return sockets.slice(0, 4).every((socket) => socket.deref() === undefined);
  }, 'four sockets to be collected');
  await close();
  await bench.close();
});

export default tap.start({ throwOnError: true });
