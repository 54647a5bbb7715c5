import * as assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import type { IAsker, TSent } from '../../../ts/dns/front/asker.js';
import { Ledger } from '../../../ts/dns/front/classes.ledger.js';
import { Resolver } from '../../../ts/dns/front/classes.resolver.js';
import { UdpListener } from '../../../ts/dns/front/classes.udplistener.js';
import { Upstream } from '../../../ts/dns/front/classes.upstream.js';
import type { IDnsEvents } from '../../../ts/interfaces/events.js';
import { FencedEmitter } from '../../../ts/shared/fencedemitter.js';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { LOOPBACK } from './support.js';

const clock = { now: () => performance.now(), wall: () => Date.now() };

function parts(): { emitter: FencedEmitter<IDnsEvents>; ledger: Ledger; resolver: Resolver } {
  const emitter = new FencedEmitter<IDnsEvents>();
  const ledger = new Ledger(emitter, clock);
  const address = { host: LOOPBACK, port: 9 };
  const upstream = new Upstream({ address, now: clock.now, stray: () => undefined });
  return { emitter, ledger, resolver: new Resolver(ledger, upstream, { timeoutMs: 100, maxInFlight: 10, cache: null, coalesce: false }) }; // prettier-ignore
}

tap.test(
  'an answer that the system does not send: its query is dropped, and in flight until that is known',
  async () => {
    const { emitter, resolver } = parts();
    const told: string[] = [];
    emitter.on('query-answered', () => void told.push(`answered, ${resolver.active} active`));
    emitter.on('query-dropped', ({ reason }) => void told.push(`${reason}, ${resolver.active} active`));
    const waiting: TSent[] = [];
    const asker: IAsker = {
      source: 'udp',
      clientIp: undefined,
      datagrams: true,
      answer: (_reply, sent) => void waiting.push(sent),
      giveUp: () => assert.fail('every query is answered'),
    };
    // An UPDATE is answered at once, by a refusal.
    for (const id of [1, 2]) resolver.resolve(message(id, [['a.test', 1]], 0x2800), asker);
    assert.deepEqual([resolver.active, told], [2, []]);
    waiting[1]?.(new Error('no route'));
    waiting[0]?.(null);
    assert.deepEqual(told, ['client-gone, 1 active', 'answered, 0 active']);
  },
);

tap.test('the system tells what it does not send over UDP, and what it sends', async () => {
  const { ledger, resolver } = parts();
  const listener = new UdpListener({ host: LOOPBACK, port: 0 }, resolver, ledger);
  await listener.open();
  const results: (Error | null)[] = [];
  const to = (address: string): void =>
    listener.send(
      Buffer.alloc(12),
      { address, port: 9, family: 'IPv4', size: 12 },
      (failure) => void results.push(failure),
    );
  to(LOOPBACK);
  // From a loopback address nothing leaves the machine.
  to('203.0.113.9');
  await until(() => results.length === 2, 'both');
  assert.equal(results[0], null);
  assert.match(results[1]?.message ?? '', /^send E/);
  await listener.close();
  to(LOOPBACK);
  assert.equal(results.length, 3);
  assert.match(results[2]?.message ?? '', /gone/);
});

export default tap.start({ throwOnError: true });
