import { createHash } from 'node:crypto';
import * as net from 'node:net';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import type { ITestHost } from '../helpers/hosts/host.js';
import { proxiedSmartProxy, rustProxy, smartProxy } from '../helpers/hosts/shapedhosts.js';
import type { IScenario, TServe } from './scenario.js';
import { kindOf, serveOf } from './serve.js';
import type { IServed } from './serve.js';

const REEMIT: readonly ITestHost[] = [smartProxy, proxiedSmartProxy, rustProxy];
const LATE: readonly TServe[] = [
  'echo by readable',
  'echo by async iterator',
  'echo by reads of 7 bytes',
  'echo, listening late',
  'echo after a promise',
];
const DEADLINE_MS = 60_000;
const PATTERN = Buffer.from(Array.from({ length: 65_521 }, (_unused, index) => (index * 31 + (index >> 5)) & 255));

/** Everything that both sides and the host could see, as text. */
export interface ITranscript {
  readonly client: string;
  readonly handler: string;
  readonly host: string;
}

/** The wrapper's figures of the one connection, and what its peers counted themselves. */
export interface IFigures {
  readonly opened: number;
  readonly closed: number;
  readonly active: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly handlerErrors: number;
  readonly breaches: readonly string[];
  readonly sent: number;
  readonly received: number;
  /** The socket's own counters at its end. */
  readonly read: number;
  readonly written: number;
}

/** Waits turn by turn: nothing here takes time of its own but the network. */
async function settled(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Plays a scenario step by step, each to its end, so that two runs of the same code see the same. */
export async function play(
  host: ITestHost,
  scenario: IScenario,
  wrap: boolean,
): Promise<{ readonly transcript: ITranscript; readonly figures: IFigures | null }> {
  const proxy = wrap ? new MetricsAwareProxy({ sampleIntervalMs: 100 }) : undefined;
  const manager = new MetricsManager();
  if (proxy !== undefined) manager.observe(proxy);
  const served: IServed = { notes: [], taken: 0, expected: 0, beSilent: null };
  const serve = serveOf(scenario, served);
  let handled: net.Socket | undefined;
  const listening = await host.listen(
    'r',
    (socket) => {
      handled = socket;
      return serve(socket);
    },
    { firstChunk: true, http: false, proxy },
  );
  const client = net.connect({ port: listening.port, host: '127.0.0.1', allowHalfOpen: true });
  const seen: string[] = [];
  const hash = createHash('sha256');
  let received = 0;
  let sent = 0;
  client.on('data', (chunk: Buffer) => {
    received += chunk.length;
    hash.update(chunk);
  });
  client.on('end', () => seen.push('end'));
  client.on('error', (error) => seen.push(`error ${kindOf(error)}`));
  client.on('close', () => seen.push('close'));
  const echoes = scenario.serve.includes('echo');
  // A host that emits the first chunk again emits it before a handler that listens later does.
  const [first] = scenario.steps;
  const missed = REEMIT.includes(host) && LATE.includes(scenario.serve) && first?.do === 'send' ? first.bytes : 0;
  const over = (): boolean => client.destroyed || client.readableEnded || handled?.destroyed === true;
  try {
    for (const step of scenario.steps) {
      if (over()) break;
      if (step.do === 'send') {
        client.write(PATTERN.subarray(0, step.bytes));
        sent += Math.min(step.bytes, PATTERN.length);
        await settled(() => over() || !echoes || served.taken >= sent - missed, 'the bytes to be taken');
        // A paused client does not take what comes back; the socket's own counter tells what has arrived.
        await settled(() => over() || (handled !== undefined && quiet(handled, sent)), `${sent} bytes to be read`);
        await settled(() => over() || client.isPaused() || received >= served.expected, 'the reply');
      } else if (step.do === 'sweep') await proxy?.sweep();
      else if (served.beSilent !== null && step.do !== 'pause' && step.do !== 'resume') {
        served.beSilent();
        await settled(over, 'the time-out');
      }
      // Behind a relay a reset arrives as a reset or as an end; and what was missed cannot be waited for.
      else if (step.do === 'end' || (step.do === 'reset' && (host.relayed || missed > 0))) client.end();
      else if (step.do === 'reset') client.resetAndDestroy();
      else client[step.do]();
      if (handled?.writableEnded === true) {
        // What comes after the other side's end is a race.
        client.resume();
        await settled(over, 'the end to be seen');
      }
    }
    client.resume();
    client.end();
    await settled(() => handled === undefined || handled.closed || client.readableEnded || client.destroyed, 'an end');
    // Whoever has not ended by itself is let go by the client.
    if (handled?.closed !== true && !client.destroyed) {
      await settled(() => handled?.closed === true || client.readableEnded, 'the reply to the end');
      client.destroy();
    }
    if (handled?.closed !== true && scenario.steps.at(-1)?.do !== 'reset') handled?.resume();
    await settled(() => handled === undefined || handled.closed, "the end of the handler's socket");
    await settled(() => client.closed, "the end of the client's");
    await new Promise((resolve) => setImmediate(resolve));
    const transcript = {
      client: `${received} bytes ${hash.digest('hex').slice(0, 16)}; ${seen.join(', ')}`,
      handler: `${served.taken} bytes; ${served.notes.join(', ')}`,
      host: listening.outcomes.join(', '),
    };
    if (proxy === undefined) return { transcript, figures: null };
    await manager.settle();
    const stats = manager.getStats();
    const route = stats.proxy?.routes.find(({ name }) => name === 'r');
    const figures: IFigures = {
      opened: route?.total ?? 0,
      closed: route?.closed ?? 0,
      active: stats.proxy?.activeConnections ?? 0,
      bytesIn: route?.bytesIn ?? 0,
      bytesOut: route?.bytesOut ?? 0,
      handlerErrors: route?.handlerErrors ?? 0,
      breaches: stats.self.invariants.filter(({ ok, violations }) => !ok || violations > 0).map(({ name }) => name),
      sent,
      received,
      read: handled?.bytesRead ?? 0,
      written: handled?.bytesWritten ?? 0,
    };
    return { transcript, figures };
  } finally {
    client.destroy();
    handled?.destroy();
    await listening.close();
    proxy?.detach();
    await manager.stop();
  }
}

/** Whether the handler's socket has read so many of the client's bytes, or reads no more. */
function quiet(socket: net.Socket, sent: number): boolean {
  return socket.bytesRead >= sent || socket.destroyed;
}
