import assert from 'node:assert/strict';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { Peer } from '../contract/peers.js';
import { closed } from './rig.js';
import { Child } from './child.js';
import { UNASKED, WAYS } from './ways.js';

/** What is seen of a process: by its client, and by whoever started it. */
async function fate(way: string, mode: string): Promise<unknown> {
  const child = new Child('./dying.ts', [way, mode]);
  try {
    const port = await child.next<number>('its port');
    const peer = new Peer();
    const client = net.connect(port, '127.0.0.1');
    peer.watch(client);
    client.on('data', (chunk: Buffer) => {
      if (String(chunk) === 'reset me') client.resetAndDestroy();
    });
    if (!UNASKED.includes(way)) client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await closed(client);
    // It has died by itself, or ends because it is told to.
    child.tell('end');
    const code = await child.exit();
    return { peer: peer.transcript(false), code, said: child.stdout, error: errorIn(child.stderr) };
  } finally {
    child.kill();
  }
}

/** The error that Node prints before it ends, without the stack: there a wrapper shows as a line. */
function errorIn(stderr: string): string | undefined {
  return stderr.split('\n').find((line) => /^(Uncaught )?\w*Error\b/.test(line));
}

for (const way of Object.keys(WAYS)) {
  tap.test(`${way}: the wrapped process ends where the bare one does, and as it does`, async () => {
    const [bare, wrapped] = await Promise.all([fate(way, 'bare'), fate(way, 'wrapped')]);
    assert.deepEqual(wrapped, bare);
    console.log(`# ${JSON.stringify(bare)}`);
  });
}

export default tap.start({ throwOnError: true });
